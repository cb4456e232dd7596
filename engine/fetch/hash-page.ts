/** What is the content of a page's records known by? Their canonical JSON is put together from their bytes. */
import { camelCased } from '../compile/camel-case.ts';
import { canonicalJson } from './canonical-json.ts';
import { contentHash, digest, HASH_BYTES, type HashRules } from './content-hash.ts';
import type { JsonPage, PageLayout } from './json-page.ts';
import { asBuffer, jsonScan } from './json-scan.ts';
import { RecordWalk, type Shape, type Walked } from './record-walk.ts';

const [QUOTE, COMMA, MINUS, BACKSLASH] = [0x22, 0x2c, 0x2d, 0x5c];
const [LETTER_T, LETTER_F] = [0x74, 0x66];
const [ZERO, LETTER_N, OPEN_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x30, 0x6e, 0x5b, 0x7b, 0x7d];
/** Shorter values are copied here, eight bytes at a time. */
const SHORT_MAX = 48;
/** Integers of fewer digits are written as they are read. */
const DIGITS_SAFE = 15;

/**
 * 16 bytes for each record, and where the members lie that will be asked for.
 * @param walked where all members lie, when that is known
 */
export function contentOf(
  page: JsonPage,
  { isCamelCase, ignored, asked }: HashRules,
  walked?: Walked,
): Required<Pick<PageLayout, 'hashes' | 'spans'>> {
  const hashes = Buffer.alloc(page.recordCount * HASH_BYTES);
  const spans = new Map(asked.map((name) => [name, new Uint32Array(page.recordCount * 2)]));
  const isByBytes = !isCamelCase && !page.hasLossyNumbers && ignored.every((path) => path.length === 1);
  const canonical = isByBytes
    ? new CanonicalBytes(page, walked ?? walkedOf(page), new Set(ignored.flat()), spans)
    : undefined;
  for (let index = 0; index < page.recordCount; index++) {
    const bytes = canonical?.of(index);
    const digits = bytes
      ? digest(bytes)
      : contentHash(isCamelCase ? camelCased(page.record(index)) : page.record(index), ignored);
    hashes.write(digits, index * HASH_BYTES, 'hex');
  }
  return { hashes, spans };
}

function walkedOf(page: JsonPage): Walked {
  const walk = new RecordWalk(jsonScan(asBuffer(page.layout.bytes)));
  for (let index = 0; index < page.recordCount; index++) walk.next(page.slice(index).start, 1);
  return walk.walked;
}

/** The members of a shape in the order of canonical JSON. */
interface Order {
  places: number[];
  /** By the same index: the name in quotes, and its colon. */
  labels: CanonicalLabel[];
  /** Members that will be asked for, by their place, and where that is to be noted. */
  asked: { place: number; spans: Uint32Array }[];
}

/** With so much room behind it that whole words can be read. */
interface CanonicalLabel {
  bytes: Buffer;
  view: DataView;
  length: number;
}

const WORD = 8;

/** Canonical JSON in UTF-8, as `canonicalJson` gives it as text. */
class CanonicalBytes {
  readonly #page: JsonPage;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #ignored: ReadonlySet<string>;
  readonly #spans: ReadonlyMap<string, Uint32Array>;
  readonly #walked: Walked;
  readonly #orders = new Map<Shape, Order>();
  #out = Buffer.allocUnsafeSlow(64 * 1024);
  #outView = new DataView(this.#out.buffer);
  #at = 0;

  constructor(
    page: JsonPage,
    walked: Walked,
    ignored: ReadonlySet<string>,
    spans: ReadonlyMap<string, Uint32Array>,
  ) {
    this.#page = page;
    this.#bytes = asBuffer(page.layout.bytes);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    this.#ignored = ignored;
    this.#spans = spans;
    this.#walked = walked;
  }

