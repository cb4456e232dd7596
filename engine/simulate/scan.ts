/** Finds the records of a page: those that exist and match, in the order of their index or another one, in one pass. */
import type { Collection } from './generate/collection.ts';
import { Cursor } from './generate/cursor.ts';
import type { JsonBytes } from './json-bytes.ts';
import { type Rows, type Taken, type View, writeView } from './rows.ts';

export type Matches = (record: Cursor) => boolean;

/** Where a pass by row count stood: the row that the place holds or precedes. Kept so that a walk by rows stays linear. */
export interface Mark {
  row: number;
  place: number;
}

/** Where a pass goes, when not by index: the index at each place, and the place of each index. */
export interface Order {
  indices: readonly number[];
  places: readonly number[];
}

export class Scan implements Rows {
  readonly collection: Collection;
  readonly epoch: number;
  readonly #matches: Matches | undefined;
  readonly #cursor: Cursor;
  readonly #mark: Mark;
  readonly #order: Order | undefined;

  /** `mark` belongs to this collection, step, filter and order, and is moved by `takeRows`. */
  constructor(
    collection: Collection,
    epoch: number,
    { matches, mark, order }: { matches?: Matches | undefined; mark: Mark; order?: Order | undefined },
  ) {
    this.collection = collection;
    this.epoch = epoch;
    this.#matches = matches;
    this.#cursor = new Cursor(collection);
    this.#mark = mark;
    this.#order = order;
  }

  takeAfter(after: number, limit: number): Taken {
    const place = after < 0 ? -1 : (this.#order?.places[after] ?? after);
    return this.#take({ row: 0, place: place + 1 }, 0, limit);
  }

  takeRows(skip: number, limit: number): Taken {
    const start = skip >= this.#mark.row ? { ...this.#mark } : { row: 0, place: 0 };
    const taken = this.#take(start, skip, limit);
    const last = taken.indices.at(-1);
    if (last !== undefined) {
      const place = this.#order?.places[last] ?? last;
      Object.assign(this.#mark, { row: skip + taken.indices.length, place: place + 1 });
    }
    return taken;
  }

  value(index: number, name: string): unknown {
    const slot = this.collection.slotOf(name);
    return slot < 0 ? undefined : this.#cursor.seek(index, this.epoch).read(slot);
  }

  show(index: number, cursor: Cursor, view: View): Record<string, unknown> {
    return view(cursor.seek(index, this.epoch));
  }

  write(index: number, cursor: Cursor, view: View, out: JsonBytes): void {
    writeView(cursor.seek(index, this.epoch), view, out);
  }

  #take({ row, place }: Mark, skip: number, limit: number): Taken {
    const indices: number[] = [];
    const total = this.collection.total(this.epoch);
    let rows = row;
    for (let at = place; at < total; at++) {
      const index = this.#order?.indices[at] ?? at;
      if (!this.collection.isAlive(index, this.epoch)) continue;
      if (this.#matches && !this.#matches(this.#cursor.seek(index, this.epoch))) continue;
      if (rows++ < skip) continue;
      if (indices.length === limit) return { indices, more: true };
      indices.push(index);
    }
    return { indices, more: false };
  }
}
