/** JSON written as bytes while it is made: exactly what `JSON.stringify` gives, in UTF-8, without any text between. */
import { Callable } from './callable.ts';
import { failure } from './errors.ts';
import { measure, measuredLast } from './meter.ts';

/** A constant text as generated code writes it: eight bytes at a time. */
export interface Constant {
  words: Float64Array;
  /** Bytes. */
  length: number;
  isAscii: boolean;
}

/** Values that were read from JSON, and where those of them lie that are strings. */
export interface StringsRead {
  readonly values: readonly unknown[];
  /** Of a string that may be written as it was read, its quotes included; -1 for other values. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Of a batch of events: what it is made of may be one line of a quarter of that. */
const BYTES_MAX = 1024 * 1024 * 1024;

const WORD = 8;
const [MINUS, ZERO, COMMA, QUOTE, BACKSLASH] = [0x2d, 0x30, 0x2c, 0x22, 0x5c];
/** Places in generated code that are told apart. */
const SITES = 1024;
/** A place where so many strings were none of those read is not looked for any more. */
const MISSES_MAX = 16;
/** Longer strings are written by a native call, which costs as much as so many characters one by one. */
const SHORT_MAX = 64;
/** No character of a string takes more bytes in UTF-8. */
const CHARACTER_MAX = 3;
/** Of texts from here on the bytes are counted before there is made room for them. */
const LONG_MIN = 65_536;

/** Control characters, quote, backslash, and surrogates, of which lone ones are escaped. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

export class JsonBytes {
  /** Strings among these are copied: most of an event is what was read. */
  source: StringsRead | undefined;
  bytes: Buffer;
  /** Bytes that are written. */
  at = 0;
  /** Whether all of them are ASCII. */
  isAscii = true;
  #view: DataView;
  /** By place in the generated code: which of the values that were read was written there last. */
  readonly #slots = new Int32Array(SITES);
  /** How often it was none of them. */
  readonly #misses = new Uint8Array(SITES);

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Begins anew in other memory, all of it. */
  writeTo(memory: Buffer): void {
    this.bytes = memory;
    this.#view = new DataView(memory.buffer);
    this.clear();
  }

  /** Goes on in other memory. */
  moveTo(memory: Buffer): void {
    this.bytes.copy(memory, 0, 0, this.at);
    this.bytes = memory;
    this.#view = new DataView(memory.buffer);
  }

  clear(): void {
    this.at = 0;
    this.isAscii = true;
  }

  /** What was written; the same memory is written again after `clear`. */
  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  /** What was written from a place on, as text. */
  text(from: number): string {
    return this.bytes.toString(this.isAscii ? 'latin1' : 'utf8', from, this.at);
  }

  constant({ words, length, isAscii }: Constant): void {
    let { at } = this;
    const end = at + length;
    // The last word may write more bytes than the text has: they are written over, or not read.
    if (end + WORD > this.bytes.length) this.#grow(length + WORD);
    const view = this.#view;
    for (let index = 0; at < end; at += WORD, index++) view.setFloat64(at, words[index] as number, true);
    this.at = end;
    if (!isAscii) this.isAscii = false;
  }

  byte(value: number): void {
    if (this.at + 1 > this.bytes.length) this.#grow(1);
    this.bytes[this.at++] = value;
  }

  /** A bracket that closes; the comma after the last part goes. */
  close(bracket: number): void {
    if (this.bytes[this.at - 1] === COMMA) this.at--;
    this.byte(bracket);
  }

  /** Takes the brackets of a list off: what is written from `start` on is its only item. */
  unwrap(start: number): void {
    this.bytes.copyWithin(start, start + 1, this.at - 1);
    this.at -= 2;
  }

