/** What an endpoint pages over: rows by index, each of which shows a record. */

import type { Collection } from './generate/collection.ts';
import { Cursor } from './generate/cursor.ts';
import type { Write } from './generate/kind.ts';
import type { JsonBytes } from './json-bytes.ts';

/** Makes what is sent of the record that a cursor is on; `write` writes that without making it. */
export type View = ((record: Cursor) => Record<string, unknown>) & { write?: Write };

export interface Taken {
  indices: number[];
  /** Whether another row follows. */
  more: boolean;
}

export interface Rows {
  readonly collection: Collection;
  /** The step that the rows are of. */
  readonly epoch: number;
  /** The indices of up to `limit` rows after an index. */
  takeAfter(after: number, limit: number): Taken;
  /** The indices of up to `limit` rows after `skip` rows. */
  takeRows(skip: number, limit: number): Taken;
  /** A value of the record at an index. */
  value(index: number, name: string): unknown;
  /** What is sent of the row at an index; the cursor is the caller's, to be used for one answer. */
  show(index: number, cursor: Cursor, view: View): Record<string, unknown>;
  /** Writes what `show` gives as JSON, without making it where that is possible. */
  write(index: number, cursor: Cursor, view: View, out: JsonBytes): void;
}

/** The view of a record as it is. */
export const whole: View = Object.assign((record: Cursor) => record.record(), {
  write: (record: Cursor, out: JsonBytes) => record.collection.write(record, out),
});

/** Writes what a view shows of the record that a cursor is on. */
export function writeView(cursor: Cursor, view: View, out: JsonBytes): void {
  if (view.write) view.write(cursor, out);
  else out.value(view(cursor));
}

/** A few given records. */
export class GivenRows implements Rows {
  readonly collection: Collection;
  readonly epoch: number;
  readonly #indices: readonly number[];

  constructor(collection: Collection, epoch: number, indices: readonly number[]) {
    this.collection = collection;
    this.epoch = epoch;
    this.#indices = indices;
  }

  takeAfter(after: number, limit: number): Taken {
    return this.takeRows(after < 0 ? 0 : this.#indices.indexOf(after) + 1, limit);
  }

  takeRows(skip: number, limit: number): Taken {
    const end = skip + limit;
    return { indices: this.#indices.slice(skip, end), more: end < this.#indices.length };
  }

  value(index: number, name: string): unknown {
    const slot = this.collection.slotOf(name);
    return slot < 0 ? undefined : new Cursor(this.collection).seek(index, this.epoch).read(slot);
  }

  show(index: number, cursor: Cursor, view: View): Record<string, unknown> {
    return view(cursor.seek(index, this.epoch));
  }

  write(index: number, cursor: Cursor, view: View, out: JsonBytes): void {
    writeView(cursor.seek(index, this.epoch), view, out);
  }
}
