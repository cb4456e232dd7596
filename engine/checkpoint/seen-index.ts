/** Where is the entry of a key? Numbers in memory only: some 16 bytes an entry, whatever its key. */
import { DATED, GONE, KEPT, LIVE, TAG_HASH } from './seen-entry.ts';

/** Entries are found by their id, which says nothing of where they lie, and by the hash of their key, which only names candidates. */
export class SeenIndex {
  /** By id: tag, and place in the file in units of 8 bytes. */
  #tags: Uint32Array;
  #places: Uint32Array;
  /** Ids by hash: open addressing, linear probing; 0 is a free cell. */
  #cells = new Uint32Array(0);
  #mask = 0;
  #used = 0;
  #cell = 0;
  #tag = 0;
  #next = 1;
  #live = 0;

  /** @param expected how many ids there will be, as far as is known */
  constructor(expected: number) {
    this.#tags = new Uint32Array(expected + SPARE);
    this.#places = new Uint32Array(expected + SPARE);
    this.#rebuild();
  }

  /** Ids below this one were given out. */
  get next(): number {
    return this.#next;
  }

  /** Ids below it are taken, whether or not something is known of them. */
  skipTo(next: number): void {
    if (next > this.#next) this.#next = next;
  }

  /** How many entries are known. */
  get live(): number {
    return this.#live;
  }

  /** The first id whose key may have that tag (without marks); 0 when there is none. */
  first(tag: number): number {
    this.#tag = tag;
    this.#cell = (tag >>> 4) & this.#mask;
    return this.#probe();
  }

  /** The next candidate after the one that was found last. */
  another(): number {
    this.#cell = (this.#cell + 1) & this.#mask;
    return this.#probe();
  }

  placeOf(id: number): number {
    return (this.#places[id] as number) * 8;
  }

  isLive(id: number): boolean {
    return id < this.#next && this.#tags[id] !== 0;
  }

  /** A record that was delivered and is not gone. */
  isThere(id: number): boolean {
    return id < this.#next && ((this.#tags[id] as number) & (LIVE | GONE)) === LIVE;
  }

  isGone(id: number): boolean {
    return ((this.#tags[id] as number) & GONE) !== 0;
  }

  isKept(id: number): boolean {
    return id < this.#next && ((this.#tags[id] as number) & KEPT) !== 0;
  }

  isDated(id: number): boolean {
    return ((this.#tags[id] as number) & DATED) !== 0;
  }

  /** An entry that is new or supersedes the one with its id. New ids are found by their hash only after `rebuild` or `add`. */
  set(id: number, tag: number, place: number): void {
    if (id >= this.#tags.length) this.#grow(id);
    if (this.#tags[id] === 0) this.#live++;
    this.#tags[id] = tag;
    this.#places[id] = place / 8;
    if (id >= this.#next) this.#next = id + 1;
  }

  /** A new entry, found from now on. */
  add(id: number, tag: number, place: number): void {
    this.set(id, tag, place);
    if ((this.#used + 1) * FULL_OF >= this.#cells.length * FULL) this.#rebuild();
    else this.#insert(id);
  }

  /** It is found until `rebuild`, but no longer live. */
  forget(id: number): void {
    if (id >= this.#next || this.#tags[id] === 0) return;
    this.#tags[id] = 0;
    this.#live--;
  }

  /** After entries were set or forgotten. */
  rebuild(): void {
    this.#rebuild();
  }

  #probe(): number {
    const cells = this.#cells;
    const tags = this.#tags;
    for (let cell = this.#cell; ; cell = (cell + 1) & this.#mask) {
      const id = cells[cell] as number;
      const tag = tags[id] as number;
      if (id !== 0 && ((tag & TAG_HASH) !== this.#tag || tag === 0)) continue;
      this.#cell = cell;
      return id;
    }
  }

  #insert(id: number): void {
    let cell = ((this.#tags[id] as number) >>> 4) & this.#mask;
    while (this.#cells[cell] !== 0) cell = (cell + 1) & this.#mask;
    this.#cells[cell] = id;
    this.#used++;
  }

  #rebuild(): void {
    let size = CELLS_MIN;
    while ((this.#live + 1) * FULL_OF >= size * FULL) size *= 2;
    if (size === this.#cells.length) this.#cells.fill(0);
    else this.#cells = new Uint32Array(size);
    this.#mask = size - 1;
    this.#used = 0;
    for (let id = 1; id < this.#next; id++) if (this.#tags[id] !== 0) this.#insert(id);
  }

  #grow(id: number): void {
    const size = Math.max(Math.ceil(this.#tags.length * GROWTH), id + 1);
    const [tags, places] = [this.#tags, this.#places];
    this.#tags = new Uint32Array(size);
    this.#tags.set(tags);
    this.#places = new Uint32Array(size);
    this.#places.set(places);
  }
}

/** Room for ids that come. */
const SPARE = 1_000;
const GROWTH = 1.25;
const CELLS_MIN = 1_024;
/** At most so full: 3 of 4 cells. */
const FULL = 3;
const FULL_OF = 4;
