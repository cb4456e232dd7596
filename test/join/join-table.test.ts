import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import { createJoinTable, type JoinTable, openKeptTable } from '../../engine/join/join-table.ts';
import { hashOf } from '../../engine/join/key-index.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const KEEPING = { keepMs: 1_000, now: 5_000, question: 'who?' };

function begun(keeping?: typeof KEEPING): { table: JoinTable; path: string } {
  const path = join(temporaryDirectory(), 'scratch', 'list.join');
  return { table: createJoinTable(path, nodeByteFiles, keeping), path };
}

function put(table: JoinTable, rows: Iterable<readonly [key: string, record: string]>): void {
  for (const [key, record] of rows) table.put(key, Buffer.from(record));
}

function textAt(table: JoinTable | undefined, key: string): string | undefined {
  return table?.get(key)?.toString();
}

/** Pairs of one hash and one length each, found by trying. */
const COLLIDING = ['1485211075', '2522981067', '1882590121', '4126790325'];

describe('a join table', () => {
  it('gives the record that was put last under a key', () => {
    const { table } = begun();
    const record = JSON.stringify({ text: 'ü😀\0"', deep: [1, { a: null }] });
    put(table, [
      ['a', 'before'],
      ['b', 'other'],
      ['a', record],
    ]);
    expect([textAt(table, 'a'), textAt(table, 'b'), textAt(table, 'c'), textAt(table, '')]).toEqual([
      record,
      'other',
      undefined,
      undefined,
    ]);
    expect(table.count).toBe(2);
    table.close();
  });

  it('tells any strings apart, also lone surrogates and those with NUL', () => {
    const keys = [
      'a',
      'a\0',
      'a\0b',
      '\ud800',
      '\ud801',
      '\ufffd',
      'ü',
      'ÿ',
      'Ā',
      '\u00c4\u0080',
      'A',
      '',
      '😀',
      '\x80',
    ];
    const { table } = begun();
    put(
      table,
      keys.map((key, index) => [key, `${index}`] as const),
    );
    expect(keys.map((key) => textAt(table, key))).toEqual(keys.map((_, index) => `${index}`));
    expect(table.count).toBe(keys.length);
    table.close();
  });

  it('tells keys of one hash apart', () => {
    const keys = COLLIDING;
    expect(new Set(keys.map(hashOf)).size).toBe(2);
    const { table } = begun();
    put(table, [['1485211075', 'first']]);
    expect(textAt(table, '2522981067')).toBeUndefined();
    put(
      table,
      keys.map((key) => [key, `of ${key}`] as const),
    );
    expect(keys.map((key) => textAt(table, key))).toEqual(keys.map((key) => `of ${key}`));
    expect(table.count).toBe(keys.length);
    table.close();
  });

  it('takes keys and records larger than all that it holds in memory', () => {
    const { table } = begun();
    const long = 'k'.repeat(800_000);
    const rows = [
      [long, 'r'.repeat(5)],
      [`${long}!`, 'r'.repeat(600_000)],
      ['small', 's'],
      [`ö${long}Ā`, 'r'.repeat(700_000)],
      ['last', 't'],
    ] as const;
    put(table, rows);
    for (const [key, record] of [...rows, ...rows.toReversed()])
      expect(textAt(table, key) === record).toBe(true);
    table.close();
  });

  it('holds what a map holds, in whatever order it is asked, while it is filled and after', () => {
    const word = fc.oneof(fc.constantFrom('', '0', 'a', 'aa', 'Ā', '\ud800'), fc.string({ unit: 'binary' }));
    const size = fc.oneof({ weight: 9, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.nat(200_000) });
    const step = fc.record({ key: word, size, isRead: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, isKept) => {
        const { table, path } = begun(isKept ? KEEPING : undefined);
        const model = new Map<string, string>();
        for (const [index, { key, size: length, isRead }] of steps.entries()) {
          if (isRead) expect(textAt(table, key) === model.get(key)).toBe(true);
          const record = `${index}`.padEnd(length, String.fromCharCode(97 + (index % 26)));
          put(table, [[key, record]]);
          model.set(key, record);
        }
        table.finish?.();
        const tables = [table];
        const kept = isKept ? openKeptTable(path, nodeByteFiles, KEEPING) : undefined;
        expect(kept !== undefined).toBe(isKept);
        if (kept) tables.push(kept);
        for (const one of tables) {
          for (const { key } of steps.toReversed()) expect(textAt(one, key) === model.get(key)).toBe(true);
          expect(one.count).toBe(model.size);
          one.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  it('holds 300,000 records in 12 MB of memory, and gives them in any order', { timeout: 60_000 }, () => {
    const { table } = begun();
    const count = 300_000;
    const rest = 'x'.repeat(100);
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < count; index++) table.put(`key-${index}`, Buffer.from(`${index} ${rest}`));
    for (let step = 0; step < 5_000; step++) {
      const index = (step * 7_919) % count;
      expect(textAt(table, `key-${index}`) === `${index} ${rest}`).toBe(true);
    }
    for (let index = 0; index < count; index += 17)
      expect(textAt(table, `key-${index}`) === `${index} ${rest}`).toBe(true);
    expect(table.count).toBe(count);
    globalThis.gc?.();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12e6);
    table.close();
  });

  it('leaves nothing behind, and nothing of a killed run in its place', () => {
    const { table, path } = begun();
    put(table, [['a', 'x'.repeat(2_000_000)]]);
    expect(readdirSync(join(path, '..'))).toEqual([]);
    expect(textAt(table, 'a')).toHaveLength(2_000_000);
    table.close();
    writeFileSync(path, 'left by a killed run');
    const other = createJoinTable(path, nodeByteFiles);
    expect([other.count, textAt(other, 'a'), existsSync(path)]).toEqual([0, undefined, false]);
    other.close();
  });
});

describe('a table that is to be kept', () => {
  function kept(
    rows: readonly (readonly [string, string])[] = [
      ['a', 'one'],
      ['Ā', 'two'],
    ],
  ): string {
    const { table, path } = begun(KEEPING);
    put(table, rows);
    table.finish?.();
    table.close();
    return path;
  }

  it('is there for the next run, as it was, for this user alone', () => {
    const path = kept([
      ['a', 'before'],
      ['b', 'x'.repeat(900_000)],
      ['Ā', 'two'],
      ['a', 'after'],
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const now of [5_000, 5_999]) {
      const table = openKeptTable(path, nodeByteFiles, { ...KEEPING, now });
      expect([
        textAt(table, 'a'),
        textAt(table, 'b')?.length,
        textAt(table, 'Ā'),
        textAt(table, 'c'),
        table?.count,
      ]).toEqual(['after', 900_000, 'two', undefined, 3]);
      table?.close();
    }
  });

  it('is not used when it is too old, from the future, or answers another question', () => {
    const path = kept();
    for (const other of [{ now: 6_000 }, { now: 4_999 }, { question: 'what?' }])
      expect(openKeptTable(path, nodeByteFiles, { ...KEEPING, ...other })).toBeUndefined();
    expect(openKeptTable(`${path}.none`, nodeByteFiles, KEEPING)).toBeUndefined();
    expect(openKeptTable(join(path, '..'), nodeByteFiles, KEEPING)).toBeUndefined();
  });

  it('is not used when any byte of it is another, is missing or is one too many, and is then made anew', () => {
    const path = kept();
    const whole = readFileSync(path);
    const damaged = [...whole.keys()].map((at) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (whole[at] ?? 0) ^ (1 << (at % 8));
      return bytes;
    });
    const cut = [...whole.keys()].map((length) => whole.subarray(0, length));
    for (const bytes of [...damaged, ...cut, Buffer.concat([whole, Buffer.alloc(1)]), whole.subarray(1)]) {
      writeFileSync(path, bytes);
      expect(openKeptTable(path, nodeByteFiles, KEEPING)).toBeUndefined();
    }
    const table = createJoinTable(path, nodeByteFiles, KEEPING);
    expect([table.count, textAt(table, 'a')]).toEqual([0, undefined]);
    table.close();
    writeFileSync(path, whole);
    expect(openKeptTable(path, nodeByteFiles, KEEPING)?.count).toBe(2);
  });

  it('is deleted when it is closed before it is complete', () => {
    const { table, path } = begun(KEEPING);
    put(table, [['a', 'one']]);
    table.close();
    expect(existsSync(path)).toBe(false);
  });

  it('is made anew after a run that was killed while it was written', () => {
    const { table, path } = begun(KEEPING);
    for (let index = 0; index < 3_000; index++) put(table, [[`k${index}`, 'x'.repeat(1_000)]]);
    // What such a run leaves: all that it gave to the system, and nothing of what it still had.
    const left = readFileSync(path);
    table.close();
    expect(left.length).toBeGreaterThan(1_000_000);
    writeFileSync(path, left);
    expect(openKeptTable(path, nodeByteFiles, KEEPING)).toBeUndefined();
    const next = createJoinTable(path, nodeByteFiles, KEEPING);
    expect(next.count).toBe(0);
    next.close();
  });
});
