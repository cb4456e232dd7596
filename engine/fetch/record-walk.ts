/**
 * Where do the members of a record lie, and is it JSON? The records of a list are written alike: the names of the one before tell
 * where to look, so that only values have to be walked through.
 */
import { JSON_DEPTH_MAX } from '../limits.ts';
import {
  type JsonScan,
  jsonScan,
  skipKey,
  skipLiteral,
  skipPlain,
  skipSpace,
  skipString,
  skipValue,
  unexpected,
} from './json-scan.ts';
import { RecordShape } from './record-shape.ts';

const [QUOTE, COMMA, ZERO] = [0x22, 0x2c, 0x30];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const [LETTER_F, LETTER_N, LETTER_T] = [0x66, 0x6e, 0x74];
/** Integers of fewer digits are written as they are read. */
const DIGITS_SAFE = 15;
/** Members that are remembered, of all ways to write a record. */
const SHAPES_MAX = 4_096;
const MEMBERS_MAX = 1_000;
/** Members of all records of a page that are noted: 12 bytes each. */
const NOTED_MAX = 2_000_000;
/** So deep in a record objects and lists are gone into. */
const LEVELS_MAX = 6;

/** How a value stands in canonical JSON: not at all, since it says nothing; as it was written; in a way to be found out. */
export const [NOTHING, AS_WRITTEN, OTHERWISE] = [0, 1, 2] as const;
/** The kind of an object or a list that was gone into is its index among those of the next level, and this. */
export const NESTED = 3;

const NO_SCAN = jsonScan(Buffer.alloc(0));

/** The objects of a page at one level of its records, and the lists in the level above; their members and items follow each other. */
export class RecordWalk {
  /** The last member of each object; undefined for one that is written in an unusual way, and for a list. */
  readonly shapes: (RecordShape | undefined)[] = [];
  /** The index of the first member of each. */
  readonly begins: number[] = [];
  /** How many members there are. */
  length = 0;
  /** Start and end of the value of each member, in turn. */
  spans = new Int32Array(512);
  /** How the value of each stands in canonical JSON. */
  kinds = new Int32Array(256);
  readonly inner: RecordWalk | undefined;
  #scan = NO_SCAN;
  #root = new RecordShape();
  #shapeCount = 0;

  constructor(level = 1) {
    this.inner = level < LEVELS_MAX ? new RecordWalk(level + 1) : undefined;
  }

  /** Begins a page, and forgets the one before, but not how its records were written. */
  open(scan: JsonScan): this {
    this.#scan = scan;
    this.shapes.length = 0;
    this.begins.length = 0;
    this.length = 0;
    if (this.#shapeCount === SHAPES_MAX) {
      this.#root = new RecordShape();
      this.#shapeCount = 0;
    }
    this.inner?.open(scan);
    return this;
  }

  /** Ends the page: its bytes are let go of. */
  close(): void {
    this.#scan = NO_SCAN;
    this.inner?.close();
  }

  /**
   * Notes the members of an object, and gives where it ends. Of any other value it gives only that.
   * @param depth arrays and objects that it lies in
   * @throws EngineError as `skipValue`
   */
  object(start: number, depth: number): number {
    const { bytes, lossyNumbers } = this.#scan;
    const begin = this.length;
    const numbers = lossyNumbers.length;
    this.begins.push(begin);
    if (bytes[start] === OPEN_BRACE && depth < JSON_DEPTH_MAX && begin < NOTED_MAX) {
      const end = this.#members(start, depth + 1);
      if (end !== -1) return end;
      this.length = begin;
      lossyNumbers.length = numbers;
    }
    this.shapes.push(undefined);
    return skipValue(this.#scan, start, depth);
  }

  /** Notes the items of a list, and gives where it ends; -1 for one that is too long. */
  #list(start: number, depth: number): number {
    const { bytes } = this.#scan;
    if (depth >= JSON_DEPTH_MAX) return -1;
    this.begins.push(this.length);
    this.shapes.push(undefined);
    let at = skipSpace(bytes, start + 1);
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    for (;;) {
      if (this.length >= NOTED_MAX) return -1;
      at = skipSpace(bytes, this.#value(skipSpace(bytes, at), depth + 1));
      if (bytes[at] === CLOSE_BRACKET) return at + 1;
      if (bytes[at] !== COMMA) throw unexpected(bytes, at);
      at++;
    }
  }

