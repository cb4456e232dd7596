/** Which bytes of a page does someone need who looks at a few members of its records? A record that is joined is stored in these. */
import { copyWords } from './copy-words.ts';
import type { JsonPage, PageLayout } from './json-page.ts';
import { asBuffer } from './json-scan.ts';
import type { RecordShape } from './record-shape.ts';
import type { RecordWalk } from './record-walk.ts';

const [COMMA, OPEN_BRACE, CLOSE_BRACE] = [0x2c, 0x7b, 0x7d];
/** Of the bytes of the page, at first. */
const SHARE = 4;

/** What is kept of the records of a shape. */
interface Cut {
  runs: Run[];
  /** By the place of a name among those that are asked for: where its member is; undefined where there is none. */
  asked: ({ place: number; run: number } | undefined)[];
}

/** Members that follow each other. */
interface Run {
  /** Name of the first one, in quotes, and its colon. */
  label: DataView;
  first: number;
  last: number;
}

/**
 * The page with only these members of its records, in their order; a record that is written in an unusual way keeps all.
 * @param asked names among them whose places are noted
 */
export function narrowed(
  page: JsonPage,
  walk: RecordWalk,
  names: ReadonlySet<string>,
  asked: readonly string[],
): Partial<PageLayout> & Required<Pick<PageLayout, 'bytes' | 'spans'>> {
  const narrow = new NarrowPage(page, walk, names, asked);
  for (let index = 0; index < page.recordCount; index++) narrow.add(index);
  return narrow.layout();
}

class NarrowPage {
  readonly #page: JsonPage;
  readonly #walk: RecordWalk;
  readonly #names: ReadonlySet<string>;
  readonly #asked: readonly string[];
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #offsets: Uint32Array;
  readonly #spans: Uint32Array[];
  readonly #cuts = new Map<RecordShape, Cut>();
  #out: Buffer;
  #outView: DataView;
  #at = 0;
  /** By run of the record in hand: how far its bytes have moved. */
  #moved = new Int32Array(16);

  constructor(page: JsonPage, walk: RecordWalk, names: ReadonlySet<string>, asked: readonly string[]) {
    const { recordCount, layout } = page;
    this.#page = page;
    this.#walk = walk;
    this.#names = names;
    this.#asked = asked;
    this.#bytes = asBuffer(layout.bytes);
    this.#view = viewOf(this.#bytes);
    this.#offsets = new Uint32Array(recordCount * 2);
    this.#spans = asked.map(() => new Uint32Array(recordCount * 2));
    this.#out = Buffer.allocUnsafeSlow(Math.ceil(layout.bytes.length / SHARE));
    this.#outView = viewOf(this.#out);
  }

  /** The records are added one after the other. */
  add(index: number): void {
    const { start, end } = this.#page.slice(index);
    this.#reserve(end - start);
    this.#offsets[index * 2] = this.#at;
    const shape = this.#walk.shapes[index];
    if (shape) this.#addCut(index, this.#cuts.get(shape) ?? this.#newCut(shape));
    else this.#at += this.#bytes.copy(this.#out, this.#at, start, end);
    this.#offsets[index * 2 + 1] = this.#at;
  }

  layout(): Partial<PageLayout> & Required<Pick<PageLayout, 'bytes' | 'spans'>> {
    return {
      bytes: Uint8Array.prototype.slice.call(this.#out, 0, this.#at),
      start: 0,
      end: this.#at,
      list: undefined,
      offsets: this.#offsets,
      spans: new Map(this.#asked.map((name, nth) => [name, this.#spans[nth] as Uint32Array])),
      isNarrow: true,
    };
  }

  #addCut(index: number, { runs, asked }: Cut): void {
    const { spans, begins } = this.#walk;
    const member = begins[index] as number;
    const out = this.#outView;
    let at = this.#at;
    out.setUint8(at++, OPEN_BRACE);
    for (let nth = 0; nth < runs.length; nth++) {
      const { label, first, last } = runs[nth] as Run;
      if (nth > 0) out.setUint8(at++, COMMA);
      copyWords(label, 0, out, at, label.byteLength);
      at += label.byteLength;
      const from = spans[(member + first) * 2] as number;
      const length = (spans[(member + last) * 2 + 1] as number) - from;
      copyWords(this.#view, from, out, at, length);
      this.#moved[nth] = at - from;
      at += length;
    }
    out.setUint8(at++, CLOSE_BRACE);
    this.#at = at;
    for (let nth = 0; nth < asked.length; nth++) {
      const found = asked[nth];
      if (!found) continue;
      const span = this.#spans[nth] as Uint32Array;
      const by = this.#moved[found.run] as number;
      span[index * 2] = (spans[(member + found.place) * 2] as number) + by;
      span[index * 2 + 1] = (spans[(member + found.place) * 2 + 1] as number) + by;
    }
  }

  #newCut(shape: RecordShape): Cut {
    const runs: Run[] = [];
    const found = new Map<string, { place: number; run: number }>();
    for (const { name, place, label } of shape.members) {
      if (!this.#names.has(name)) continue;
      const before = runs.at(-1);
      if (before?.last === place - 1) before.last = place;
      else runs.push({ label: viewOf(label.subarray(label.indexOf('"'))), first: place, last: place });
      found.set(name, { place, run: runs.length - 1 });
    }
    if (runs.length > this.#moved.length) this.#moved = new Int32Array(runs.length * 2);
    const cut = { runs, asked: this.#asked.map((name) => found.get(name)) };
    this.#cuts.set(shape, cut);
    return cut;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#out.length) return;
    const out = Buffer.allocUnsafeSlow(this.#out.length * 2 + size);
    this.#out.copy(out, 0, 0, this.#at);
    this.#out = out;
    this.#outView = viewOf(out);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
