/** Where the record with a key stands: keys are read once, when one is first asked for. */
import type { Collection } from './generate/collection.ts';
import { Cursor } from './generate/cursor.ts';

export class KeyIndex {
  readonly #known = new Map<Collection, { indices: Map<string, number>; end: number }>();

  /** The index of a key among all records up to a step, removed ones included. */
  indexOf(collection: Collection, key: string, epoch: number): number | undefined {
    const entry = this.#known.get(collection) ?? { indices: new Map<string, number>(), end: 0 };
    this.#known.set(collection, entry);
    const slot = collection.slotOf(collection.key);
    const cursor = new Cursor(collection);
    for (; entry.end < collection.total(epoch); entry.end++) {
      entry.indices.set(String(cursor.seek(entry.end, epoch).read(slot)), entry.end);
    }
    const index = entry.indices.get(key);
    return index !== undefined && index < collection.total(epoch) ? index : undefined;
  }
}
