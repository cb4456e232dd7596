/** Which bytes of a page does someone need who looks at a few members of its records? A record that is joined is stored in these. */
import { copyWords } from './copy-words.ts';
import type { JsonPage, PageLayout } from './json-page.ts';
import { asBuffer } from './json-scan.ts';
import type { RecordShape } from './record-shape.ts';
import type { RecordWalk } from './record-walk.ts';

const [COMMA, OPEN_BRACE, CLOSE_BRACE] = [0x2c, 0x7b, 0x7d];

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
 * The page with only these members of its records, in their order; a record that is written in an unusual way keeps all. It is
 * written over the page itself, since it is never ahead of what is yet to be read: V8 counts what is made for pages that go from
 * thread to thread, and would collect the old generation every few pages for it.
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
  /** Where the next byte is written. */
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
  }

  /** The records are added one after the other. */
  add(index: number): void {
    const { start, end } = this.#page.slice(index);
    this.#offsets[index * 2] = this.#at;
    const shape = this.#walk.shapes[index];
    if (shape) this.#addCut(index, this.#cuts.get(shape) ?? this.#newCut(shape));
    else this.#move(start, end - start);
    this.#offsets[index * 2 + 1] = this.#at;
  }

  layout(): Partial<PageLayout> & Required<Pick<PageLayout, 'bytes' | 'spans'>> {
    const bytes = this.#bytes.subarray(0, this.#at);
    return {
      // Memory that is not shared changes hands as a whole, or is copied as a whole.
      bytes: bytes.buffer instanceof SharedArrayBuffer ? bytes : Uint8Array.prototype.slice.call(bytes),
      start: 0,
      end: this.#at,
      list: undefined,
      offsets: this.#offsets,
      spans: new Map(this.#asked.map((name, nth) => [name, this.#spans[nth] as Uint32Array])),
    };
  }

  #addCut(index: number, { runs, asked }: Cut): void {
    const { spans, begins } = this.#walk;
    const member = begins[index] as number;
    this.#put(OPEN_BRACE);
    for (let nth = 0; nth < runs.length; nth++) {
      const { label, first, last } = runs[nth] as Run;
      if (nth > 0) this.#put(COMMA);
      copyWords(label, 0, this.#view, this.#at, label.byteLength);
      this.#at += label.byteLength;
      const from = spans[(member + first) * 2] as number;
      this.#moved[nth] = this.#at - from;
      this.#move(from, (spans[(member + last) * 2 + 1] as number) - from);
    }
    this.#put(CLOSE_BRACE);
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

  #put(byte: number): void {
    this.#view.setUint8(this.#at++, byte);
  }

  #move(from: number, length: number): void {
    copyWords(this.#view, from, this.#view, this.#at, length);
    this.#at += length;
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