  /**
   * A constant text, of which the last `label` bytes are the label of a value, the value, and a comma; where JSON leaves the
   * value out, neither label nor comma.
   * @param site a number of the place in the generated code
   */
  member(before: Constant, value: unknown, label: number, site: number): void {
    this.constant(before);
    const { at } = this;
    if (typeof value === 'string') {
      if (!this.#isCopied(value, site & (SITES - 1))) this.string(value);
    } else this.value(value);
    if (this.at === at) this.at -= label;
    else this.byte(COMMA);
  }

  /** Any value; nothing for what JSON leaves out. */
  value(value: unknown): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'boolean') this.raw(value ? 'true' : 'false');
    else if (value === null) this.raw('null');
    else if (value !== undefined) {
      measure(value);
      const text: string | undefined = measuredLast.hasFunctions
        ? JSON.stringify(value, (_key, each) => (each instanceof Callable ? undefined : each))
        : JSON.stringify(value);
      if (text !== undefined) this.raw(text);
    }
  }

  string(text: string): void {
    const { length } = text;
    const start = this.at;
    if (length > SHORT_MAX) {
      this.#longString(text);
      return;
    }
    if (start + length + 2 > this.bytes.length) this.#grow(length + 2);
    const { bytes } = this;
    let at = start;
    bytes[at++] = QUOTE;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code < 0x20 || code >= 0x80 || code === QUOTE || code === BACKSLASH) {
        this.#longString(text);
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.at = at;
  }

  number(value: number): void {
    if ((value | 0) !== value) {
      this.raw(value - value === 0 ? `${value}` : 'null');
      return;
    }
    if (this.at + DIGITS_MAX > this.bytes.length) this.#grow(DIGITS_MAX);
    const { bytes } = this;
    let rest = value;
    if (rest < 0) {
      bytes[this.at++] = MINUS;
      rest = -rest;
    }
    let end = this.at + 1;
    for (let bound = 10; bound <= rest; bound *= 10) end++;
    this.at = end;
    do {
      const tens = (rest / 10) | 0;
      bytes[--end] = ZERO + rest - tens * 10;
      rest = tens;
    } while (rest > 0);
  }

  /** JSON in UTF-8 as it is. */
  copied(json: Uint8Array): void {
    if (this.at + json.length > this.bytes.length) this.#grow(json.length);
    this.bytes.set(json, this.at);
    this.at += json.length;
    this.isAscii = false;
  }

  /** JSON text as it is. */
  raw(text: string): void {
    const { length } = text;
    if (length > SHORT_MAX) {
      this.#utf8(text);
      return;
    }
    if (this.at + length > this.bytes.length) this.#grow(length);
    const { bytes, at } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        this.#utf8(text);
        return;
      }
      bytes[at + index] = code;
    }
    this.at = at + length;
  }

  /** Copies a string that is one of those read, wherever it comes from. */
  #isCopied(text: string, site: number): boolean {
    const { source } = this;
    if (source === undefined) return false;
    let slot = this.#slots[site] as number;
    if (source.values[slot] !== text || (source.starts[slot] as number) < 0) {
      slot = this.#slotOf(text, site, source);
      if (slot < 0) return false;
    }
    this.#copy(source, source.starts[slot] as number, source.ends[slot] as number);
    return true;
  }

  #slotOf(text: string, site: number, { values, starts }: StringsRead): number {
    if ((this.#misses[site] as number) >= MISSES_MAX) return -1;
    for (let slot = 0; slot < values.length; slot++) {
      if (values[slot] !== text || (starts[slot] as number) < 0) continue;
      this.#slots[site] = slot;
      this.#misses[site] = 0;
      return slot;
    }
    this.#misses[site] = (this.#misses[site] as number) + 1;
    return -1;
  }

  #copy({ view, bytes }: StringsRead, start: number, end: number): void {
    const length = end - start;
    if (this.at + length + WORD > this.bytes.length) this.#grow(length + WORD);
    if (end + WORD > bytes.length) bytes.copy(this.bytes, this.at, start, end);
    else {
      const to = this.#view;
      // As of a constant: in UTF-8 there are no numbers that are none, but for what lies behind the end.
      for (let from = start, at = this.at; from < end; from += WORD, at += WORD) {
        to.setFloat64(at, view.getFloat64(from, true), true);
      }
    }
    this.at += length;
    this.isAscii = false;
  }

  #longString(text: string): void {
    if (ESCAPED.test(text)) {
      this.#utf8(JSON.stringify(text));
      return;
    }
    this.byte(QUOTE);
    this.#utf8(text);
    this.byte(QUOTE);
  }

  #utf8(text: string): void {
    const most = text.length < LONG_MIN ? text.length * CHARACTER_MAX : Buffer.byteLength(text);
    if (this.at + most > this.bytes.length) this.#grow(most);
    const count = this.bytes.write(text, this.at);
    if (count !== text.length) this.isAscii = false;
    this.at += count;
  }

  /** Room for so many more bytes. */
  #grow(count: number): void {
    if (this.at + count > BYTES_MAX) {
      throw failure('output-too-long', { message: `the events take more than ${BYTES_MAX} bytes as text` });
    }
    this.moveTo(Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + count)));
  }
}

/** Digits of an integer of 32 bits, and its sign. */
const DIGITS_MAX = 11;

export function constantOf(text: string): Constant {
  const { length } = Buffer.from(text);
  const bytes = Buffer.alloc(Math.ceil(length / WORD) * WORD);
  bytes.write(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // No text in UTF-8 has the bits of a number that is none, which would not keep them.
  const words = Float64Array.from({ length: bytes.length / WORD }, (_, index) =>
    view.getFloat64(index * WORD, true),
  );
  return { words, length, isAscii: length === text.length };
}
