import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJoinTable, type JoinRow } from '../../engine/join/join-table.ts';
import { createMemoryTable } from '../../engine/join/memory-table.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function row(key: string, rank: string, id: string, record = `${key}/${rank}/${id}`): JoinRow {
  return { key, rank, id, record };
}

describe('a join table', () => {
  it('gives the record of a key', () => {
    const table = createJoinTable(join(temporaryDirectory(), 'join.db'));
    const record = JSON.stringify({ text: 'ü😀\0"', deep: [1, { a: null }] });
    table.put([row('a', '', '1', record), row('b', '', '2')]);
    expect(table.get('a')).toBe(record);
    expect(table.get('b')).toBe('b//2');
    expect(table.get('c')).toBeUndefined();
    expect(table.count).toBe(2);
    table.close();
  });

  it('is empty to begin with', () => {
    const table = createJoinTable(join(temporaryDirectory(), 'join.db'));
    table.put([]);
    expect(table.count).toBe(0);
    expect(table.get('a')).toBeUndefined();
    table.close();
  });

  it('keeps the greatest rank, then the smallest id, then the first', () => {
    const table = createJoinTable(join(temporaryDirectory(), 'join.db'));
    table.put([row('a', '2', 'x'), row('a', '1', 'w'), row('b', '1', 'x'), row('b', '1', 'w')]);
    table.put([row('a', '', 'a'), row('b', '1', 'w', 'later'), row('c', '9', 'x'), row('c', '99', 'y')]);
    expect([table.get('a'), table.get('b'), table.get('c')]).toEqual(['a/2/x', 'b/1/w', 'c/99/y']);
    expect(table.count).toBe(3);
    table.close();
  });

  it('orders ids by code point, not by UTF-16 unit', () => {
    const table = createJoinTable(join(temporaryDirectory(), 'join.db'));
    table.put([row('a', '', '\u{1F600}'), row('a', '', '\uFB01')]);
    expect(table.get('a')).toBe('a//\uFB01');
    table.close();
  });

  it('chooses as the table of a case does, whatever comes in whatever pages', () => {
    const word = fc.constantFrom('', '0', '1', 'a', 'aa', 'b');
    const rows = fc.array(fc.record({ key: word, rank: word, id: word, record: fc.string() }));
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 3 }), (pages) => {
        const table = createJoinTable(join(temporaryDirectory(), 'join.db'));
        const memory = createMemoryTable();
        for (const page of pages) {
          table.put(page);
          memory.put(page);
        }
        for (const { key } of pages.flat()) expect(table.get(key)).toBe(memory.get(key));
        expect(table.count).toBe(memory.count);
        table.close();
      }),
      { numRuns: 30 },
    );
  });

  it('leaves nothing behind, and nothing of a killed run in it', () => {
    const directory = join(temporaryDirectory(), 'scratch');
    const path = join(directory, 'join.db');
    createJoinTable(path).close();
    expect(readdirSync(directory)).toEqual([]);
    writeFileSync(path, 'left by a killed run');
    const table = createJoinTable(path);
    expect(table.count).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    table.put([row('a', '', '1')]);
    table.close();
    expect(existsSync(path)).toBe(false);
  });
});
