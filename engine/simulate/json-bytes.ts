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
const LOWER = Buffer.from('0123456789abcdef');
const UPPER = Buffer.from('0123456789ABCDEF');
const POWERS = Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);
const SMALL_MAX = 0x7fff_ffff;

export class JsonBytes {
  /** Where the next byte goes; what was written after an earlier place is taken back by going there. */
  at = 0;
  /** Empty until something is written. */
  #bytes: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#bytes);

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
    return this.#view;
  }

  put({ words, length }: Literal): void {
    let { at } = this;
    if (at + length + 8 > this.#bytes.length) this.#grow(length + 8);
    const view = this.#view;
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

  /** A whole number from 0 with at least `width` digits. */
  digits(value: number, width: number): void {
    if (value > SMALL_MAX || width > 9) {
      this.raw(String(value).padStart(width, '0'));
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

  /** The last `count` hexadecimal digits of a word. */
  hex(word: number, count: number, upper: boolean): void {
    if (this.at + count > this.#bytes.length) this.#grow(count);
    const table = upper ? UPPER : LOWER;
    const bytes = this.#bytes;
    let { at } = this;
    for (let shift = count * 4 - 4; shift >= 0; shift -= 4) {
      bytes[at++] = table[(word >>> shift) & 15] as number;
    }
    this.at = at;
  }

  #grow(by: number): void {
    const isEnough = this.#bytes.length === 0 && by <= PIECE_BYTES;
    const larger = isEnough ? takeBuffer() : Buffer.allocUnsafeSlow(this.#bytes.length * 2 + by);
    this.#bytes.copy(larger, 0, 0, this.at);
    this.#use(larger);
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