  /** Where the members and items of an object or a list end. */
  endOf(index: number): number {
    return this.begins[index + 1] ?? this.length;
  }

  /** Start and end, in turn for each object, of the value of a member; as they were where it has none. */
  find(name: string, found: Uint32Array): void {
    const places = new Map<RecordShape | undefined, number>([[undefined, -1]]);
    for (let index = 0; index < this.shapes.length; index++) {
      const shape = this.shapes[index];
      let place = places.get(shape);
      if (place === undefined) {
        place = shape?.members.findIndex((one) => one.name === name) ?? -1;
        places.set(shape, place);
      }
      if (place === -1) continue;
      const member = (this.begins[index] as number) + place;
      found[index * 2] = this.spans[member * 2] as number;
      found[index * 2 + 1] = this.spans[member * 2 + 1] as number;
    }
  }

  /** Where the object ends; -1 for an unusual one. */
  #members(start: number, depth: number): number {
    const { bytes, view } = this.#scan;
    let shape = this.#root;
    let at = start;
    for (;;) {
      let next = shape.next;
      if (!next?.isAt(bytes, view, at)) {
        next = this.#other(shape, at);
        if (!next) return -1;
        shape.next = next;
      }
      shape = next;
      at = this.#value(at + shape.length, depth);
      if (bytes[at] === COMMA) continue;
      const behind = skipSpace(bytes, at);
      if (bytes[behind] === CLOSE_BRACE) {
        this.shapes.push(shape);
        return behind + 1;
      }
    }
  }

  /** Notes a value, and gives where it ends. */
  #value(from: number, depth: number): number {
    const { bytes } = this.#scan;
    const first = bytes[from] as number;
    let kind: number = AS_WRITTEN;
    let to: number;
    if (first === QUOTE) {
      to = skipPlain(this.#scan, from + 1);
      if (bytes[to] === QUOTE) {
        if (to === from + 1) kind = NOTHING;
        to++;
      } else {
        kind = OTHERWISE;
        to = skipString(bytes, from);
      }
    } else if (first === LETTER_N || first === LETTER_F || first === LETTER_T) {
      to = skipLiteral(bytes, from, first);
      if (first === LETTER_N) kind = NOTHING;
    } else if (first === OPEN_BRACE && this.inner) {
      kind = NESTED + this.inner.begins.length;
      to = this.inner.object(from, depth);
    } else if (first === OPEN_BRACKET && this.inner) {
      kind = NESTED + this.inner.begins.length;
      const numbers = this.#scan.lossyNumbers.length;
      to = this.inner.#list(from, depth);
      if (to === -1) {
        this.#scan.lossyNumbers.length = numbers;
        kind = OTHERWISE;
        to = skipValue(this.#scan, from, depth);
      }
    } else {
      to = skipValue(this.#scan, from, depth);
      if (!isCommonInteger(bytes, from, to)) kind = OTHERWISE;
    }
    const member = this.length++;
    if (member === this.kinds.length) this.#grow();
    this.spans[member * 2] = from;
    this.spans[member * 2 + 1] = to;
    this.kinds[member] = kind;
    return to;
  }

  #grow(): void {
    const { spans, kinds } = this;
    this.spans = new Int32Array(spans.length * 2);
    this.spans.set(spans);
    this.kinds = new Int32Array(kinds.length * 2);
    this.kinds.set(kinds);
  }

  /** The member that lies behind another; undefined for an unusual one, and for what is no JSON. */
  #other(shape: RecordShape, at: number): RecordShape | undefined {
    const { bytes, view } = this.#scan;
    const known = shape.known(bytes, view, at);
    if (known || this.#shapeCount === SHAPES_MAX || shape.place === MEMBERS_MAX) return known;
    const from = skipSpace(bytes, at);
    if (bytes[from] !== (shape.before ? COMMA : OPEN_BRACE)) return undefined;
    const name = skipSpace(bytes, from + 1);
    if (bytes[name] !== QUOTE) return undefined;
    const value = skipSpace(bytes, skipKey(bytes, name));
    const text = bytes.toString('utf8', name + 1, bytes.lastIndexOf(QUOTE, value - 1));
    const next = text.includes('\\') ? undefined : shape.add(text, Buffer.from(bytes.subarray(at, value)));
    if (next) this.#shapeCount++;
    return next;
  }
}

function isCommonInteger(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > DIGITS_SAFE) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte < ZERO || byte > ZERO + 9) return false;
  }
  return true;
}
