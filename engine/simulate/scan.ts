/** Finds the records of a page: those that exist and match, in the order of their index, in one pass. */
import type { Collection } from './generate/collection.ts';
import { Cursor } from './generate/cursor.ts';

export type Matches = (record: Cursor) => boolean;

/** Where a pass by row count stood: the row that the index holds or precedes. Kept so that a walk by rows stays linear. */
export interface Mark {
  row: number;
  index: number;
}

export class Scan {
  readonly collection: Collection;
  readonly epoch: number;
  readonly #matches: Matches | undefined;
  readonly #cursor: Cursor;
  readonly #mark: Mark;

  /** `mark` belongs to this collection, step and filter, and is moved by `takeRows`. */
  constructor(collection: Collection, epoch: number, matches: Matches | undefined, mark: Mark) {
    this.collection = collection;
    this.epoch = epoch;
    this.#matches = matches;
    this.#cursor = new Cursor(collection);
    this.#mark = mark;
  }

  /** The indices of up to `limit` records after an index, and whether another one follows. */
  takeAfter(after: number, limit: number): { indices: number[]; more: boolean } {
    return this.#take({ row: 0, index: after + 1 }, 0, limit);
  }

  /** The indices of up to `limit` records after `skip` records, and whether another one follows. */
  takeRows(skip: number, limit: number): { indices: number[]; more: boolean } {
    const start = skip >= this.#mark.row ? { ...this.#mark } : { row: 0, index: 0 };
    const taken = this.#take(start, skip, limit);
    const last = taken.indices.at(-1);
    if (last !== undefined) Object.assign(this.#mark, { row: skip + taken.indices.length, index: last + 1 });
    return taken;
  }

  /** A value of the record at an index. */
  value(index: number, name: string): unknown {
    const slot = this.collection.slots.findIndex((candidate) => candidate.name === name);
    return slot < 0 ? undefined : this.#cursor.seek(index, this.epoch).read(slot);
  }

  #take({ row, index }: Mark, skip: number, limit: number): { indices: number[]; more: boolean } {
    const indices: number[] = [];
    const total = this.collection.total(this.epoch);
    let rows = row;
    for (let at = index; at < total; at++) {
      if (!this.collection.isAlive(at, this.epoch)) continue;
      if (this.#matches && !this.#matches(this.#cursor.seek(at, this.epoch))) continue;
      if (rows++ < skip) continue;
      if (indices.length === limit) return { indices, more: true };
      indices.push(at);
    }
    return { indices, more: false };
  }
}
