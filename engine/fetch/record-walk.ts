/**
 * Where do the members of a record lie? The records of a list are written alike: the names of the one before tell where to look,
 * so that only values are walked through. Of a record that is written in another way nothing is said.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Ways to write a record that are remembered. */
const SHAPES_MAX = 32;
const MEMBERS_MAX = 1_000;

/** 1 where a run of plain string bytes stops. */
const STRING_STOP = tableOf('"\\');
/** 1 where a run of bytes outside of strings stops that neither open nor close anything. */
const NESTING_STOP = tableOf('"[]{}');
/** 1 behind a number, `true`, `false` or `null`. */
const SCALAR_STOP = tableOf(',]} \t\r\n');
const SPACE = tableOf(' \t\r\n');

/** A way to write a record. */
export interface Shape {
  /** By place of the member: all bytes from the value before to its own value. */
  labels: Label[];
  /** In the same order. */
  names: string[];
}

interface Label {
  bytes: Buffer;
  /** The same, eight bytes at a time; the last ones again, so that all are in it. Empty for fewer than eight. */
  words: Float64Array;
}

const WORD = 8;

export class RecordWalk {
  /** By place of the member in the shape: where its value lies, after `walk`. */
  readonly starts = new Uint32Array(MEMBERS_MAX);
  readonly ends = new Uint32Array(MEMBERS_MAX);
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #shapes = new Map<string, Shape>();
  #last: Shape | undefined;

  /** @param bytes known to be JSON where records lie */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The shape of the record between two offsets, with `starts` and `ends` filled; undefined for one of an unusual kind. */
  walk(start: number, end: number): Shape | undefined {
    if (this.#last && this.#fits(this.#last, start, end)) return this.#last;
    const shape = this.#learn(start, end);
    if (shape && shape !== this.#last && this.#fits(shape, start, end)) {
      this.#last = shape;
      return shape;
    }
    return undefined;
  }

  #fits({ labels }: Shape, start: number, end: number): boolean {
    const bytes = this.#bytes;
    let at = start;
    for (let place = 0; place < labels.length; place++) {
      const label = labels[place] as Label;
      if (!this.#isAt(label, at)) return false;
      at += label.bytes.length;
      this.starts[place] = at;
      at = endOfValue(bytes, at);
      if (at < 0) return false;
      this.ends[place] = at;
    }
    while (SPACE[bytes[at] as number] === 1) at++;
    return bytes[at] === CLOSE_BRACE && at + 1 === end;
  }

  /** Compared in words: as numbers, since no text in UTF-8 has the bits of a number that is none. */
  #isAt({ bytes, words }: Label, at: number): boolean {
    const { length } = bytes;
    if (at + length > this.#bytes.length) return false;
    const last = words.length - 1;
    if (last === -1) {
      for (let index = 0; index < length; index++) if (this.#bytes[at + index] !== bytes[index]) return false;
      return true;
    }
    for (let index = 0; index < last; index++) {
      if (this.#view.getFloat64(at + index * WORD, true) !== words[index]) return false;
    }
    return this.#view.getFloat64(at + length - WORD, true) === words[last];
  }

  /** The shape of a record by its names. */
  #learn(start: number, end: number): Shape | undefined {
    const bytes = this.#bytes;
    if (bytes[start] !== OPEN_BRACE) return undefined;
    const labels: Label[] = [];
    const names: string[] = [];
    let from = start;
    let at = spaceEnd(bytes, start + 1);
    while (bytes[at] === QUOTE && names.length < MEMBERS_MAX) {
      const behind = endOfValue(bytes, at);
      if (behind < 0) return undefined;
      names.push(bytes.toString('utf8', at + 1, behind - 1));
      at = spaceEnd(bytes, behind);
      if (bytes[at] !== COLON) return undefined;
      at = spaceEnd(bytes, at + 1);
      labels.push(labelOf(bytes, from, at));
      at = endOfValue(bytes, at);
      if (at < 0) return undefined;
      from = at;
      at = spaceEnd(bytes, at);
      if (bytes[at] === COMMA) at = spaceEnd(bytes, at + 1);
    }
    if (bytes[at] !== CLOSE_BRACE || at + 1 !== end || new Set(names).size < names.length) return undefined;
    const key = labels.map((label) => label.bytes.toString('latin1')).join('');
    const known = this.#shapes.get(key);
    if (known || this.#shapes.size >= SHAPES_MAX) return known;
    const shape = { labels, names };
    this.#shapes.set(key, shape);
    return shape;
  }
}

function labelOf(source: Buffer, from: number, to: number): Label {
  const bytes = Buffer.from(source.subarray(from, to));
  const count = Math.ceil(bytes.length / WORD);
  if (bytes.length < WORD) return { bytes, words: new Float64Array(0) };
  const words = Float64Array.from({ length: count }, (_, index) =>
    bytes.readDoubleLE(Math.min(index * WORD, bytes.length - WORD)),
  );
  return { bytes, words };
}

/** Behind a value without escapes; -1 where there is an escape. */
function endOfValue(bytes: Buffer, from: number): number {
  const first = bytes[from] as number;
  let at = from + 1;
  if (first === QUOTE) {
    while (STRING_STOP[bytes[at] as number] === 0) at++;
    return bytes[at] === QUOTE ? at + 1 : -1;
  }
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(bytes, from);
  while (SCALAR_STOP[bytes[at] as number] === 0) at++;
  return at;
}

function endOfNested(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    while (NESTING_STOP[bytes[at] as number] === 0) at++;
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at++;
      while (STRING_STOP[bytes[at] as number] === 0) at++;
      if (bytes[at] === BACKSLASH) return -1;
      at++;
      continue;
    }
    at++;
    depth += byte === OPEN_BRACE || byte === OPEN_BRACKET ? 1 : -1;
    if (depth === 0) return at;
  }
}

function spaceEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACE[bytes[at] as number] === 1) at++;
  return at;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}
