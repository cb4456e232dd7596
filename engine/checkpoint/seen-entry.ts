/** One delivered record as bytes: a head of fixed length, then its key, its instant, and what is kept of it. */
import { isText, readText, writeText } from './packed-text.ts';
import type { KeptRecord, Known, Seen, SeenState } from './seen.ts';

/*
 * Numbers are little-endian, sizes are bytes. An entry lies at a multiple of 8 and is padded with zeros to one.
 *
 *    0  size of the entry          4  tag: hash of the key, and marks     8  id          12  version of the record
 *   16  hash of the content (16)  32  size of the key                    36  size of the instant
 *   40  state, marks of texts     44  key, instant
 *   then, where something is kept: size of the parent's key, size of the record, parent's key, record (UTF-8)
 */
const TAG = 1;
const ID = 2;
const VERSION = 3;
const HASH_AT = 16;
const HASH_BYTES = 16;
const KEY_SIZE = 8;
const INSTANT_SIZE = 9;
const STATE_AT = 40;
const TEXTS_AT = 41;
export const HEAD_BYTES = 44;

/** Marks in the last four bits of a tag. */
export const GONE = 1;
export const KEPT = 2;
export const DATED = 4;
/** Set in every entry, so that no tag is 0. */
export const LIVE = 8;
/** A tag without its marks: 28 bits of the key's hash. */
export const TAG_HASH = ~15;

const WIDE_KEY = 1;
const WIDE_INSTANT = 2;
const WIDE_PARENT = 4;
const HAS_PARENT = 8;

const STATES: readonly SeenState[] = ['known', 'incomplete', 'missing', 'gone'];

/** Bytes in memory that entries lie in, as bytes and as words of 32 bits. */
export interface Memory {
  bytes: Buffer;
  words: Uint32Array;
}

/** Memory of at least so many bytes. */
export function memoryOf(size: number): Memory {
  const buffer = new ArrayBuffer(Math.ceil(size / 8) * 8);
  return { bytes: Buffer.from(buffer), words: new Uint32Array(buffer) };
}

/** FNV-1a over the UTF-16 units, then the finish of MurmurHash3; as a tag without marks. */
export function tagOfKey(key: string, seed: number): number {
  let hash = seed | 0;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & TAG_HASH;
}

/** More than the entry can take. */
export function roomFor({ key, instant, kept }: Seen): number {
  const texts = key.length + (instant?.length ?? 0) + (kept?.parent?.length ?? 0);
  return HEAD_BYTES + 2 * texts + (kept ? 8 + 3 * kept.record.length : 0) + 8;
}

/** Writes an entry at a multiple of 8, with what is kept of it only where `seen` brings that; gives where it ends. */
export function writeEntry(memory: Memory, at: number, tag: number, id: number, seen: Seen): number {
  const { bytes, words } = memory;
  const { key, hash, version, state, instant, kept } = seen;
  const word = at >>> 2;
  const stateIndex = state === undefined ? 0 : STATES.indexOf(state);
  const isGone = state === 'gone';
  const keyEnd = writeText(bytes, at + HEAD_BYTES, key);
  const keySize = keyEnd - at - HEAD_BYTES;
  let marks = isGone ? LIVE | GONE : LIVE;
  let texts = keySize === key.length ? 0 : WIDE_KEY;
  let end = keyEnd;
  if (instant !== undefined) {
    end = writeText(bytes, keyEnd, instant);
    marks |= DATED;
    if (end - keyEnd !== instant.length) texts |= WIDE_INSTANT;
  }
  words[word + TAG] = tag | marks;
  words[word + ID] = id;
  words[word + VERSION] = version ?? 0;
  writeHash(bytes, at + HASH_AT, hash);
  words[word + KEY_SIZE] = keySize;
  words[word + INSTANT_SIZE] = end - keyEnd;
  words[word + STATE_AT / 4] = stateIndex | (texts << 8);
  if (kept && !isGone) end = writeKept(memory, at, end, kept);
  return finished(memory, at, end);
}

/** Gives an entry that was just written what is kept with another; gives where it ends now. */
export function carryKept(memory: Memory, at: number, from: Memory, fromAt: number): number {
  const { bytes, words } = memory;
  const end = keptAt(memory, at);
  const begin = keptAt(from, fromAt);
  const size = 8 + from.bytes.readUInt32LE(begin) + from.bytes.readUInt32LE(begin + 4);
  from.bytes.copy(bytes, end, begin, begin + size);
  const parentMarks = (from.bytes[fromAt + TEXTS_AT] as number) & (WIDE_PARENT | HAS_PARENT);
  bytes[at + TEXTS_AT] = (bytes[at + TEXTS_AT] as number) | parentMarks;
  words[(at >>> 2) + TAG] = (words[(at >>> 2) + TAG] as number) | KEPT;
  return finished(memory, at, end + size);
}

export function entrySize({ words }: Memory, at: number): number {
  return words[at >>> 2] as number;
}

