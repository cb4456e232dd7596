/**
 * Where do the members of a record lie, and is it JSON? The records of a list are written alike: the names of the one before tell
 * where to look, so that only values have to be walked through.
 */
import { type JsonScan, STRING_STOP, skipKey, skipSpace, skipValue } from './json-scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Ways to write a record that are remembered. */
const SHAPES_MAX = 32;
const MEMBERS_MAX = 1_000;
const WORD = 8;

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

/** The members of the records of a page. */
export class Walked {
  /** By record: its shape; undefined for a record that is written in an unusual way. */
  readonly shapes: (Shape | undefined)[] = [];
  /** By record: where its spans begin. */
  readonly begins: number[] = [];
  /** Start and end of the value of each member, in turn, in the order of the shape. */
  spans = new Uint32Array(64 * 1024);
  length = 0;

  /** Room for the spans of one more record. */
  reserve(members: number): void {
    if (this.length + members * 2 <= this.spans.length) return;
    const larger = new Uint32Array(this.spans.length * 2);
    larger.set(this.spans);
    this.spans = larger;
  }
}

export class RecordWalk {
  readonly walked = new Walked();
  readonly #scan: JsonScan;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #shapes = new Map<string, Shape>();
  #last: Shape | undefined;

  constructor(scan: JsonScan) {
    const { bytes } = scan;
    this.#scan = scan;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Notes the members of a record, and gives where it ends.
   * @param depth arrays and objects that it lies in
   * @throws EngineError as `skipValue`
   */
  next(start: number, depth: number): number {
    const { walked } = this;
    const begin = walked.length;
    walked.begins.push(begin);
    const last = this.#last;
    let end = last ? this.#fit(last, start, depth) : -1;
    if (end !== -1) {
      walked.shapes.push(last);
      return end;
    }
    walked.length = begin;
    end = skipValue(this.#scan, start, depth);
    const shape = this.#shapeOf(start);
    const numbers = this.#scan.lossyNumbers.length;
    // It is known to be JSON by now; numbers that were noted are noted again.
    const isFit = shape !== undefined && this.#fit(shape, start, depth) === end;
    this.#scan.lossyNumbers.length = numbers;
    if (isFit) this.#last = shape;
    else walked.length = begin;
    walked.shapes.push(isFit ? shape : undefined);
    return end;
  }

  /** Where a record of a shape ends; -1 for one of another. */
  #fit({ labels }: Shape, start: number, depth: number): number {
    const { walked } = this;
    const bytes = this.#bytes;
    const numbers = this.#scan.lossyNumbers.length;
    walked.reserve(labels.length);
    const { spans } = walked;
    let to = walked.length;
    let at = start;
    for (let place = 0; place < labels.length; place++) {
      const label = labels[place] as Label;
      if (!this.#isAt(label, at)) {
        this.#scan.lossyNumbers.length = numbers;
        return -1;
      }
      at += label.bytes.length;
      spans[to++] = at;
      at = this.#endOf(at, depth);
      spans[to++] = at;
    }
    at = skipSpace(bytes, at);
    if (bytes[at] !== CLOSE_BRACE) {
      this.#scan.lossyNumbers.length = numbers;
      return -1;
    }
    walked.length = to;
    return at + 1;
  }

  /** Where a value ends. Most are strings without escapes. */
  #endOf(from: number, depth: number): number {
    const bytes = this.#bytes;
    if (bytes[from] === QUOTE) {
      let at = from + 1;
      while (STRING_STOP[bytes[at] ?? 0] === 0) at++;
      if (bytes[at] === QUOTE) return at + 1;
    }
    return skipValue(this.#scan, from, depth + 1);
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

  /** The shape of a record that is known to be JSON. */
  #shapeOf(start: number): Shape | undefined {
    const bytes = this.#bytes;
    if (bytes[start] !== OPEN_BRACE) return undefined;
    const scan = { ...this.#scan, lossyNumbers: [] };
    const labels: Label[] = [];
    const names: string[] = [];
    let from = start;
    let at = skipSpace(bytes, start + 1);
    while (bytes[at] === QUOTE && names.length < MEMBERS_MAX) {
      const value = skipSpace(bytes, skipKey(bytes, at));
      const name = bytes.toString('utf8', at, bytes.lastIndexOf(QUOTE, value - 1) + 1);
      if (name.includes('\\')) return undefined;
      names.push(name.slice(1, -1));
      labels.push(labelOf(bytes, from, value));
      from = skipValue(scan, value, 1);
      at = skipSpace(bytes, from);
      if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
    }
    if (bytes[at] !== CLOSE_BRACE || new Set(names).size < names.length) return undefined;
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
  if (bytes.length < WORD) return { bytes, words: new Float64Array(0) };
  const words = Float64Array.from({ length: Math.ceil(bytes.length / WORD) }, (_, index) =>
    bytes.readDoubleLE(Math.min(index * WORD, bytes.length - WORD)),
  );
  return { bytes, words };
}
