/** What happened to the records of a collection since a time, in blocks of time: one row for each record and step. */
import { comparableTime } from './compare-times.ts';
import type { Refusal } from './conditions.ts';
import { durationMs } from './duration.ts';
import { type Collection, changesIn, type Slot } from './generate/collection.ts';
import { Cursor } from './generate/cursor.ts';
import { mix, saltAt, unit } from './generate/random.ts';
import { plainSeconds } from './generate/timestamp.ts';
import type { JsonBytes } from './json-bytes.ts';
import { GivenRows, type Rows, type Taken, type View } from './rows.ts';

export interface ChangesSpec {
  /** The parameter with the time; it must be there. */
  since: string;
  /** How far back one may ask, and the length of a block: durations. All of the block that the time falls in is told. */
  reach: string;
  block: string;
  /** The members that tell what happened, and when; and what the former says. */
  status: { field: string; new: string; updated: string; removed: string };
  at: string;
  /** Fields whose change is told. */
  fields: string[];
}

/** Where the steps lie in time, in milliseconds. */
export interface StepTimes {
  fromMs: number;
  lengthMs: number;
}

/** The beginning of the block of time that a query asks from, in milliseconds since the epoch. */
export function blockIn(spec: ChangesSpec, query: URLSearchParams, nowMs: number): number | Refusal {
  const value = query.get(spec.since);
  const time = value === null ? undefined : comparableTime(value);
  const sinceMs = time === undefined ? Number.NaN : Date.parse(time);
  if (Number.isNaN(sinceMs) || sinceMs < nowMs - durationMs(spec.reach)) {
    return { condition: 'bad_query', values: { parameter: spec.since, value: value ?? '' } };
  }
  const blockMs = durationMs(spec.block);
  return Math.floor(sinceMs / blockMs) * blockMs;
}

export class ChangeRows implements Rows {
  readonly collection: Collection;
  readonly epoch: number;
  readonly #spec: ChangesSpec;
  readonly #times: StepTimes;
  /** By row. */
  readonly #indices: number[] = [];
  readonly #steps: number[] = [];
  readonly #what: ('new' | 'updated' | 'removed')[] = [];
  readonly #rows: GivenRows;

  /**
   * What is gone because one that it was bound to is gone is not told: it is in no list any more, and that is all.
   */
  constructor(
    collection: Collection,
    epoch: number,
    options: { spec: ChangesSpec; times: StepTimes; fromMs: number },
  ) {
    this.collection = collection;
    this.epoch = epoch;
    this.#spec = options.spec;
    this.#times = options.times;
    const { fromMs, lengthMs } = options.times;
    const first = Math.max(1, Math.floor((options.fromMs - fromMs) / lengthMs) + 1);
    const slots = options.spec.fields.map((name) => collection.slots[collection.slotOf(name)] as Slot);
    for (let index = 0; first <= epoch && index < collection.total(epoch); index++) {
      const born = collection.bornAt(index);
      for (let step = Math.max(first, born, 1); step <= epoch; step++) {
        const what = this.#whatHappened(index, step, born, slots);
        if (what === undefined || this.#timeOf(index, step) < options.fromMs) continue;
        this.#indices.push(index);
        this.#steps.push(step);
        this.#what.push(what);
      }
    }
    this.#rows = new GivenRows(collection, epoch, [...this.#indices.keys()]);
  }

  takeAfter(after: number, limit: number): Taken {
    return this.#rows.takeRows(after + 1, limit);
  }

  takeRows(skip: number, limit: number): Taken {
    return this.#rows.takeRows(skip, limit);
  }

  value(row: number, name: string): unknown {
    return this.#rows.value(this.#indices[row] as number, name);
  }

  /** The record as it was after what happened; of one that is gone, as it was before. */
  show(row: number, cursor: Cursor, view: View): Record<string, unknown> {
    const [index, step, what] = [this.#indices[row] ?? 0, this.#steps[row] ?? 0, this.#what[row] ?? 'new'];
    const record = view(cursor.seek(index, what === 'removed' ? step - 1 : step));
    const ms = this.#timeOf(index, step);
    record[this.#spec.status.field] = this.#spec.status[what];
    record[this.#spec.at] =
      `${plainSeconds(Math.floor(ms / 1000))}.${String(ms % 1000).padStart(3, '0')}0000`;
    return record;
  }

  write(row: number, cursor: Cursor, view: View, out: JsonBytes): void {
    out.value(this.show(row, cursor, view));
  }

  *records(view: View): Generator<Record<string, unknown>> {
    const cursor = new Cursor(this.collection);
    for (const row of this.#indices.keys()) yield this.show(row, cursor, view);
  }

  #whatHappened(index: number, step: number, born: number, slots: readonly Slot[]) {
    const { collection } = this;
    if (!collection.isKept(index, step)) return undefined;
    if (born === step) return 'new';
    if (!collection.isAlive(index, step - 1)) return undefined;
    if (collection.isRemovedIn(index, step)) return 'removed';
    const base = collection.baseOf(index);
    return slots.some((slot) => changesIn(step, base, slot)) ? 'updated' : undefined;
  }

  #timeOf(index: number, step: number): number {
    const { fromMs, lengthMs } = this.#times;
    const share = unit(mix(this.collection.baseOf(index) ^ saltAt(0x51ed270b, step)));
    return Math.floor(fromMs + (step - 1 + share) * lengthMs);
  }
}
