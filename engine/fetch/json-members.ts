/** Where does a member of a record lie? Follows names through bytes that are known to be JSON, and builds nothing. */
import { skipSpace, tableOf } from './json-scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** 1 where a run of plain string bytes stops. */
const STRING_STOP = tableOf('"\\');
/** 1 where a run of bytes outside of strings stops that neither open nor close anything. */
const NESTING_STOP = tableOf('"[]{}');
/** 1 behind a number, `true`, `false` or `null`. */
const SCALAR_STOP = tableOf(',]} \t\r\n');

/** A name of a path, as text and as it is written where nothing of it is escaped. */
export interface MemberName {
  text: string;
  bytes: Buffer;
}

export function memberName(text: string): MemberName {
  return { text, bytes: Buffer.from(text) };
}

/** A name that means nothing to JSON: in quotes it is a string wherever it is found, be it a name or a value. */
const HARMLESS = /^[\w@$.-]+$/;

/**
 * Finds one member of the records of a page, most quickly of one record after the other: where the name is written once in a record,
 * without escapes around, native searches find it, and only what lies before it is walked through.
 */
export class MemberFinder {
  readonly #bytes: Buffer;
  readonly #name: MemberName;
  readonly #isHarmless: boolean;
  readonly #quoted: Search;
  readonly #escapes: Search;
  readonly #objects: Search;
  readonly #lists: Search;

  constructor(bytes: Buffer, name: MemberName) {
    this.#bytes = bytes;
    this.#name = name;
    this.#isHarmless = HARMLESS.test(name.text);
    this.#quoted = new Search(bytes, Buffer.from(`"${name.text}"`));
    this.#escapes = new Search(bytes, BACKSLASH);
    this.#objects = new Search(bytes, OPEN_BRACE);
    this.#lists = new Search(bytes, OPEN_BRACKET);
  }

  /** As `locateMember`, of the record between two offsets. */
  find(start: number, end: number): number {
    if (!this.#isHarmless || this.#escapes.next(start) < end)
      return locateMember(this.#bytes, start, this.#name);
    const found = this.#quoted.next(start);
    if (found >= end) return -1;
    const behind = found + this.#name.bytes.length + QUOTES;
    const isTwice = this.#quoted.next(behind) < end;
    if (isTwice || this.#bytes[behind] !== COLON || !this.#isTopLevel(start, found))
      return locateMember(this.#bytes, start, this.#name);
    return skipSpace(this.#bytes, behind + 1);
  }

  #isTopLevel(start: number, found: number): boolean {
    if (this.#bytes[start] !== OPEN_BRACE) return false;
    const nested = Math.min(this.#objects.next(start + 1), this.#lists.next(start));
    return found < nested || isTopLevel(this.#bytes, start, found);
  }
}

const QUOTES = 2;

/** Looks for the same again and again: where it is known that there is none, the bytes are not gone through once more. */
class Search {
  readonly #bytes: Buffer;
  readonly #wanted: number | Buffer;
  /** From one offset up to the other there is none. */
  #from = Number.POSITIVE_INFINITY;
  #at = Number.POSITIVE_INFINITY;

  constructor(bytes: Buffer, wanted: number | Buffer) {
    this.#bytes = bytes;
    this.#wanted = wanted;
  }

  /** The offset of the first at or behind an offset; infinity where there is none. */
  next(from: number): number {
    if (from >= this.#from && from <= this.#at) return this.#at;
    const at = this.#bytes.indexOf(this.#wanted, from);
    this.#from = from;
    this.#at = at === -1 ? Number.POSITIVE_INFINITY : at;
    return this.#at;
  }
}

/** Whether an offset lies in no list and no object but the one that begins a record without escapes. */
function isTopLevel(bytes: Buffer, start: number, offset: number): boolean {
  for (let at = start + 1; ; at = endOfValue(bytes, at)) {
    while (NESTING_STOP[bytes[at] as number] === 0) at++;
    if (at >= offset) return at === offset;
  }
}

/**
 * The offset of a member's value; -1 where there is none, or where no object begins. Of members with one name the last counts, as
 * for `JSON.parse`.
 * @param from offset of a value in bytes that a page's scan has proven to be JSON
 */
export function locateMember(bytes: Buffer, from: number, name: MemberName): number {
  if (bytes[from] !== OPEN_BRACE) return -1;
  let found = -1;
  let at = skipSpace(bytes, from + 1);
  while (bytes[at] !== CLOSE_BRACE) {
    const stop = firstStop(bytes, at + 1);
    const isPlain = bytes[stop] === QUOTE;
    const end = isPlain ? stop + 1 : endOfString(bytes, at);
    const isWanted = isPlain
      ? isSame(bytes, at + 1, stop, name.bytes)
      : unescaped(bytes, at, end) === name.text;
    // Behind the colon.
    at = skipSpace(bytes, skipSpace(bytes, end) + 1);
    if (isWanted) found = at;
    at = skipSpace(bytes, endOfValue(bytes, at));
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return found;
}

/** @param from offset of a value, as for `locateMember` */
export function endOfValue(bytes: Buffer, from: number): number {
  const first = bytes[from] as number;
  if (first === QUOTE) return endOfString(bytes, from);
  if (NESTING_STOP[first] === 1) return endOfNested(bytes, from);
  let at = from + 1;
  while (at < bytes.length && SCALAR_STOP[bytes[at] as number] === 0) at++;
  return at;
}

function endOfNested(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    while (NESTING_STOP[bytes[at] as number] === 0) at++;
    const stop = bytes[at] as number;
    if (stop === QUOTE) {
      at = endOfString(bytes, at);
      continue;
    }
    depth += stop === OPEN_BRACE || stop === OPEN_BRACKET ? 1 : -1;
    at++;
    if (depth === 0) return at;
  }
}

/** @param from offset of the opening quote */
function endOfString(bytes: Buffer, from: number): number {
  let at = from + 1;
  for (;;) {
    at = firstStop(bytes, at);
    if (bytes[at] === QUOTE) return at + 1;
    at += 2;
  }
}

/** The quote or backslash that ends a run of plain bytes of a string. */
function firstStop(bytes: Buffer, from: number): number {
  let at = from;
  while (STRING_STOP[bytes[at] as number] === 0) at++;
  return at;
}

function isSame(bytes: Buffer, from: number, end: number, other: Buffer): boolean {
  if (end - from !== other.length) return false;
  for (let index = 0; index < other.length; index++) {
    if (bytes[from + index] !== other[index]) return false;
  }
  return true;
}

function unescaped(bytes: Buffer, from: number, end: number): string {
  return JSON.parse(bytes.toString('utf8', from, end));
}
