/** What is written of records: the mapping's events, checked, as lines. */
import { EngineError } from '../errors.ts';
import { BatchMapper } from '../map/batches/batch-mapper.ts';
import { BatchMemory, sharedBytes } from '../map/batches/batch-memory.ts';
import type { MapThreads } from '../map/batches/map-threads.ts';
import { JsonBytes } from '../map/compiler/runtime/json-bytes.ts';
import type { Mapping } from '../map/evaluate.ts';
import { type EventForm, LineMapper } from '../map/line-mapper.ts';
import type { Needed } from '../map/needs.ts';
import { Patience } from '../map/patience.ts';
import { writeInputs } from './input-lines.ts';
import type { Item } from './item.ts';
import { mapItem } from './map-item.ts';
import type { Rejections } from './rejections.ts';

export interface EventLinesOptions {
  mapping: Mapping;
  /** What the mapping needs of its input; undefined where that is everything. */
  needed: Needed | undefined;
  /** What true OCSF is; undefined for a mapping whose events need not be. */
  form: Required<EventForm> | undefined;
  /** Answers of lookups complete the inputs. */
  hasLookups: boolean;
  /** A thread that maps as this one does; undefined where there is none to be had. */
  mapThread(): MapThreads | undefined;
}

/** What was made of a batch. */
interface Mapped {
  items: readonly Item[];
  /** Lines of events; those of each item, when absent. */
  bytes?: Uint8Array;
  /** What they were made of. */
  lines?: Buffer;
  eventCount: number;
}

/** Records of a batch, by what becomes of them: bytes are not collected, and to check an event takes many times as long as to write it. */
const BATCH_OF_BYTES = 1_000;
const BATCH_CHECKED = 250;
const BATCH_OF_OBJECTS = 100;
/** A thread takes as long to start as so many records take. */
const THREAD_FROM_RECORDS = 5_000;

/**
 * Maps batch by batch. From records that are bytes yet, events are made as `tributary map` makes them: bytes in, lines out, by a
 * thread of their own where there are many, and while the next batch is joined here.
 */
export class EventLines {
  readonly #options: EventLinesOptions;
  readonly #rejections: Rejections;
  readonly #patience = new Patience();
  /** For inputs that are bytes. */
  readonly #mapper: BatchMapper | undefined;
  readonly #memory = new BatchMemory(true);
  readonly #inputs = new JsonBytes(0);
  #threads: MapThreads | undefined;
  #records = 0;
  /** The batch that came last, where it is not the last of its page. */
  #underWay: Promise<Mapped> | undefined;
  /** What was given back last. */
  #mapped: Mapped[] = [];

  constructor(options: EventLinesOptions, rejections: Rejections) {
    const { mapping, form, hasLookups } = options;
    this.#options = options;
    this.#rejections = rejections;
    const isSync = form ? mapping.evaluateSync !== undefined : mapping.writeText !== undefined;
    if (isSync && !hasLookups) this.#mapper = new BatchMapper(new LineMapper(mapping, form), true);
  }

