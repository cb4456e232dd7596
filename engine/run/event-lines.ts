/** What is written of records: the mapping's events, checked, as lines. */
import { UnreadRecord } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { JsonBytes } from '../map/compiler/runtime/json-bytes.ts';
import type { Mapping } from '../map/evaluate.ts';
import { LineMapper } from '../map/line-mapper.ts';
import type { Needed } from '../map/needs.ts';
import { Patience } from '../map/patience.ts';
import { mapItem } from './events-of.ts';
import type { Item } from './item.ts';
import type { Rejections } from './rejections.ts';

export interface EventLinesOptions {
  mapping: Mapping;
  /** What the mapping needs of its input; undefined where that is everything. */
  needed: Needed | undefined;
  /** Why an event is not true OCSF; undefined for one that is. Absent for a mapping that is not to be. */
  check: ((event: object) => EngineError | undefined) | undefined;
  /** The event as one line of JSON, without its line feed. */
  textOf(event: object): string;
  /** Answers of lookups complete the inputs. */
  hasLookups: boolean;
}

const NEWLINE = 0x0a;
const BATCH_OF_OBJECTS = 100;
/** Bytes are not collected. */
const BATCH_OF_BYTES = 1_000;
const BATCH_BYTES = 512 * 1024;

export class EventLines {
  readonly #options: EventLinesOptions;
  readonly #rejections: Rejections;
  readonly #patience = new Patience();
  /** For events that nothing looks at: they are made from the bytes of the records. */
  readonly #mapper: LineMapper | undefined;
  readonly #inputs = new JsonBytes(BATCH_BYTES);
  readonly #events = new JsonBytes(BATCH_BYTES);
  /** What was made of the batch in hand at once. */
  #bytes: Uint8Array | undefined;

  constructor(options: EventLinesOptions, rejections: Rejections) {
    const { mapping, needed, check, hasLookups } = options;
    this.#options = options;
    this.#rejections = rejections;
    if (mapping.writeText && needed && !check && !hasLookups) this.#mapper = new LineMapper(mapping, 0);
  }

  /** Records that go from joining to writing together: few enough that what they were made of is garbage while it is young. */
  get batchRecords(): number {
    return this.#mapper ? BATCH_OF_BYTES : BATCH_OF_OBJECTS;
  }

  /** Those that have events. @param now the mapping's time in milliseconds since the epoch */
  async map(items: readonly Item[], now: number): Promise<Item[]> {
    this.#bytes = undefined;
    if (this.#mapper && this.#isComposed(items)) return this.#mapBytes(this.#mapper, items, now);
    const { mapping, check } = this.#options;
    const mapped: Item[] = [];
    for (const item of items) {
      try {
        const underWay = mapItem(item, mapping, now, check !== undefined);
        if (underWay) await underWay;
        mapped.push(item);
        this.#patience.mapped(1);
      } catch (error) {
        this.#reject(item, 'map', error);
      }
    }
    return mapped;
  }

  /** Those whose events are true OCSF, as lines. */
  validated(items: readonly Item[]): Item[] {
    if (this.#bytes) return [...items];
    const { check, textOf } = this.#options;
    return items.filter((item) => {
      for (const event of item.events) {
        const error = check?.(event);
        if (!error) continue;
        this.#reject(item, 'validate', error);
        return false;
      }
      item.lines ||= item.events.map((event) => `${textOf(event)}\n`).join('');
      return true;
    });
  }

  /** The lines of all events. */
  of(items: readonly Item[]): string | Uint8Array {
    return this.#bytes ?? items.map(({ lines }) => lines).join('');
  }

  async #mapBytes(mapper: LineMapper, items: readonly Item[], now: number): Promise<Item[]> {
    this.#events.clear();
    mapper.now = now;
    const { failures, givenUp } = await mapper.map(this.#inputs.written(), this.#events);
    if (givenUp) throw givenUp;
    // The memory is written again before a destination may have let go of it.
    this.#bytes = Uint8Array.prototype.slice.call(this.#events.written());
    for (const item of items) item.eventCount = 1;
    if (failures.length === 0) return [...items];
    const failed = new Map(failures.map(({ line, error }) => [line - 1, error]));
    return items.filter((item, index) => {
      const error = failed.get(index);
      if (error) this.#reject(item, 'map', error);
      return error === undefined;
    });
  }

  /** Writes the inputs as lines of JSON; not where one is parsed already, or takes several lines. */
  #isComposed(items: readonly Item[]): boolean {
    const inputs = this.#inputs;
    inputs.clear();
    const [first] = items;
    if (!first) return true;
    // All of them have one frame.
    const { recordName, joinNames, settings } = first.frame;
    const recordLabel = `{${JSON.stringify(recordName)}:`;
    const joinLabels = joinNames.map((name) => `,${JSON.stringify(name)}:`);
    const isAsked = this.#options.needed?.members.has('settings');
    const rest = isAsked ? `,"settings":${JSON.stringify(settings)}` : '';
    for (const { record, matches, change } of items) {
      if (!(record instanceof UnreadRecord)) return false;
      inputs.raw(recordLabel);
      if (!isAppended(record.json, inputs)) return false;
      for (const [index, label] of joinLabels.entries()) {
        const match = matches[index];
        if (!match) continue;
        inputs.raw(label);
        if (!isAppended(match.json, inputs)) return false;
      }
      inputs.raw(change ? `${rest},"change":${JSON.stringify(change)}}\n` : `${rest}}\n`);
    }
    return true;
  }

  #reject(item: Item, stage: 'map' | 'validate', error: unknown): void {
    if (!(error instanceof EngineError) || error.kind !== 'data') throw error;
    const givenUp = this.#patience.lost(error);
    if (givenUp) throw givenUp;
    this.#rejections.add(item.record, stage, error, item);
  }
}

function isAppended(json: Uint8Array, to: JsonBytes): boolean {
  if (json.includes(NEWLINE)) return false;
  to.copied(json);
  return true;
}
