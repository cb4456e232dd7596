import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { openLane } from '../../engine/checkpoint/lane-store.ts';
import { SEEN_SCHEMA, type Seen, SeenTable } from '../../engine/checkpoint/seen-table.ts';
import { openStateFile } from '../../engine/checkpoint/state-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Two texts with one crc32. */
const TWINS = ['plumless', 'buckeroo'] as const;

const hashOf = (byte: number) => Buffer.alloc(16, byte);

/** A table in a file of its own; `reopened` reads the file anew. */
function seenTable() {
  const file = openStateFile(join(temporaryDirectory(), 'seen.db'), 'wal');
  onTestFinished(() => {
    file.close();
  });
  file.exec(SEEN_SCHEMA);
  return { table: new SeenTable(file), reopened: () => new SeenTable(file), file };
}

function kept(key: string, parent?: string, rest: Partial<Seen> = {}): Seen {
  const record = JSON.stringify({ key });
  return { key, hash: hashOf(1), kept: { record, ...(parent !== undefined && { parent }) }, ...rest };
}

const keysOf = (records: Iterable<{ key: string }>) => [...records].map(({ key }) => key);

describe('a record', () => {
  test('is found as it was recorded, and what is left out counts as known in its first version', () => {
    const { table } = seenTable();
    table.record([{ key: 'a', hash: hashOf(7) }], 1);
    table.record(
      [
        { key: 'b', hash: hashOf(8), version: 3, state: 'incomplete', instant: '2' },
        { key: 'c', hash: hashOf(9), state: 'missing' },
        { key: 'd', hash: hashOf(10), state: 'gone', version: 1 },
      ],
      2,
    );
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => table.find(key))).toEqual([
      { id: 1, hash: hashOf(7), version: 0, state: 'known' },
      { id: 2, hash: hashOf(8), version: 3, state: 'incomplete', instant: '2' },
      { id: 3, hash: hashOf(9), version: 0, state: 'missing' },
      { id: 4, hash: hashOf(10), version: 1, state: 'gone' },
      undefined,
    ]);
  });

  test('keeps its id when it is recorded again, with all else new', () => {
    const { table } = seenTable();
    table.record([kept('a'), kept('b')], 1);
    table.record([{ key: 'a', hash: hashOf(2), version: 1, state: 'incomplete', instant: '5' }], 2);
    expect(table.find('a')).toEqual({
      id: 1,
      hash: hashOf(2),
      version: 1,
      state: 'incomplete',
      instant: '5',
    });
    table.record([{ key: 'a', hash: hashOf(3) }], 3);
    expect(table.find('a')).toEqual({ id: 1, hash: hashOf(3), version: 0, state: 'known' });
    expect(table.greatestId).toBe(2);
  });

  test('whose key shares its checksum with another is another', () => {
    const { table, reopened } = seenTable();
    table.record([kept(TWINS[0], 'p')], 1);
    expect(table.find(TWINS[1])).toBeUndefined();
    table.record([kept(TWINS[1], 'q', { hash: hashOf(2) })], 1);
    for (const one of [table, reopened()]) {
      expect(TWINS.map((key) => one.find(key)?.hash)).toEqual([hashOf(1), hashOf(2)]);
      expect([keysOf(one.keptOf('p')), keysOf(one.keptOf('q'))]).toEqual([[TWINS[0]], [TWINS[1]]]);
    }
    table.record([{ key: TWINS[0], hash: hashOf(1), state: 'gone' }], 2);
    expect(keysOf(table.kept([1, 2]))).toEqual([TWINS[1]]);
  });
});

describe('what was kept', () => {
  test('comes with what is known of it, in the order of first delivery', () => {
    const { table } = seenTable();
    table.record([kept('z', undefined, { version: 2, instant: '1' }), kept('a'), kept('m')], 1);
    expect(table.kept([3, 1, 99])).toEqual([
      { id: 1, hash: hashOf(1), version: 2, state: 'known', instant: '1', key: 'z', record: '{"key":"z"}' },
      { id: 3, hash: hashOf(1), version: 0, state: 'known', key: 'm', record: '{"key":"m"}' },
    ]);
  });

  test('is replaced by what is kept later, stays where nothing is kept, and goes with what is gone', () => {
    const { table } = seenTable();
    table.record([kept('a', 'p'), kept('b', 'p')], 1);
    table.record([{ key: 'a', hash: hashOf(1), state: 'missing' }], 2);
    expect(keysOf(table.keptOf('p'))).toEqual(['a', 'b']);
    table.record([{ key: 'a', hash: hashOf(2), kept: { record: '{"n":2}' } }], 3);
    expect(table.kept([1]).map(({ record }) => record)).toEqual(['{"n":2}']);
    // Without a parent: it had no match any more.
    expect(keysOf(table.keptOf('p'))).toEqual(['b']);
    table.record([{ key: 'b', hash: hashOf(1), state: 'gone' }], 4);
    expect(keysOf(table.kept([1, 2]))).toEqual(['a']);
    expect([...table.parents()]).toEqual([]);
    expect([...table.ids(9)]).toEqual([1]);
  });

  test('is found by its parent, each parent named once', () => {
    const { table } = seenTable();
    table.record([kept('1', 'q'), kept('2', 'p'), kept('3', 'q'), kept('4')], 1);
    expect([...table.parents()]).toEqual(['p', 'q']);
    expect([...table.keptOf('q')].map(({ key, record }) => [key, record])).toEqual([
      ['1', '{"key":"1"}'],
      ['3', '{"key":"3"}'],
    ]);
    expect([...table.keptOf('r')]).toEqual([]);
  });
});

