import { expect, test } from 'vitest';
import type { ByteFile } from '../../engine/byte-files.ts';
import {
  entryId,
  entrySize,
  keyOf,
  roomFor,
  tagOfKey,
  writeEntry,
} from '../../engine/checkpoint/seen-entry.ts';
import { FrameWriter, readFrames } from '../../engine/checkpoint/seen-frames.ts';
import { kept } from '../support/seen-lane.ts';

const SALT = 0xfedcba98;

interface MemoryFile extends ByteFile {
  bytes: Buffer;
}

function memoryFile(bytes: Buffer = Buffer.alloc(0)): MemoryFile {
  const file: MemoryFile = {
    bytes,
    read: (target, size, position) => file.bytes.subarray(position, position + size).copy(target),
    write: (source, size, position) => {
      file.bytes = Buffer.concat([file.bytes.subarray(0, position), source.subarray(0, size)]);
    },
    sync: () => {},
    length: () => file.bytes.length,
    truncate: () => {},
    close: () => {},
  };
  return file;
}

/** Three frames: the keys of two of them, and between these the ids that are forgotten. */
function threeFrames(): { file: MemoryFile; ends: number[] } {
  const file = memoryFile();
  const writer = new FrameWriter(file, SALT, 0);
  const put = (id: number, key: string) => {
    const at = writer.room(roomFor(kept(key)));
    writer.put(writeEntry(writer.memory, at, tagOfKey(key, SALT), id, kept(key)));
  };
  const ends: number[] = [];
  put(1, 'a');
  put(2, 'b');
  writer.flush();
  ends.push(writer.start);
  writer.forget([7, 8, 9]);
  ends.push(writer.start);
  put(3, 'c');
  writer.flush();
  ends.push(writer.start);
  return { file, ends };
}

const WHOLE = ['1 a', '2 b', 'not 7', 'not 8', 'not 9', '3 c'];

function read(file: ByteFile, length: number) {
  const told: string[] = [];
  const damaged = readFrames(file, SALT, length, {
    entries: (window, from, to) => {
      for (let at = from; at < to; at += entrySize(window, at))
        told.push(`${entryId(window, at)} ${keyOf(window, at)}`);
    },
    forgotten: ({ words }, from, count) => {
      for (const id of words.subarray(from / 4, from / 4 + count)) told.push(`not ${id}`);
    },
  });
  return { told, damaged };
}

test('frames that are whole are told in their order', () => {
  const { file, ends } = threeFrames();
  expect(read(file, file.bytes.length)).toEqual({ told: WHOLE, damaged: [] });
  expect(read(file, ends[1] ?? 0)).toEqual({ told: WHOLE.slice(0, 5), damaged: [] });
});

test('any bit that is wrong takes its frame along, and no other', () => {
  const { file, ends } = threeFrames();
  const [first = 0, second = 0, third = 0] = ends;
  for (let bit = 0; bit < file.bytes.length * 8; bit++) {
    const at = bit >>> 3;
    const bytes = Buffer.from(file.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
    const expected =
      at < first
        ? { told: WHOLE.slice(2), damaged: [{ from: 0, to: first }] }
        : at < second
          ? { told: [...WHOLE.slice(0, 2), '3 c'], damaged: [{ from: first, to: second }] }
          : { told: WHOLE.slice(0, 5), damaged: [{ from: second, to: third }] };
    expect(read(memoryFile(bytes), third)).toEqual(expected);
  }
});

test('of a file that ends too early, at any byte, the frames before that are told', () => {
  const { file, ends } = threeFrames();
  const [first = 0, second = 0, third = 0] = ends;
  for (let end = 0; end < third; end++) {
    const from = end < first ? 0 : end < second ? first : second;
    const told = WHOLE.slice(0, end < first ? 0 : end < second ? 2 : 5);
    expect(read(memoryFile(file.bytes.subarray(0, end)), third)).toEqual({
      told,
      damaged: [{ from, to: third }],
    });
  }
});

test('a frame of another lane, or at another place, is none', () => {
  const { file, ends } = threeFrames();
  const [first = 0, second = 0] = ends;
  expect(readFrames(file, SALT + 1, first, { entries: () => {}, forgotten: () => {} })).toEqual([
    { from: 0, to: first },
  ]);
  const moved = memoryFile(file.bytes.subarray(first, second));
  expect(read(moved, second - first)).toEqual({ told: [], damaged: [{ from: 0, to: second - first }] });
});
