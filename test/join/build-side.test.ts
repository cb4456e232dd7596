import { describe, expect, test } from 'vitest';
import type { Join } from '../../engine/compile/connector.ts';
import { readJsonPage } from '../../engine/fetch/json-page.ts';
import { BuildSide } from '../../engine/join/build-side.ts';
import { createMemoryTable, pageOf } from '../../engine/join/memory-table.ts';
import { failureOf } from '../support/failure-of.ts';

const PLACE = {
  file: 'connector.yaml',
  start: { line: 1, column: 1, offset: 0 },
  end: { line: 1, column: 2, offset: 1 },
};
const NOBODY = '00000000-0000-0000-0000-000000000000';

function joinOn(on: Record<string, string>, rest: Partial<Join['definition']> = {}): Join {
  return {
    name: 'owner',
    definition: { endpoint: 'owners', on, ...rest },
    endpoint: { name: 'owners', keyPath: ['id'] } as Join['endpoint'],
    on: Object.entries(on).map(([record, joined]) => ({
      record: record.split('.').slice(1),
      joined: joined.split('.'),
      name: record,
      at: PLACE,
    })),
    ...(rest.newest !== undefined && { newest: rest.newest.split('.') }),
  };
}

function built(join: Join, records: unknown[], isKeyKnown = false): BuildSide {
  const build = new BuildSide(join, createMemoryTable(), isKeyKnown);
  build.store(pageOf(records));
  return build;
}

const GUID: Partial<Join['definition']> = { ignore_case: true, never: [NOBODY], newest: 'seen' };

describe('a match', () => {
  test('is the record with the same key, whole, also below other members', () => {
    const owner = { id: 1, device: { key: 'k1' }, name: 'Jörg', list: [1, { a: null }] };
    const build = built(joinOn({ 'thing.ref.key': 'device.key' }), [owner, { id: 2, device: { key: 'k2' } }]);
    expect(build.match({ ref: { key: 'k1' } })).toEqual(owner);
    expect(build.match({ ref: { key: 'k3' } })).toBeUndefined();
    expect(build.match({})).toBeUndefined();
  });

  test('minds case unless told otherwise', () => {
    expect(built(joinOn({ 'thing.k': 'k' }), [{ k: 'Ab' }]).match({ k: 'aB' })).toBeUndefined();
    expect(
      built(joinOn({ 'thing.k': 'k' }, { ignore_case: true }), [{ k: 'Ab' }]).match({ k: 'aB' }),
    ).toEqual({ k: 'Ab' });
  });

  test.each([null, '', NOBODY, NOBODY.toUpperCase(), undefined, {}, []])(
    'never is by the key %j, on either side',
    (key) => {
      const build = built(joinOn({ 'thing.k': 'k' }, GUID), [{ id: 1, k: key }, { id: 2 }]);
      expect(build.match({ k: key })).toBeUndefined();
      expect(build.size).toBe(0);
    },
  );

  test('of several keys needs all of them', () => {
    const build = built(joinOn({ 'thing.a': 'a', 'thing.b': 'b' }), [{ a: 'x,y', b: 'z' }]);
    expect(build.match({ a: 'x,y', b: 'z' })).toBeDefined();
    expect(build.match({ a: 'x', b: 'y,z' })).toBeUndefined();
    expect(build.match({ a: 'x,y' })).toBeUndefined();
  });
});

describe('of several matches', () => {
  const records = [
    { id: 'c', k: 'x', seen: '2026-01-02T00:00:00Z' },
    { id: 'b', k: 'X', seen: '2026-01-03T00:00:00.5Z' },
    { id: 'a', k: 'x', seen: '2026-01-03T01:00:00.5+01:00' },
    { id: '0', k: 'x', seen: 'yesterday' },
    { id: '1', k: 'x' },
  ];

  test('the newest wins, then the smallest id, in whatever order they come', () => {
    for (let turn = 0; turn < records.length; turn++) {
      const order = [...records.slice(turn), ...records.slice(0, turn)];
      expect(built(joinOn({ 'thing.k': 'k' }, GUID), order).match({ k: 'x' })).toMatchObject({ id: 'a' });
    }
  });

  test('the smallest id wins where nothing says which is newest', () => {
    expect(built(joinOn({ 'thing.k': 'k' }, { ignore_case: true }), records).match({ k: 'x' })).toMatchObject(
      { id: '0' },
    );
  });
});