describe('12,000 records', () => {
  const COUNT = 12_000;

  test('are listed whole and in order over the borders of what is read at once, also while they go', () => {
    const { table } = seenTable();
    const all = Array.from({ length: COUNT }, (_, index) =>
      kept(`k${index}`, index % 2 ? 'odd' : `even ${String(index).padStart(5, '0')}`),
    );
    for (let from = 0; from < COUNT; from += 4_000) table.record(all.slice(from, from + 4_000), 1);
    expect(table.greatestId).toBe(COUNT);
    expect([...table.ids(COUNT)]).toEqual(all.map((_, index) => index + 1));
    expect([...table.ids(10_001)]).toHaveLength(10_001);
    expect([...table.parents()]).toEqual([
      ...all.filter((_, index) => index % 2 === 0).map((one) => one.kept?.parent),
      'odd',
    ]);
    expect(keysOf(table.keptOf('odd'))).toEqual(all.filter((_, index) => index % 2).map(({ key }) => key));
    const left = new Set<number>();
    for (const id of table.ids(COUNT)) {
      left.add(id);
      if (id % 1_000 === 0) table.record([{ key: `k${id}`, hash: hashOf(1), state: 'gone' }], 2);
    }
    // `k1000` has the id 1,001: it was listed after it had gone only where it had been read before.
    expect(left.size).toBeGreaterThanOrEqual(COUNT - 12);
    expect([...table.ids(COUNT)]).toHaveLength(COUNT - 11);
  });

  test('are all found after the file is opened again, and nothing else is', () => {
    const { table, reopened } = seenTable();
    const keys = Array.from({ length: COUNT }, (_, index) => `key ${index}`);
    table.record(
      keys.map((key) => ({ key, hash: hashOf(1) })),
      1,
    );
    const again = reopened();
    expect(keys.filter((key) => again.find(key) === undefined)).toEqual([]);
    expect(keys.filter((key) => again.find(`no ${key}`) !== undefined)).toEqual([]);
    expect(again.greatestId).toBe(COUNT);
  });
});

describe('what lies before an instant', () => {
  const seen: Seen[] = [
    kept('old', 'p', { instant: '1' }),
    kept('old and gone', 'p', { instant: '1', state: 'gone' }),
    kept('gone', 'p', { instant: '2', state: 'gone' }),
    kept('none', 'p'),
    kept('none and gone', 'p', { state: 'gone' }),
  ];
  const keys = seen.map(({ key }) => key);

  test('is forgotten, all of it, with what was kept of it', () => {
    const { table, file } = seenTable();
    table.record(seen, 1);
    table.forgetBefore('2', true);
    expect(keys.filter((key) => table.find(key))).toEqual(['gone', 'none', 'none and gone']);
    expect(file.prepare('select count(*) from kept').raw().get([])).toEqual([1]);
  });

  test('is forgotten only where it is gone', () => {
    const { table } = seenTable();
    table.record(seen, 1);
    table.forgetBefore('2', false);
    expect(keys.filter((key) => table.find(key))).toEqual(['old', 'gone', 'none', 'none and gone']);
    expect(keysOf(table.keptOf('p'))).toEqual(['old', 'none']);
  });
});

test('a lane that falls back to the checkpoint before forgets what was kept since', () => {
  const path = join(temporaryDirectory(), 'lane.db');
  const clock = { now: () => 1 };
  const lane = openLane(path, clock);
  lane.commit({ checkpoint: firstCheckpoint(), seen: [kept('a', 'p')] });
  lane.commit({ checkpoint: firstCheckpoint(), seen: [kept('b', 'p'), kept('c', 'q')] });
  lane.close();
  const file = new Database(path);
  file.exec('update checkpoint set checksum = 0 where generation = 2');
  file.close();
  const back = openLane(path, clock);
  expect(back.fellBack).toBe(true);
  expect([[...back.parents()], keysOf(back.keptOf('p')), keysOf(back.kept([1, 2, 3]))]).toEqual([
    ['p'],
    ['a'],
    ['a'],
  ]);
  // An id that is given out again brings back nothing of what had it.
  back.commit({ checkpoint: firstCheckpoint(), seen: [{ key: 'd', hash: hashOf(4) }] });
  expect([back.find('d')?.id, keysOf(back.kept([1, 2, 3]))]).toEqual([2, ['a']]);
  back.close();
});
