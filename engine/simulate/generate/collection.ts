/** A named set of records as a pure function of (seed, collection, index, step): nothing is stored, a million cost nothing. */
import { Cursor } from './cursor.ts';
import type { Maker, Write } from './kind.ts';
import type { Link } from './link.ts';
import { mix, saltAt, unit } from './random.ts';
import { writerOf } from './write-code.ts';
import { objectCode } from './write-object.ts';

/** One named value of a record: a field, or a variable that only other values read. */
export interface Slot extends Maker {
  name: string;
  salt: number;
  write: Write;
  /** The share of records for which a step draws this value anew. */
  changeShare: number;
  /** Values of one salt change in the same records and steps. */
  changeSalt: number;
}

/** Clients ask for the same members again and again. */
const PART_WRITERS_MAX = 16;

export class Collection {
  readonly name: string;
  readonly key: string;
  readonly salt: number;
  /** Records at step 0. */
  readonly size: number;
  readonly addedPerStep: number;
  readonly removedShare: number;
  /** The first one is that of `link` or of the size, if there is any. */
  readonly links: readonly Link[];
  readonly linkNames: readonly string[];
  /** Filled by the compiler, as are the next two; fields and variables in one name space. */
  readonly slots: Slot[] = [];
  /** What is not the same in every record. */
  readonly varying: { name: string; slot: number }[] = [];
  /** Slots of what only some endpoints show, by name. */
  readonly details = new Map<string, number>();
  /** A record with all keys in order and the constant values in place. */
  template: Record<string, unknown> = {};
  /** Writes the record that a cursor is on, as it is sent. */
  write: Write = () => {};
  /** The members that a record has, in order. */
  members: readonly (readonly [string, Maker])[] = [];
  readonly #partWriters = new Map<string, Write>();
  readonly #binding: readonly Link[];

  constructor(options: {
    name: string;
    key: string;
    salt: number;
    size: number;
    addedPerStep: number;
    removedShare: number;
    links?: readonly { name: string; link: Link }[];
  }) {
    this.name = options.name;
    this.key = options.key;
    this.salt = options.salt;
    this.size = options.size;
    this.addedPerStep = options.addedPerStep;
    this.removedShare = options.removedShare;
    const links = options.links ?? [];
    this.links = links.map(({ link }) => link);
    this.linkNames = links.map(({ name }) => name);
    this.#binding = this.links.filter(({ binding }) => binding);
  }

  /** Writes of a record only the members of these names. */
  partWriter(names: readonly string[]): Write {
    const asked = names.join();
    const known = this.#partWriters.get(asked);
    if (known) return known;
    const write = writerOf(objectCode(this.members.filter(([name]) => names.includes(name))));
    if (this.#partWriters.size === PART_WRITERS_MAX) this.#partWriters.clear();
    this.#partWriters.set(asked, write);
    return write;
  }

  /** Indices in use at a step, those of removed records included. */
  total(epoch: number): number {
    return this.size + epoch * this.addedPerStep;
  }

  /** The step at which a record appeared. */
  bornAt(index: number): number {
    return Collection.bornAt(this, index);
  }

  static bornAt({ size, addedPerStep }: { size: number; addedPerStep: number }, index: number): number {
    return index < size ? 0 : 1 + Math.floor((index - size) / addedPerStep);
  }

  /** Whether a record exists at a step: neither it nor one that it is bound to was removed. */
  isAlive(index: number, epoch: number): boolean {
    if (!this.isKept(index, epoch)) return false;
    if (this.removedShare === 0) return true;
    for (let step = this.bornAt(index) + 1; step <= epoch; step++) {
      if (this.isRemovedIn(index, step)) return false;
    }
    return true;
  }

  /** Whether those that a record is bound to exist at a step; one that could be bound to none never is. */
  isKept(index: number, epoch: number): boolean {
    for (const link of this.#binding) {
      const target = link.indexFor(index);
      if (target < 0 || !link.collection.isAlive(target, epoch)) return false;
    }
    return true;
  }

  /** Whether a step removes a record by itself, should it still be there. */
  isRemovedIn(index: number, step: number): boolean {
    return unit(mix(saltAt(this.salt ^ 0x27d4eb2f, index) ^ mix(step))) < this.removedShare;
  }

  /** The random word that the values of a record are drawn from. */
  baseOf(index: number): number {
    return mix(saltAt(this.salt, index));
  }

  /** The records of this collection that belong to the one at an index by the first link, as they are at a step. */
  childrenOf(target: number, epoch: number): number[] {
    const [link] = this.links;
    if (!link) return [];
    const belongs = (index: number) => link.indexFor(index) === target && this.isAlive(index, epoch);
    return [...link.near(target, this.total(epoch))].filter(belongs);
  }

  slotOf(name: string): number {
    return this.slots.findIndex((slot) => slot.name === name);
  }

  /** The records that exist at a step, in order of their index; with the values that only some endpoints show, too. */
  *records(epoch: number, withDetails = false): Generator<Record<string, unknown>> {
    const cursor = new Cursor(this);
    for (let index = 0; index < this.total(epoch); index++) {
      if (!this.isAlive(index, epoch)) continue;
      const record = cursor.seek(index, epoch).record();
      if (withDetails) for (const [name, slot] of this.details) record[name] = cursor.read(slot);
      yield record;
    }
  }
}

/** Whether a step draws a value of the record with this random word anew. */
export function changesIn(step: number, base: number, { changeSalt, changeShare }: Slot): boolean {
  return unit(mix(base ^ saltAt(changeSalt ^ 0x5bd1e995, step))) < changeShare;
}