  /** Good until the next call; undefined for a record of an unusual kind, and for one that says nothing. */
  of(index: number): Uint8Array | undefined {
    const { start, end } = this.#page.slice(index);
    const { shapes, begins, spans: all } = this.#walked;
    const shape = shapes[index];
    if (!shape) return undefined;
    const begin = begins[index] as number;
    const { places, labels, asked } = this.#orderOf(shape);
    for (const { place, spans } of asked) {
      spans[index * 2] = all[begin + place * 2] as number;
      spans[index * 2 + 1] = all[begin + place * 2 + 1] as number;
    }
    // Canonical JSON is hardly ever longer than what it is made of: a number may have more digits than were written.
    if (this.#out.length < (end - start) * 2) {
      this.#out = Buffer.allocUnsafeSlow((end - start) * 4);
      this.#outView = new DataView(this.#out.buffer);
    }
    this.#out[0] = OPEN_BRACE;
    this.#at = 1;
    for (let rank = 0; rank < places.length; rank++) {
      const at = begin + (places[rank] as number) * 2;
      const [from, to] = [all[at] as number, all[at + 1] as number];
      if (!this.#member(labels[rank] as CanonicalLabel, from, to)) return undefined;
    }
    if (this.#at === 1) return undefined;
    this.#out[this.#at - 1] = CLOSE_BRACE;
    return this.#out.subarray(0, this.#at);
  }

  /** Writes a member and a comma, or nothing where it says nothing; false where there is no room. */
  #member(label: CanonicalLabel, from: number, to: number): boolean {
    const bytes = this.#bytes;
    const first = bytes[from] as number;
    if (this.#at + label.length + to - from + WORD * 2 > this.#out.length) return false;
    if (first === LETTER_N || (first === QUOTE && to === from + 2)) return true;
    if (first === OPEN_BRACE || first === OPEN_BRACKET || !this.#isAsWritten(first, from, to)) {
      const json = bytes.toString('utf8', from, to);
      const text = canonicalJson(JSON.parse(json), !json.includes('\\'));
      if (text === '') return true;
      this.#copy(label.bytes, label.view, 0, label.length);
      if (this.#at + text.length * 3 >= this.#out.length) return false;
      this.#at += this.#out.write(text, this.#at);
    } else {
      this.#copy(label.bytes, label.view, 0, label.length);
      this.#copy(bytes, this.#view, from, to);
    }
    this.#out[this.#at++] = COMMA;
    return true;
  }

  /** Strings without escapes, `true`, `false` and common integers stand in canonical JSON as they were written. */
  #isAsWritten(first: number, from: number, to: number): boolean {
    if (first === LETTER_T || first === LETTER_F) return true;
    if (first === QUOTE) return !this.#page.hasEscapes || !this.#bytes.subarray(from, to).includes(BACKSLASH);
    if (first === MINUS || to - from > DIGITS_SAFE) return false;
    for (let at = from; at < to; at++) {
      const byte = this.#bytes[at] as number;
      if (byte < ZERO || byte > ZERO + 9) return false;
    }
    return true;
  }

  #copy(source: Buffer, view: DataView, from: number, to: number): void {
    const length = to - from;
    if (length > SHORT_MAX || from + length + WORD > source.length) {
      this.#at += source.copy(this.#out, this.#at, from, to);
      return;
    }
    // Behind the end something else is written, or nothing read. No text in UTF-8 has the bits of a number that is none.
    for (let index = 0; index < length; index += WORD) {
      this.#outView.setFloat64(this.#at + index, view.getFloat64(from + index, true), true);
    }
    this.#at += length;
  }

  #orderOf(shape: Shape): Order {
    const known = this.#orders.get(shape);
    if (known) return known;
    const { names } = shape;
    const places = names
      .map((_, place) => place)
      .filter((place) => !this.#ignored.has(names[place] as string));
    places.sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
    const labels = places.map((place) => labelOf(`${JSON.stringify(names[place])}:`));
    const asked = [...this.#spans].flatMap(([name, spans]) => {
      const place = names.indexOf(name);
      return place === -1 ? [] : [{ place, spans }];
    });
    const order = { places, labels, asked };
    this.#orders.set(shape, order);
    return order;
  }
}

function labelOf(text: string): CanonicalLabel {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.alloc(length + WORD * 2);
  bytes.write(text);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), length };
}
