import { describe, expect, it } from 'vitest';
import {
  type CollectionSpec,
  compileCollections,
} from '../../../engine/simulate/generate/compile-collections.ts';
import { Cursor } from '../../../engine/simulate/generate/cursor.ts';
import { NOW } from '../support/simulators.ts';

const nowMs = Date.parse(NOW);

/** Compiles collections over 1,000 parents, unless told otherwise. */
function compiled(specs: Record<string, CollectionSpec>, { seed = 1, size = 1000 } = {}) {
  return compileCollections(specs, {
    seed,
    scale: { things: size },
    nowMs,
    steps: { from: '-2h', length: '1m' },
    report: (path, message) => {
      throw new Error(`${path.join('.')}: ${message}`);
    },
  });
}

/** All records of one collection with the given fields, at a step. */
function recordsOf(
  fields: CollectionSpec['fields'],
  other: Partial<CollectionSpec> = {},
  options = {},
  epoch = 0,
) {
  const spec = { size: 'things', key: 'id', fields: { id: { type: 'index' }, ...fields }, ...other };
  const collection = compiled({ all: spec }, options).get('all');
  return [...(collection?.records(epoch) ?? [])];
}

const share = (values: unknown[], wanted: unknown) =>
  values.filter((value) => value === wanted).length / values.length;

describe('a collection', () => {
  it('makes a record from its place alone', () => {
    const spec = {
      size: 'things',
      key: 'id',
      fields: { id: { type: 'uuid' }, n: { type: 'integer', min: 0, max: 99 } },
    };
    const collection = compiled({ all: spec }).get('all');
    if (!collection) throw new Error('not compiled');
    const inOrder = [...collection.records(0)];
    expect(new Cursor(collection).seek(700, 0).record()).toEqual(inOrder[700]);
    expect([...collection.records(0)]).toEqual(inOrder);
    expect(inOrder).toHaveLength(1000);
  });

  it('depends on the seed, and a field not on its neighbours', () => {
    const first = recordsOf({ a: { type: 'hex', length: 8 } }).map(({ a }) => a);
    expect(recordsOf({ z: null, a: { type: 'hex', length: 8 } }).map(({ a }) => a)).toEqual(first);
    expect(recordsOf({ a: { type: 'hex', length: 8 } }, {}, { seed: 2 }).map(({ a }) => a)).not.toEqual(
      first,
    );
  });

  it('never repeats an id, however many records there are', () => {
    const fields = { u: { type: 'uuid' }, h: { type: 'hex', length: 40 } };
    const records = recordsOf(fields, {}, { size: 100_000 });
    expect(new Set(records.map(({ u }) => u)).size).toBe(100_000);
    expect(new Set(records.map(({ h }) => h)).size).toBe(100_000);
    expect(records[0]?.u).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(records[0]?.h).toMatch(/^[0-9a-f]{40}$/);
  });

  it('keeps the order of the keys in the file', () => {
    const fields = { b: 1, a: { type: 'boolean', rate: 0.5 }, c: { type: 'const', value: [{ x: 1 }] } };
    expect(Object.keys(recordsOf(fields)[0] ?? {})).toEqual(['id', 'b', 'a', 'c']);
  });
});

