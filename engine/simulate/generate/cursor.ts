/** One record of a collection under construction: its position, its random word and the values already made for it. */
import type { JsonBytes } from '../json-bytes.ts';
import { type Collection, changesIn, type Slot } from './collection.ts';
import type { Choice } from './kind.ts';
import { mix, saltAt } from './random.ts';

/** Records of collections up to this size are kept while others refer to them. */
const KEPT_MAX = 5000;

export class Cursor {
  readonly collection: Collection;
  index = 0;
  epoch = 0;
  /** The random word that generators draw from: the record's own, altered inside of list items and for changed values. */
  base = 0;
  /** The step at which the value being made was drawn (anew); 0 is the beginning. */
  changedAt = 0;
  #recordBase = 0;
  #bornAt = 0;
  /** Values are valid while their stamp is the serial of the record. */
  #serial = 0;
  readonly #values: unknown[];
  readonly #stamps: number[];
  readonly #choices: Int32Array;
  readonly #choiceStamps: Int32Array;
  /** What each link leads to, valid while its stamp is the serial of the record. */
  readonly #linked: (Cursor | undefined)[] = [];
  readonly #linkStamps: number[] = [];
  readonly #linkCursors: Map<number, Cursor>[] = [];
  #sibling: Cursor | undefined;

  constructor(collection: Collection) {
    this.collection = collection;
    this.#values = new Array(collection.slots.length).fill(undefined);
    this.#stamps = new Array(collection.slots.length).fill(0);
    this.#choices = new Int32Array(collection.slots.length);
    this.#choiceStamps = new Int32Array(collection.slots.length);
  }

  /** Moves to the record at an index as it is at a step. */
  seek(index: number, epoch: number): this {
    this.index = index;
    this.epoch = epoch;
    this.#serial++;
    this.#recordBase = this.collection.baseOf(index);
    this.#bornAt = this.collection.bornAt(index);
    this.base = this.#recordBase;
    this.changedAt = this.#bornAt;
    return this;
  }

  /** The value of a slot, made at most once a record. */
  read(slot: number): unknown {
    if (this.#stamps[slot] === this.#serial) return this.#values[slot];
    const { base, changedAt } = this;
    const made = this.collection.slots[slot] as Slot;
    this.#enter(made);
    const value = made.make(this);
    this.base = base;
    this.changedAt = changedAt;
    this.#values[slot] = value;
    this.#stamps[slot] = this.#serial;
    return value;
  }

  /** Which one of its few values a slot has; only for slots with a choice. */
  choose(slot: number): number {
    if (this.#choiceStamps[slot] === this.#serial) return this.#choices[slot] as number;
    const { base, changedAt } = this;
    const made = this.collection.slots[slot] as Slot;
    this.#enter(made);
    const choice = (made.choice as Choice).at(this);
    this.base = base;
    this.changedAt = changedAt;
    this.#choices[slot] = choice;
    this.#choiceStamps[slot] = this.#serial;
    return choice;
  }

  /** Writes the value of a slot: drawn again, because that costs less than to make it. */
  write(slot: number, out: JsonBytes): void {
    const made = this.collection.slots[slot] as Slot;
    const { base, changedAt } = this;
    this.#enter(made);
    made.write(this, out);
    this.base = base;
    this.changedAt = changedAt;
  }

  /** The record as it is sent: an absent value leaves its key out. Fields of `without` are null, and not made. */
  record(without?: ReadonlySet<string>): Record<string, unknown> {
    const { template, varying } = this.collection;
    const record = { ...template };
    for (const { name, slot } of varying) {
      if (without?.has(name)) continue;
      const value = this.read(slot);
      record[name] = value;
      if (value === undefined) delete record[name];
    }
    return record;
  }

  /** The record that the nth link of this one leads to, or undefined where it leads to none. */
  linked(nth: number): Cursor | undefined {
    if (this.#linkStamps[nth] === this.#serial) return this.#linked[nth];
    const link = this.collection.links[nth];
    const index = link ? link.indexFor(this.index) : -1;
    const found = link && index >= 0 ? this.#cursorAt(nth, link.collection, index) : undefined;
    this.#linkStamps[nth] = this.#serial;
    this.#linked[nth] = found;
    return found;
  }

  /** The record `distance` places before this one, or undefined at the beginning. */
  sibling(distance: number): Cursor | undefined {
    if (this.index < distance) return undefined;
    this.#sibling ??= new Cursor(this.collection);
    return this.#sibling.seek(this.index - distance, this.epoch);
  }

  /** Neighbours often lead to one record, and small collections are referred to over and over. */
  #cursorAt(nth: number, collection: Collection, index: number): Cursor {
    const cursors = this.#linkCursors[nth] ?? new Map<number, Cursor>();
    this.#linkCursors[nth] = cursors;
    const place = collection.size <= KEPT_MAX ? index : 0;
    const known = cursors.get(place);
    if (known && known.index === index && known.epoch === this.epoch) return known;
    const cursor = known ?? new Cursor(collection);
    cursors.set(place, cursor);
    return cursor.seek(index, this.epoch);
  }

  /** What the value of a slot is drawn from. */
  #enter(slot: Slot): void {
    this.changedAt = slot.changeShare > 0 ? this.#lastChange(slot) : this.#bornAt;
    this.base =
      this.changedAt > this.#bornAt
        ? mix(this.#recordBase ^ saltAt(slot.salt, this.changedAt))
        : this.#recordBase;
  }

  #lastChange(slot: Slot): number {
    for (let step = this.epoch; step > this.#bornAt; step--) {
      if (changesIn(step, this.#recordBase, slot)) return step;
    }
    return this.#bornAt;
  }
}
