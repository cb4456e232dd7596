import { describe, expect, test } from 'vitest';
import { readJsonPage } from '../../engine/fetch/json-page.ts';
import { PageMemory } from '../../engine/fetch/page-memory.ts';
import { readingHere } from '../../engine/fetch/page-reader.ts';

const MIB = 1024 * 1024;

describe('the memory of a page', () => {
  test('is used again for one that is about as large', () => {
    const memory = new PageMemory();
    const first = memory.take(14 * MIB);
    expect(first.length).toBeGreaterThanOrEqual(14 * MIB);
    memory.giveBack({ bytes: first.subarray(0, 100) });
    const other = memory.take(2 * MIB);
    expect(other.buffer).not.toBe(first.buffer);
    expect(memory.take(13.9 * MIB).buffer).toBe(first.buffer);
    expect(memory.take(14 * MIB).buffer).not.toBe(first.buffer);
  });

  test.each([[1], [127 * 1024], [33 * MIB]])('is not kept where it is small or huge: %i bytes', (length) => {
    const memory = new PageMemory();
    const bytes = memory.take(length);
    expect([bytes.length, bytes.buffer.byteLength]).toEqual([length, length]);
    memory.giveBack({ bytes });
    expect(memory.take(length).buffer).not.toBe(bytes.buffer);
  });

  test('is kept for as much as lies between a vendor and a lane', () => {
    const memory = new PageMemory();
    const taken = Array.from({ length: 6 }, () => memory.take(8 * MIB));
    for (const bytes of taken) memory.giveBack({ bytes });
    const again = new Set(Array.from({ length: 6 }, () => memory.take(8 * MIB).buffer));
    expect(taken.filter(({ buffer }) => again.has(buffer))).toHaveLength(4);
  });
});

test('a page that was given back is not read any more', () => {
  const page = readJsonPage(Buffer.from('[{"a":1},{"a":2}]'), []);
  const record = page.unread(1, (index) => page.record(index));
  expect(record.at(['a'])).toBe(2);
  readingHere.giveBack(page);
  for (const read of [() => record.at(['a']), () => record.whole, () => record.json])
    expect(read).toThrow('given back');
});
