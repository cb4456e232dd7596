/** The seen file as frames: each is whole or it is not believed. */
import { crc32 } from 'node:zlib';
import type { ByteFile } from '../byte-files.ts';
import { type Memory, memoryOf } from './seen-entry.ts';
import { emptyWindow, fill, type Window } from './seen-windows.ts';

/*
 * Numbers are little-endian. A frame lies at a multiple of 8: so does each entry in it.
 *
 *    0  magic   4  salt of the file   8  position of the frame (64 bits)   16  size of the payload in bytes
 *   20  what it holds: 1 entries, 2 ids of forgotten ones   24  how many   28  CRC-32 of the payload
 *   32  CRC-32 of what comes before it, begun with the salt   36  0
 *   40  payload
 */
const MAGIC = 0x6e656573;
const HEAD_BYTES = 40;
const ENTRIES = 1;
const FORGOTTEN = 2;
/** What is not larger is lost at once when a byte of it is damaged; per frame there is one write. */
const FRAME_BYTES = 128 * 1024;
const SCAN_BYTES = 1024 * 1024;

/** Collects what is appended and writes it frame by frame. */
export class FrameWriter {
  readonly #file: ByteFile;
  readonly #salt: number;
  /** Where the frame in hand begins; before it all is written. */
  start: number;
  readonly memory: Memory = memoryOf(2 * FRAME_BYTES);
  #used = HEAD_BYTES;
  #count = 0;

  constructor(file: ByteFile, salt: number, start: number) {
    this.#file = file;
    this.#salt = salt;
    this.start = start;
  }

  /** Makes room for an entry of at most `size` bytes; gives where it begins in `memory`. */
  room(size: number): number {
    if (this.#used >= FRAME_BYTES) this.flush();
    const { memory } = this;
    const isTooSmall = this.#used + size > memory.bytes.length;
    const isTooLarge = this.#count === 0 && memory.bytes.length > 2 * FRAME_BYTES + size;
    if (isTooSmall || isTooLarge) {
      const { bytes, words } = memoryOf(Math.max(this.#used + size, 2 * FRAME_BYTES));
      memory.bytes.copy(bytes, 0, 0, this.#used);
      memory.bytes = bytes;
      memory.words = words;
    }
    return this.#used;
  }

  /** The entry for which there was room ends there in `memory`; gives its position in the file. */
  put(end: number): number {
    const position = this.start + this.#used;
    this.#used = end;
    this.#count++;
    return position;
  }

  /** Writes what was put. */
  flush(): void {
    if (this.#count > 0) this.#write(ENTRIES);
  }

  /** Writes that these ids are forgotten. */
  forget(ids: Iterable<number>): void {
    this.flush();
    for (const id of ids) {
      if (this.#used >= FRAME_BYTES) this.#write(FORGOTTEN);
      this.memory.words[this.#used >>> 2] = id;
      this.#used += 4;
      this.#count++;
    }
    if (this.#count > 0) this.#write(FORGOTTEN);
  }

  #write(kind: number): void {
    const { bytes, words } = this.memory;
    while ((this.#used & 7) !== 0) bytes[this.#used++] = 0;
    const head = [
      MAGIC,
      this.#salt,
      this.start % 2 ** 32,
      Math.floor(this.start / 2 ** 32),
      this.#used - HEAD_BYTES,
      kind,
      this.#count,
      crc32(bytes.subarray(HEAD_BYTES, this.#used)),
    ];
    words.set(head);
    words[8] = crc32(bytes.subarray(0, 32), this.#salt);
    words[9] = 0;
    this.#file.write(bytes, this.#used, this.start);
    this.start += this.#used;
    this.#used = HEAD_BYTES;
    this.#count = 0;
  }
}

/** A part of the file that cannot be believed. */
export interface DamagedPart {
  from: number;
  to: number;
}

/** Told what is in the frames, in their order. Positions in `window`: an entry, or an id, begins at `from` of its memory. */
export interface FrameReader {
  entries(window: Window, from: number, to: number): void;
  forgotten(window: Window, from: number, count: number): void;
}

/** Reads the frames up to a length, verifies each, and tells what lies between those that are whole. */
export function readFrames(file: ByteFile, salt: number, length: number, reader: FrameReader): DamagedPart[] {
  const window = emptyWindow();
  const damaged: DamagedPart[] = [];
  const there = Math.min(length, file.length());
  let whole = 0;
  for (let position = 0; position < there; ) {
    const size = frameSize(window, file, salt, position, there);
    if (size === 0 || !isWhole(window, file, position, size, there)) {
      // Behind a head that is damaged the next frame may begin anywhere.
      position += size || 8;
      continue;
    }
    if (position > whole) damaged.push({ from: whole, to: position });
    const at = position - window.start;
    const word = at >>> 2;
    const count = window.words[word + 6] as number;
    if (window.words[word + 5] === ENTRIES) reader.entries(window, at + HEAD_BYTES, at + size);
    else reader.forgotten(window, at + HEAD_BYTES, count);
    position += size;
    whole = position;
  }
  if (whole < length) damaged.push({ from: whole, to: length });
  return damaged;
}

/** Size of the frame whose head lies at the position; 0 when none does. */
function frameSize(window: Window, file: ByteFile, salt: number, position: number, length: number): number {
  if (position + HEAD_BYTES > length) return 0;
  if (position + HEAD_BYTES > window.end)
    fill(window, file, position, Math.min(SCAN_BYTES, length - position));
  if (position + HEAD_BYTES > window.end) return 0;
  const { bytes, words } = window;
  const at = position - window.start;
  const word = at >>> 2;
  if (words[word] !== MAGIC || words[word + 1] !== salt || words[word + 9] !== 0) return 0;
  if (words[word + 8] !== crc32(bytes.subarray(at, at + 32), salt)) return 0;
  if ((words[word + 2] as number) + (words[word + 3] as number) * 2 ** 32 !== position) return 0;
  const size = HEAD_BYTES + (words[word + 4] as number);
  return position + size > length ? 0 : size;
}

/** Has the whole frame in the window, and its payload is as it was written. */
function isWhole(window: Window, file: ByteFile, position: number, size: number, length: number): boolean {
  if (position + size > window.end)
    fill(window, file, position, Math.max(size, Math.min(SCAN_BYTES, length - position)));
  if (position + size > window.end) return false;
  const at = position - window.start;
  return window.words[(at >>> 2) + 7] === crc32(window.bytes.subarray(at + HEAD_BYTES, at + size));
}
