/** JSON text under construction, as bytes: what is known beforehand is copied by words, and no string is made of the rest. */
import { PIECE_BYTES, takeBuffer } from './piece-buffers.ts';

/** Text that is known beforehand. */
export interface Literal {
  /** In bytes. */
  length: number;
  /** Eight bytes each, filled up with zeros. None is a NaN, which would not keep its bits: UTF-8 has no 0xff, and no 0x7f after 0xf0. */
  words: Float64Array;
}

/** A text, which is JSON or a part of it, in UTF-8. */
export function literal(text: string): Literal {
  const length = Buffer.byteLength(text);
  const words = new Float64Array(Math.ceil(length / 8));
  const bytes = new DataView(new ArrayBuffer(words.length * 8));
  Buffer.from(bytes.buffer).write(text);
  for (let nth = 0; nth < words.length; nth++) words[nth] = bytes.getFloat64(nth * 8, true);
  return { length, words };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TRUE = literal('true');
const FALSE = literal('false');
const NULL = literal('null');
const NULL_FIRST = 0x6e;
/** Both digits of the numbers below 60, and `HH:MM:00` for each minute of a day. */
const PAIRS = Uint16Array.from({ length: 60 }, (_, value) => Buffer.from(pair(value)).readUInt16LE());
const MINUTES = Float64Array.from({ length: 1440 }, (_, minute) =>
  Buffer.from(`${pair(Math.floor(minute / 60))}:${pair(minute % 60)}:00`).readDoubleLE(),
);
const BILLION = 1_000_000_000;
const POWERS = Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);
const SMALL_MAX = 0x7fff_ffff;

