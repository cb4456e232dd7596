/** One record of a collection under construction: its position, its random word and the values already made for it. */
import type { Collection, Slot } from './collection.ts';
import { mix, saltAt, unit } from './random.ts';

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
  #parent: Cursor | undefined;
  #parentSerial = -1;
  #parentFound = false;
  #sibling: Cursor | undefined;

  constructor(collection: Collection) {
    this.collection = collection;
    this.#values = new Array(collection.slots.length).fill(undefined);
    this.#stamps = new Array(collection.slots.length).fill(0);
  }

  /** Moves to the record at an index as it is at a step. */
  seek(index: number, epoch: number): this {
    this.index = index;
    this.epoch = epoch;
    this.#serial++;
    this.#recordBase = mix(saltAt(this.collection.salt, index));
    this.#bornAt = this.collection.bornAt(index);
    return this;
  }

  /** The value of a slot, made at most once a record. */
  read(slot: number): unknown {
    if (this.#stamps[slot] === this.#serial) return this.#values[slot];
    const { base, changedAt } = this;
    const { generate, salt, changeShare } = this.collection.slots[slot] as Slot;
    this.changedAt = this.#lastChange(salt, changeShare);
    this.base =
      this.changedAt > this.#bornAt ? mix(this.#recordBase ^ saltAt(salt, this.changedAt)) : this.#recordBase;
    const value = generate(this);
    this.base = base;
    this.changedAt = changedAt;
    this.#values[slot] = value;
    this.#stamps[slot] = this.#serial;
    return value;
  }

  /** The record as it is sent: an absent value leaves its key out. */
  record(): Record<string, unknown> {
    const { template, varying } = this.collection;
    const record = { ...template };
    for (const { name, slot } of varying) {
      const value = this.read(slot);
      record[name] = value;
      if (value === undefined) delete record[name];
    }
    return record;
  }

  /** The record of the linked collection that this one belongs to, or undefined where it has none. */
  parent(): Cursor | undefined {
    const { link } = this.collection;
    if (!link) return undefined;
    if (this.#parentSerial !== this.#serial) {
      this.#parentSerial = this.#serial;
      const index = link.indexFor(this.index);
      this.#parentFound = index >= 0;
      this.#parent ??= new Cursor(link.collection);
      if (this.#parentFound) this.#parent.seek(index, this.epoch);
    }
    return this.#parentFound ? this.#parent : undefined;
  }

  /** The record `distance` places before this one, or undefined at the beginning. */
  sibling(distance: number): Cursor | undefined {
    if (this.index < distance) return undefined;
    this.#sibling ??= new Cursor(this.collection);
    return this.#sibling.seek(this.index - distance, this.epoch);
  }

  #lastChange(salt: number, share: number): number {
    if (share > 0) {
      for (let step = this.epoch; step > this.#bornAt; step--) {
        if (unit(mix(this.#recordBase ^ saltAt(salt ^ 0x5bd1e995, step))) < share) return step;
      }
    }
    return this.#bornAt;
  }
}