  /** Records that go from joining to writing together: few enough that what they were made of is garbage while it is young. */
  get batchRecords(): number {
    if (!this.#mapper) return BATCH_OF_OBJECTS;
    return this.#options.form ? BATCH_CHECKED : BATCH_OF_BYTES;
  }

  /** Batches that were taken and not given back. */
  get underWay(): number {
    return this.#underWay ? 1 : 0;
  }

  /**
   * Takes a batch, and gives back the items that have events: those of the batch before, if that is under way, and of the last
   * one of a page too.
   * @param now the mapping's time in milliseconds since the epoch
   * @param left how many records of the page are to come
   */
  async map(items: readonly Item[], now: number, left: number): Promise<Item[]> {
    const isLast = left === 0;
    this.#records += items.length;
    if (this.#mapper && this.#records + left > THREAD_FROM_RECORDS)
      this.#threads ??= this.#options.mapThread();
    const before = this.#underWay;
    const begun = this.#begin(items, now);
    // Whoever asks for it is told.
    begun.catch(() => {});
    this.#underWay = this.#mapper && !isLast ? begun : undefined;
    const due = [...(before ? [before] : []), ...(this.#underWay ? [] : [begun])];
    this.#mapped = await Promise.all(due);
    return this.#mapped.flatMap(({ items }) => items);
  }

  /** Those whose events are true OCSF. What was made from bytes is. */
  validated(items: readonly Item[]): Item[] {
    const { form } = this.#options;
    return items.filter((item) => {
      for (const event of item.events) {
        const error = form?.check(event);
        if (!error) continue;
        this.#reject(item, 'validate', error);
        return false;
      }
      const textOf = form?.textOf ?? JSON.stringify;
      item.lines ||= item.events.map((event) => `${textOf(event)}\n`).join('');
      return true;
    });
  }

  /** The lines of all events of the items, in pieces. */
  of(items: readonly Item[]): { pieces: (string | Uint8Array)[]; eventCount: number } {
    const kept = new Set(this.#mapped.some(({ bytes }) => bytes === undefined) ? items : []);
    const pieces: (string | Uint8Array)[] = [];
    let eventCount = 0;
    for (const mapped of this.#mapped) {
      const own = mapped.bytes ? [] : mapped.items.filter((item) => kept.has(item));
      pieces.push(mapped.bytes ?? own.map(({ lines }) => lines).join(''));
      eventCount += own.reduce((sum, item) => sum + item.eventCount, mapped.eventCount);
    }
    return { pieces, eventCount };
  }

  /** What was given back last is written. */
  written(): void {
    for (const { lines, bytes } of this.#mapped) {
      if (lines && bytes) this.#memory.free(lines, bytes);
    }
    this.#mapped = [];
  }

  async close(): Promise<void> {
    await this.#threads?.close();
  }

  async #begin(items: readonly Item[], now: number): Promise<Mapped> {
    const mapper = this.#mapper;
    if (!mapper) return this.#mapObjects(items, now);
    const room = this.#memory.take();
    const lines = this.#composed(items, room.lines);
    if (!lines) return this.#mapObjects(items, now);
    await this.#threads?.started();
    const batch = { lines, events: room.events, now };
    const { bytes, eventCount, failures, givenUp } = await (this.#threads?.map(batch) ?? mapper.map(batch));
    if (givenUp) throw new EngineError(givenUp);
    const made = { bytes, lines, eventCount };
    if (failures.length === 0) return { items, ...made };
    const failed = new Map(failures.map((failure) => [failure.line - 1, failure]));
    const isMapped = (item: Item, index: number) => {
      const failure = failed.get(index);
      if (failure) this.#rejections.add(item.record, failure.stage, new EngineError(failure.error), item);
      return failure === undefined;
    };
    return { items: items.filter(isMapped), ...made };
  }

  /** The inputs as lines of JSON, in memory that other threads see; undefined where they are no bytes. */
  #composed(items: readonly Item[], memory: Buffer): Buffer | undefined {
    const inputs = this.#inputs;
    inputs.writeTo(memory);
    const areSettingsAsked = this.#options.needed?.members.has('settings') ?? true;
    if (!writeInputs(items, areSettingsAsked, inputs)) return undefined;
    if (inputs.bytes !== memory) inputs.moveTo(sharedBytes(inputs.bytes.length));
    return inputs.written();
  }

  async #mapObjects(items: readonly Item[], now: number): Promise<Mapped> {
    const { mapping, form } = this.#options;
    const mapped: Item[] = [];
    for (const item of items) {
      try {
        const underWay = mapItem(item, mapping, now, form !== undefined);
        if (underWay) await underWay;
        mapped.push(item);
        this.#patience.mapped(1);
      } catch (error) {
        this.#reject(item, 'map', error);
      }
    }
    return { items: mapped, eventCount: 0 };
  }

  #reject(item: Item, stage: 'map' | 'validate', error: unknown): void {
    if (!(error instanceof EngineError) || error.kind !== 'data') throw error;
    const givenUp = this.#patience.lost(error);
    if (givenUp) throw givenUp;
    this.#rejections.add(item.record, stage, error, item);
  }
}
