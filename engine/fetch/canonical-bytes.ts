/** What is the canonical JSON of a record in UTF-8? It is put together from the bytes that were written. */
import { canonicalJson } from './canonical-json.ts';
import { copyWords } from './copy-words.ts';
import { tableOf } from './json-scan.ts';
import type { RecordShape } from './record-shape.ts';
import { AS_WRITTEN, NESTED, NOTHING, OTHERWISE, type RecordWalk } from './record-walk.ts';

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const WORD = 8;
/** Shorter slices are copied by words. */
const SHORT_MAX = 256;
const BYTES_PER_CHARACTER_MAX = 3;
/** Where nothing is parsed: in a list `""` becomes `null`. */
const GROWTH_MAX = 2;
const NULL = Buffer.from('null');
/** 1 for what may follow a backslash in canonical JSON. */
const ESCAPE = tableOf('"\\bfnrt');

/** The members of a shape in the order of canonical JSON. */
interface Order {
  places: number[];
  /** By the same index: how many bytes the name and its colon take before the value; 0 where there are spaces between. */
  lengths: number[];
  /** By the same index: the name in quotes, and its colon. */
  labels: Buffer[];
}

/** As `canonicalJson` gives it as text. */
export class CanonicalBytes {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #records: RecordWalk;
  readonly #ignored: ReadonlySet<string>;
  readonly #orders = new Map<RecordShape, Order>();
  /** Bytes of the record. */
  #size = 0;
  #out = Buffer.allocUnsafeSlow(64 * 1024);
  #outView = new DataView(this.#out.buffer);
  #at = 0;

  /**
   * @param records where the members of all records lie
   * @param ignored names of members of a record
   */
  constructor(bytes: Buffer, records: RecordWalk, ignored: ReadonlySet<string>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#records = records;
    this.#ignored = ignored;
  }

  /** Good until the next call; undefined for a record of an unusual kind, and for one that says nothing. */
  of(index: number, size: number): Uint8Array | undefined {
    const shape = this.#records.shapes[index];
    if (!shape) return undefined;
    this.#at = 0;
    this.#size = size;
    this.#reserve(size * GROWTH_MAX);
    this.#object(this.#records, index, this.#orderOf(shape, this.#ignored));
    return this.#at === 0 ? undefined : this.#out.subarray(0, this.#at);
  }

  /** Writes an object, or nothing where it says nothing. */
  #object(walk: RecordWalk, index: number, { places, lengths, labels }: Order): void {
    const { spans, kinds } = walk;
    const begin = walk.begins[index] as number;
    const start = this.#at;
    this.#out[this.#at++] = OPEN_BRACE;
    for (let rank = 0; rank < places.length; rank++) {
      const member = begin + (places[rank] as number);
      const kind = kinds[member] as number;
      if (kind === NOTHING) continue;
      const from = spans[member * 2] as number;
      const to = spans[member * 2 + 1] as number;
      const length = lengths[rank] as number;
      if (kind === AS_WRITTEN && length > 0) {
        this.#copy(from - length, to);
      } else {
        const before = this.#at;
        this.#at += (labels[rank] as Buffer).copy(this.#out, before);
        const value = this.#at;
        this.#value(walk, kind, from, to);
        if (this.#at === value) {
          this.#at = before;
          continue;
        }
      }
      this.#out[this.#at++] = COMMA;
    }
    if (this.#at === start + 1) this.#at = start;
    else this.#out[this.#at - 1] = CLOSE_BRACE;
  }

  /** Writes a value, or nothing where it says nothing. */
  #value({ inner }: RecordWalk, kind: number, from: number, to: number): void {
    if (kind === NOTHING) return;
    if (kind === AS_WRITTEN || (this.#bytes[from] === QUOTE && this.#isCanonical(from, to))) {
      this.#copy(from, to);
      return;
    }
    if (kind === OTHERWISE || !inner) {
      this.#parsed(from, to);
      return;
    }
    const index = kind - NESTED;
    const shape = inner.shapes[index];
    if (this.#bytes[from] === OPEN_BRACKET) this.#list(inner, index);
    else if (shape) this.#object(inner, index, this.#orderOf(shape));
    else this.#parsed(from, to);
  }

  #list(walk: RecordWalk, index: number): void {
    const start = this.#at;
    this.#out[this.#at++] = OPEN_BRACKET;
    const end = walk.endOf(index);
    for (let item = walk.begins[index] as number; item < end; item++) {
      const before = this.#at;
      this.#value(
        walk,
        walk.kinds[item] as number,
        walk.spans[item * 2] as number,
        walk.spans[item * 2 + 1] as number,
      );
      if (this.#at === before) this.#at += NULL.copy(this.#out, before);
      this.#out[this.#at++] = COMMA;
    }
    if (this.#at === start + 1) this.#at = start;
    else this.#out[this.#at - 1] = CLOSE_BRACKET;
  }

  #parsed(from: number, to: number): void {
    const json = this.#bytes.toString('utf8', from, to);
    const text = canonicalJson(JSON.parse(json), !json.includes('\\'));
    this.#reserve(text.length * BYTES_PER_CHARACTER_MAX + this.#size * GROWTH_MAX);
    this.#at += this.#out.write(text, this.#at);
  }

  /** Whether a text with escapes has only those that canonical JSON has. */
  #isCanonical(from: number, to: number): boolean {
    const bytes = this.#bytes;
    for (let at = from + 1; at < to; at++) {
      if (bytes[at] === BACKSLASH && ESCAPE[bytes[++at] as number] === 0) return false;
    }
    return true;
  }

  #copy(from: number, to: number): void {
    const length = to - from;
    const at = this.#at;
    this.#at = at + length;
    if (length > SHORT_MAX) {
      this.#bytes.copy(this.#out, at, from, to);
      return;
    }
    copyWords(this.#view, from, this.#outView, at, length);
  }

  /** Room for so many bytes more. */
  #reserve(size: number): void {
    const length = this.#at + size + WORD;
    if (length <= this.#out.length) return;
    const out = Buffer.allocUnsafeSlow(length * 2);
    this.#out.copy(out, 0, 0, this.#at);
    this.#out = out;
    this.#outView = new DataView(out.buffer);
  }

  #orderOf(shape: RecordShape, ignored?: ReadonlySet<string>): Order {
    const known = this.#orders.get(shape);
    if (known) return known;
    const members = shape.members.filter(({ name }) => !ignored?.has(name));
    members.sort((a, b) => (a.name < b.name ? -1 : 1));
    const labels = members.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`));
    const lengths = members.map(({ label }, rank) => {
      const { length } = labels[rank] as Buffer;
      return label.subarray(-length).equals(labels[rank] as Buffer) ? length : 0;
    });
    const order = { places: members.map(({ place }) => place), lengths, labels };
    this.#orders.set(shape, order);
    return order;
  }
}