export function entryTag({ words }: Memory, at: number): number {
  return words[(at >>> 2) + TAG] as number;
}

export function entryId({ words }: Memory, at: number): number {
  return words[(at >>> 2) + ID] as number;
}

/** Numbers an entry anew. */
export function setEntryId({ words }: Memory, at: number, id: number): void {
  words[(at >>> 2) + ID] = id;
}

/** Whether it is the entry of that key. */
export function isEntryOf({ bytes, words }: Memory, at: number, key: string): boolean {
  const isWide = ((bytes[at + TEXTS_AT] as number) & WIDE_KEY) !== 0;
  return isText(bytes, at + HEAD_BYTES, words[(at >>> 2) + KEY_SIZE] as number, isWide, key);
}

export function keyOf({ bytes, words }: Memory, at: number): string {
  const isWide = ((bytes[at + TEXTS_AT] as number) & WIDE_KEY) !== 0;
  return readText(bytes, at + HEAD_BYTES, words[(at >>> 2) + KEY_SIZE] as number, isWide);
}

export function instantOf({ bytes, words }: Memory, at: number): string | undefined {
  const word = at >>> 2;
  if (((words[word + TAG] as number) & DATED) === 0) return undefined;
  const isWide = ((bytes[at + TEXTS_AT] as number) & WIDE_INSTANT) !== 0;
  const begin = at + HEAD_BYTES + (words[word + KEY_SIZE] as number);
  return readText(bytes, begin, words[word + INSTANT_SIZE] as number, isWide);
}

/** Without a key there, the entry stands alone. */
export function parentOf(memory: Memory, at: number): string | undefined {
  const { bytes } = memory;
  const texts = bytes[at + TEXTS_AT] as number;
  if ((texts & HAS_PARENT) === 0) return undefined;
  const begin = keptAt(memory, at);
  return readText(bytes, begin + 8, bytes.readUInt32LE(begin), (texts & WIDE_PARENT) !== 0);
}

export function knownOf(memory: Memory, at: number): Known {
  const { bytes, words } = memory;
  const word = at >>> 2;
  const known: Known = {
    id: words[word + ID] as number,
    hash: bytes.toString('hex', at + HASH_AT, at + HASH_AT + HASH_BYTES),
    version: words[word + VERSION] as number,
    state: STATES[bytes[at + STATE_AT] as number] ?? 'known',
  };
  const instant = instantOf(memory, at);
  if (instant !== undefined) known.instant = instant;
  return known;
}

/** Of an entry with something kept. */
export function keptRecordOf(memory: Memory, at: number): KeptRecord {
  const { bytes } = memory;
  const begin = keptAt(memory, at);
  const from = begin + 8 + bytes.readUInt32LE(begin);
  const record = bytes.toString('utf8', from, from + bytes.readUInt32LE(begin + 4));
  return { ...knownOf(memory, at), key: keyOf(memory, at), record };
}

/** Where what is kept of an entry begins, or would. */
function keptAt({ words }: Memory, at: number): number {
  const word = at >>> 2;
  return at + HEAD_BYTES + (words[word + KEY_SIZE] as number) + (words[word + INSTANT_SIZE] as number);
}

/** From hex digits in lower case. */
function writeHash(bytes: Buffer, at: number, hash: string): void {
  for (let index = 0; index < HASH_BYTES; index++) {
    const high = hash.charCodeAt(2 * index);
    const low = hash.charCodeAt(2 * index + 1);
    bytes[at + index] = (digitOf(high) << 4) | digitOf(low);
  }
}

/** The letters follow on 0x60, the digits on 0x2f. */
function digitOf(unit: number): number {
  return (unit & 15) + (unit > 0x39 ? 9 : 0);
}

function writeKept(
  { bytes, words }: Memory,
  at: number,
  begin: number,
  { record, parent }: NonNullable<Seen['kept']>,
): number {
  const parentEnd = parent === undefined ? begin + 8 : writeText(bytes, begin + 8, parent);
  const parentSize = parentEnd - begin - 8;
  const size = bytes.write(record, parentEnd, 'utf8');
  bytes.writeUInt32LE(parentSize, begin);
  bytes.writeUInt32LE(size, begin + 4);
  const wide = parentSize === (parent?.length ?? 0) ? 0 : WIDE_PARENT;
  const texts = (bytes[at + TEXTS_AT] as number) | wide | (parent === undefined ? 0 : HAS_PARENT);
  bytes[at + TEXTS_AT] = texts;
  words[(at >>> 2) + TAG] = (words[(at >>> 2) + TAG] as number) | KEPT;
  return parentEnd + size;
}

/** Pads to a multiple of 8 and notes the size. */
function finished({ bytes, words }: Memory, at: number, end: number): number {
  let padded = end;
  while ((padded & 7) !== 0) bytes[padded++] = 0;
  words[at >>> 2] = padded - at;
  return padded;
}