describe('generators', () => {
  it('give null, nothing and an empty text at their rates', () => {
    const field = { type: 'pick', values: ['x'], null_rate: 0.1, absent_rate: 0.2, empty_rate: 0.3 };
    const records = recordsOf({ field }, {}, { size: 20_000 });
    const values = records.map((record) => ('field' in record ? record.field : 'absent'));
    expect(share(values, null)).toBeCloseTo(0.1, 1);
    expect(share(values, 'absent')).toBeCloseTo(0.2, 1);
    expect(share(values, '')).toBeCloseTo(0.3, 1);
    expect(share(values, 'x')).toBeCloseTo(0.4, 1);
  });

  it('pick by weight', () => {
    const values = recordsOf({ os: { type: 'pick', weights: { a: 3, b: 1 } } }).map(({ os }) => os);
    expect(share(values, 'a')).toBeCloseTo(0.75, 1);
    expect(share(values, 'a') + share(values, 'b')).toBe(1);
  });

  it('keep numbers in their range', () => {
    const fields = {
      whole: { type: 'integer', min: 10, max: 20, step: 5 },
      part: { type: 'number', min: 1, max: 2, decimals: 1 },
    };
    const records = recordsOf(fields);
    expect(new Set(records.map(({ whole }) => whole))).toEqual(new Set([10, 15, 20]));
    expect(
      records.every(({ part }) => Number(part) >= 1 && Number(part) <= 2 && /^\d(\.\d)?$/.test(String(part))),
    ).toBe(true);
  });

  it('vary the fraction digits of a time from none to seven, without trailing zeros', () => {
    const at = { type: 'timestamp', from: '-1d', to: '-1h', digits: { min: 0, max: 7 } };
    const times = recordsOf({ at }).map((record) => record.at as string);
    const digits = times.map((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?Z$/.exec(time)?.[1] ?? '');
    expect(new Set(digits.map(({ length }) => length))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
    expect(digits.some((text) => text.endsWith('0'))).toBe(false);
    const ms = times.map(Date.parse);
    expect(Math.min(...ms)).toBeGreaterThanOrEqual(nowMs - 86_400_000);
    expect(Math.max(...ms)).toBeLessThan(nowMs - 3_600_000 + 1000);
  });

  it('spread ascending times over the range in order', () => {
    const at = { type: 'timestamp', from: '-10d', to: '-1h', digits: 3, ascending: true };
    const times = recordsOf({ at }).map((record) => record.at as string);
    expect(times).toEqual([...times].sort());
    expect(times[0]).toMatch(/\.\d{3}Z$/);
  });

  it('fill a pattern', () => {
    const fields = {
      site: { type: 'pick', values: ['ber'] },
      name: { type: 'pattern', pattern: '${site}-${index:5}-${int:7-7}-${digits:3}-${hex:2}-${HEX:6}.' },
    };
    expect(recordsOf(fields)[42]?.name).toMatch(/^ber-00042-7-\d{3}-[0-9a-f]{2}-[0-9A-F]{6}\.$/);
  });

  it('follow another field, a variable and the record before', () => {
    const records = recordsOf(
      {
        os: { type: 'pick', values: ['mac', 'win'] },
        kind: {
          type: 'match',
          on: 'os',
          cases: { mac: 'm', win: { type: 'copy', of: 'secret', case: 'upper' } },
        },
        before: { type: 'sibling', field: 'id' },
        list: { type: 'list', items: ['a', { type: 'copy', of: 'os' }] },
        many: { type: 'list', of: { type: 'hex', length: 8 }, min: 2, max: 2 },
        one: {
          type: 'one_of',
          of: [{ weight: 1, value: { type: 'object', fields: { x: { type: 'copy', of: 'id' } } } }],
        },
      },
      { variables: { secret: 'w' } },
    );
    for (const [index, record] of records.entries()) {
      expect(record.kind).toBe(record.os === 'mac' ? 'm' : 'W');
      expect(record.before).toBe(index === 0 ? null : index - 1);
      expect(record.list).toEqual(['a', record.os]);
      expect(record.one).toEqual({ x: index });
      expect(new Set(record.many as string[]).size).toBe(2);
      expect(record).not.toHaveProperty('secret');
    }
  });
});

describe('a link', () => {
  const specs: Record<string, CollectionSpec> = {
    parents: { size: 'things', key: 'id', fields: { id: { type: 'uuid', upper_rate: 0.5, null_rate: 0.1 } } },
    children: {
      size: { scale: 'things', ratio: 0.9 },
      key: 'id',
      link: { collection: 'parents', unmatched: 0.05, duplicates: 0.1 },
      fields: {
        id: { type: 'index' },
        parent: { type: 'ref', field: 'id', case: 'lower', otherwise: { type: 'uuid' } },
        matched: { type: 'ref', field: 'id', otherwise: false },
      },
    },
  };

  it('gives records the value of the ones they belong to, with shares unmatched and double', () => {
    const collections = compiled(specs, { size: 10_000 });
    const parents = new Set(
      [...(collections.get('parents')?.records(0) ?? [])].map(({ id }) => String(id).toLowerCase()),
    );
    const children = [...(collections.get('children')?.records(0) ?? [])];
    expect(children).toHaveLength(9000);
    const found = children.filter(({ parent }) => parents.has(parent as string));
    // 5 % belong to none, and one in ten parents has no id.
    expect(found.length / children.length).toBeCloseTo(0.95 * 0.9, 1);
    expect(found.length - new Set(found.map(({ parent }) => parent)).size).toBeGreaterThan(500);
    expect(children.filter(({ matched }) => matched === false).length).toBe(children.length - found.length);
    expect(children.every(({ parent }) => parent === String(parent).toLowerCase())).toBe(true);
  });
});

describe('a step', () => {
  const fields: CollectionSpec['fields'] = {
    id: { type: 'uuid' },
    name: { type: 'hex', length: 16 },
    risk: { type: 'hex', length: 8 },
    seen: { type: 'timestamp', from: '-30d', to: '-2h', digits: 7 },
  };
  const changes = { added: 0.01, removed: 0.02, fields: { risk: 0.1, seen: 0.3 } };
  const at = (epoch: number) => {
    const records = recordsOf(fields, { changes }, { size: 10_000 }, epoch);
    return new Map(records.map((record) => [record.id as string, record]));
  };

  it('changes, adds and removes the shares that the file gives', () => {
    const [before, after] = [at(0), at(1)];
    const kept = [...after.keys()].filter((id) => before.has(id));
    expect(after.size - kept.length).toBe(100);
    expect((before.size - kept.length) / before.size).toBeCloseTo(0.02, 2);
    const changed = (field: string) =>
      kept.filter((id) => before.get(id)?.[field] !== after.get(id)?.[field]).length / kept.length;
    expect(changed('risk')).toBeCloseTo(0.1, 1);
    expect(changed('seen')).toBeCloseTo(0.3, 1);
    expect(changed('name')).toBe(0);
    const onlyRisk = kept.filter(
      (id) => before.get(id)?.risk !== after.get(id)?.risk && before.get(id)?.seen === after.get(id)?.seen,
    );
    expect(onlyRisk.length).toBeGreaterThan(0);
  });

  it('gives what changes or appears in it a time within it', () => {
    const [first, second] = [at(1), at(2)];
    for (const [id, record] of second) {
      const isNew = !first.has(id);
      if (!isNew && first.get(id)?.seen === record.seen) continue;
      const ms = Date.parse(record.seen as string);
      expect(ms).toBeGreaterThanOrEqual(nowMs - 2 * 3_600_000 + 60_000);
      expect(ms).toBeLessThan(nowMs - 2 * 3_600_000 + 121_000);
    }
  });

  it('never brings a removed record back', () => {
    const [before, first, second] = [at(0), at(1), at(2)];
    const gone = [...before.keys()].filter((id) => !first.has(id));
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.filter((id) => second.has(id))).toEqual([]);
  });
});
