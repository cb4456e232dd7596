/** A named set of records as a pure function of (seed, collection, index, step): nothing is stored, a million cost nothing. */
import { Cursor } from './cursor.ts';
import type { Generate } from './kind.ts';
import { mix, saltAt, unit } from './random.ts';

/** One named value of a record: a field, or a variable that only other values read. */
export interface Slot {
  name: string;
  generate: Generate;
  salt: number;
  /** The share of records for which a step draws this value anew. */
  changeShare: number;
}

/** How a record finds the one of another collection that it belongs to. */
export interface Link {
  collection: Collection;
  /** Index in the other collection; negative where this record belongs to none. */
  indexFor(index: number): number;
}

export class Collection {
  readonly name: string;
  readonly key: string;
  readonly salt: number;
  /** Records at step 0. */
  readonly size: number;
  readonly addedPerStep: number;
  readonly removedShare: number;
  readonly link: Link | undefined;
  /** Filled by the compiler, as are the next two; fields and variables in one name space. */
  readonly slots: Slot[] = [];
  /** What is not the same in every record. */
  readonly varying: { name: string; slot: number }[] = [];
  /** A record with all keys in order and the constant values in place. */
  template: Record<string, unknown> = {};

  constructor(options: {
    name: string;
    key: string;
    salt: number;
    size: number;
    addedPerStep: number;
    removedShare: number;
    link?: Link | undefined;
  }) {
    this.name = options.name;
    this.key = options.key;
    this.salt = options.salt;
    this.size = options.size;
    this.addedPerStep = options.addedPerStep;
    this.removedShare = options.removedShare;
    this.link = options.link;
  }

  /** Indices in use at a step, those of removed records included. */
  total(epoch: number): number {
    return this.size + epoch * this.addedPerStep;
  }

  /** The step at which a record appeared. */
  bornAt(index: number): number {
    return index < this.size ? 0 : 1 + Math.floor((index - this.size) / this.addedPerStep);
  }

  isAlive(index: number, epoch: number): boolean {
    if (this.removedShare === 0 || epoch === 0) return true;
    for (let step = this.bornAt(index) + 1; step <= epoch; step++) {
      if (unit(mix(saltAt(this.salt ^ 0x27d4eb2f, index) ^ mix(step))) < this.removedShare) return false;
    }
    return true;
  }

  /** The records that exist at a step, in order of their index. */
  *records(epoch: number): Generator<Record<string, unknown>> {
    const cursor = new Cursor(this);
    for (let index = 0; index < this.total(epoch); index++) {
      if (this.isAlive(index, epoch)) yield cursor.seek(index, epoch).record();
    }
  }
}