test('thousands of records in one page are stored', () => {
  const records = Array.from({ length: 2_500 }, (_, id) => ({ id, k: `k${id}` }));
  const build = built(joinOn({ 'thing.k': 'k' }), records);
  expect(build.size).toBe(2_500);
  expect(build.match({ k: 'k2499' })).toEqual({ id: 2499, k: 'k2499' });
});

describe('a key that no record has', () => {
  test('is a fault of the definition, found when the list is read', async () => {
    const build = built(joinOn({ 'thing.k': 'kk' }), [
      { id: 1, k: 'x' },
      { id: 2, k: 'y' },
    ]);
    const error = await failureOf(() => build.finish());
    expect(error).toMatchObject({ code: 'join-no-key', kind: 'definition', at: PLACE });
    expect(error.message).toBe('none of the 2 records of `owners` has the join key `kk`');
  });

  test('is one of several, too', async () => {
    const build = built(joinOn({ 'thing.a': 'a', 'thing.b': 'bb' }), [{ a: 1, b: 2 }]);
    expect((await failureOf(() => build.finish())).message).toContain('`bb`');
  });

  test('is none when it is there but empty, when there is no record, and when recorded answers had it', () => {
    expect(() => built(joinOn({ 'thing.k': 'k' }), [{ k: null }]).finish()).not.toThrow();
    expect(() => built(joinOn({ 'thing.k': 'k' }), []).finish()).not.toThrow();
    expect(() => built(joinOn({ 'thing.k': 'kk' }), [{ k: 'x' }], true).finish()).not.toThrow();
  });
});

describe('a list in pages of bytes', () => {
  const page = (records: string[]) => readJsonPage(Buffer.from(`[${records.join(',')}]`), []);

  test('gives the records as they were written, with numbers that a double would lose as their digits', () => {
    const build = new BuildSide(joinOn({ 'thing.k': 'k' }), createMemoryTable(), false);
    build.store(page(['{"k": 12345678901234567890, "a": 1.0}', '{"k":"\\u0078","b":-0}']));
    const found = build.find({ k: '12345678901234567890' });
    expect([Buffer.from(found?.json ?? []).toString(), found?.record]).toEqual([
      '{"k": "12345678901234567890", "a": 1.0}',
      { k: '12345678901234567890', a: 1 },
    ]);
    expect(build.match({ k: 'x' })).toEqual({ k: 'x', b: -0 });
    expect(build.find({ k: 'x' })).toBe(build.find({ k: 'x' }));
    expect(build.find({ k: 'y' })).toBeUndefined();
  });

  test('knows its members in camel case where the definition says so', () => {
    const join = joinOn({ 'thing.k': 'deviceId' }, { newest: 'lastSeen' });
    join.endpoint.isCamelCase = true;
    const build = new BuildSide(join, createMemoryTable(), false);
    build.store(page(['{"Id":"b","DeviceId":"x","LastSeen":"2026-01-02T00:00:00Z"}']));
    build.store(page(['{"Id":"a","DeviceId":"x","LastSeen":"2026-01-01T00:00:00Z"}']));
    expect(build.match({ k: 'x' })).toEqual({ id: 'b', deviceId: 'x', lastSeen: '2026-01-02T00:00:00Z' });
  });

  test('has the record with the smallest id by code points, not by UTF-16 units, and of equal ones the first', () => {
    const records = [
      '{"k":1,"id":"\u{1F600}"}',
      '{"k":1,"id":"\uFB01"}',
      '{"k":1,"id":"\uFB01","n":2}',
      '{"k":1,"id":"\uFB01a"}',
    ];
    for (const order of [records, [records[1], records[0], records[2], records[3]] as string[]]) {
      const build = new BuildSide(joinOn({ 'thing.k': 'k' }), createMemoryTable(), false);
      build.store(page(order));
      expect(build.match({ k: 1 })).toEqual({ k: 1, id: '\uFB01' });
    }
  });

  test('is asked of the table again for what was not asked lately', () => {
    const records = Array.from({ length: 3_000 }, (_, k) => `{"k":${k}}`);
    const build = new BuildSide(joinOn({ 'thing.k': 'k' }), createMemoryTable(), false);
    build.store(page(records));
    for (let step = 0; step < 9_000; step++) {
      const k = step % 3_001;
      expect(build.match({ k })).toEqual(k < 3_000 ? { k } : undefined);
    }
  });
});