export class JsonBytes {
  /** Where the next byte goes; what was written after an earlier place is taken back by going there. */
  at = 0;
  /** Empty until something is written. */
  #bytes: Buffer = Buffer.alloc(0);
  /** What generated code writes into, and how long that is. */
  view = viewOf(this.#bytes);
  size = 0;

  get isFull(): boolean {
    return this.at >= PIECE_BYTES;
  }

  /** What was written; what is written next goes elsewhere. */
  take(): Buffer {
    const piece = this.#bytes.subarray(0, this.at);
    this.#use(Buffer.alloc(0));
    this.at = 0;
    return piece;
  }

  /** Where words may be put from `at` on, as long as they are within so many bytes. */
  room(length: number): DataView {
    if (this.at + length > this.#bytes.length) this.#grow(length);
    return this.view;
  }

  put({ words, length }: Literal): void {
    let { at } = this;
    if (at + length + 8 > this.#bytes.length) this.#grow(length + 8);
    const view = this.view;
    for (let nth = 0; nth < words.length; nth++, at += 8) view.setFloat64(at, words[nth] as number, true);
    this.at += length;
  }

  byte(code: number): void {
    if (this.at >= this.#bytes.length) this.#grow(1);
    this.#bytes[this.at++] = code;
  }

  /** Puts another byte at a place that was written. */
  replace(place: number, code: number): void {
    this.#bytes[place] = code;
  }

  /** Any value as JSON; nothing for undefined. */
  value(value: unknown): void {
    if (typeof value === 'string') this.text(value);
    else if (value === null) this.put(NULL);
    else if (typeof value === 'boolean') this.put(value ? TRUE : FALSE);
    else if (typeof value === 'number' && value >= 0 && value <= SMALL_MAX && Number.isInteger(value))
      this.digits(value, 1);
    else if (value !== undefined) this.raw(JSON.stringify(value));
  }

  /** A text in quotes. */
  text(text: string): void {
    this.byte(QUOTE);
    this.inner(text);
    this.byte(QUOTE);
  }

  /** A part of a text in quotes. */
  inner(text: string): void {
    if (this.at + text.length > this.#bytes.length) this.#grow(text.length);
    const bytes = this.#bytes;
    let { at } = this;
    for (let nth = 0; nth < text.length; nth++) {
      const code = text.charCodeAt(nth);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.at = at;
        this.raw(JSON.stringify(text.slice(nth)).slice(1, -1));
        return;
      }
      bytes[at++] = code;
    }
    this.at = at;
  }

  /** Text as it is. */
  raw(text: string): void {
    const longest = text.length * 3;
    if (this.at + longest > this.#bytes.length) this.#grow(longest);
    this.at += this.#bytes.write(text, this.at);
  }

  /** `HH:MM:SS` for a second of a day. */
  clock(second: number): void {
    if (this.at + 8 > this.#bytes.length) this.#grow(8);
    const minute = (second / 60) | 0;
    this.view.setFloat64(this.at, MINUTES[minute] as number, true);
    this.view.setUint16(this.at + 6, PAIRS[second - minute * 60] as number, true);
    this.at += 8;
  }

  /** A whole number from 0 with at least `width` digits. */
  digits(value: number, width: number): void {
    if (value > SMALL_MAX || width > 9) {
      const high = Math.floor(value / BILLION);
      if (high > SMALL_MAX || width > 18) {
        this.raw(String(value).padStart(width, '0'));
        return;
      }
      this.digits(high, Math.max(width - 9, 1));
      this.digits(value - high * BILLION, 9);
      return;
    }
    let count = width;
    while (count < 10 && value >= (POWERS[count] as number)) count++;
    if (this.at + count > this.#bytes.length) this.#grow(count);
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let place = this.at + count - 1; place >= this.at; place--) {
      const tenth = (rest / 10) | 0;
      bytes[place] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.at += count;
  }

  /** Whether nothing, null or an empty text was written since a place. */
  isNothingSince(start: number): boolean {
    const length = this.at - start;
    if (length === 0) return true;
    const bytes = this.#bytes;
    return length === 2 ? bytes[start] === QUOTE : length === 4 && bytes[start] === NULL_FIRST;
  }

  /** Goes one byte back, which it gives: a text that is written next has its quote there. */
  stepBack(): number {
    return this.#bytes[--this.at] as number;
  }

  /** Makes a part of a text of the text that was written after a step back over a byte; false where it was no text. */
  unquoteSince(start: number, over: number): boolean {
    const isText = this.at > start && this.#bytes[start] === QUOTE;
    this.#bytes[start] = over;
    this.at = isText ? this.at - 1 : start + 1;
    return isText;
  }

  /** Puts the letters of the text that was written at a place in a case; false where that takes more than ASCII. */
  changeCaseSince(start: number, isUpper: boolean): boolean {
    const bytes = this.#bytes;
    if (bytes[start] !== QUOTE) return true;
    const [first, last] = isUpper ? [0x61, 0x7a] : [0x41, 0x5a];
    for (let place = start + 1; place < this.at - 1; place++) {
      const code = bytes[place] as number;
      if (code > 0x7e || code === BACKSLASH) return false;
      if (code >= first && code <= last) bytes[place] = code ^ 0x20;
    }
    return true;
  }

  #grow(by: number): void {
    const isEnough = this.#bytes.length === 0 && by <= PIECE_BYTES;
    const larger = isEnough ? takeBuffer() : Buffer.allocUnsafeSlow(this.#bytes.length * 2 + by);
    this.#bytes.copy(larger, 0, 0, this.at);
    this.#use(larger);
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.view = viewOf(bytes);
    this.size = bytes.length;
  }
}

/** The last four hexadecimal digits of a word, as four bytes. */
export function hexOf(word: number, upper: boolean): number {
  let digits = ((word & 0xff00) << 8) | (word & 0xff);
  digits = ((digits & 0x00f000f0) << 4) | (digits & 0x000f000f);
  // Those above 9 get a carry into the upper half of their byte.
  const letters = ((digits + 0x06060606) >>> 4) & 0x01010101;
  return digits + 0x30303030 + letters * (upper ? 7 : 39);
}

function pair(value: number): string {
  return String(value).padStart(2, '0');
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
