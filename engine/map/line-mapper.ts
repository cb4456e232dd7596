/** Maps lines of JSON to lines of events: what `tributary map` does on each of its threads. */
import { EngineError } from '../errors.ts';
import type { JsonBytes } from './compiler/runtime/json-bytes.ts';
import type { Mapping } from './evaluate.ts';
import { eventsOf } from './events-of.ts';
import { neededOf } from './needs.ts';
import { isAtBound, Patience } from './patience.ts';
import { RecordReader } from './record-reader.ts';

export interface MappedLines {
  /** How many lines there were, blank ones counted. */
  count: number;
  /** How many events are written. */
  eventCount: number;
  failures: LineFailure[];
  /** Why no line after the last of the failures was mapped. */
  givenUp?: EngineError;
}

export interface LineFailure extends Failure {
  /** From 1, within the lines that were given. */
  line: number;
  text: string;
}

/** Why a record gives no events: the mapping failed, or what it gave is no event as it should be. */
interface Failure {
  stage: 'map' | 'validate';
  error: EngineError;
}

/** What events are to be, where it is not only what the mapping gives. */
export interface EventForm {
  /** How one is written; as `JSON.stringify` does when absent. */
  textOf?: (event: object) => string;
  /** What is wrong with one. */
  check?: (event: object) => EngineError | undefined;
}

const ANY_FORM: Required<EventForm> = { textOf: JSON.stringify, check: () => undefined };

const NEWLINE = 0x0a;
/** Lines are gone through in pieces that are small enough to be young objects of V8 as text. */
const WINDOW_BYTES = 64 * 1024;

export class LineMapper {
  readonly #mapping: Mapping;
  /** Undefined where the mapping writes its events itself. */
  readonly #form: Required<EventForm> | undefined;
  readonly #reader: RecordReader | undefined;
  readonly #patience = new Patience();

  constructor(mapping: Mapping, form?: EventForm) {
    this.#mapping = mapping;
    const isWritten = form === undefined && mapping.writeText !== undefined;
    this.#form = isWritten ? undefined : { ...ANY_FORM, ...form };
    const needed = neededOf(mapping.ast);
    this.#reader = needed && new RecordReader(needed);
  }

  /**
   * Writes the events, each with its newline.
   * @param bytes whole lines, the last one too with its newline; lines may end in CRLF, and blank ones are skipped
   * @param now the fetch time in milliseconds since the epoch
   */
  async map(bytes: Buffer, now: number, out: JsonBytes): Promise<MappedLines> {
    const mapped: MappedLines = { count: 0, eventCount: 0, failures: [] };
    out.source = this.#reader;
    for (let from = 0; from < bytes.length; ) {
      const last = bytes.lastIndexOf(NEWLINE, from + WINDOW_BYTES);
      const to = (last >= from ? last : bytes.indexOf(NEWLINE, from)) + 1;
      await this.#lines(bytes.subarray(from, to), now, out, mapped);
      if (mapped.givenUp) break;
      from = to;
    }
    return mapped;
  }

  async #lines(bytes: Buffer, now: number, out: JsonBytes, mapped: MappedLines): Promise<void> {
    const reader = this.#reader;
    reader?.open(bytes);
    let at = 0;
    while (at < bytes.length) {
      mapped.count++;
      const record = reader?.read(at);
      const written = reader && record ? this.#written(record, now, out) : NOT_WRITTEN;
      if (reader && typeof written === 'number' && written >= 0) {
        at = reader.end;
        mapped.eventCount += written;
        this.#patience.mapped(1);
        continue;
      }
      reader?.forget();
      const end = bytes.indexOf(NEWLINE, at) + 1;
      const line = bytes.toString('utf8', at, end - 1);
      if (typeof written === 'number') await this.#whole(line, now, out, mapped);
      else this.#fail(mapped, written, line);
      if (mapped.givenUp) return;
      at = end;
    }
  }

  /**
   * Writes the events of a record, each as one line, and gives how many; `NOT_WRITTEN`, with nothing written, where something is
   * unusual, and why where it took so much, or is so clear, that it is not to be tried once more.
   */
  #written(record: Record<string, unknown>, now: number, out: JsonBytes): number | Failure {
    const start = out.at;
    try {
      if (this.#form) {
        if (!this.#mapping.evaluateSync) return NOT_WRITTEN;
        return this.#writeEvents(this.#mapping.evaluateSync(record, now), this.#form, out);
      }
      this.#mapping.writeText?.(record, now, out);
    } catch (error) {
      out.at = start;
      if (error instanceof EngineError) return isAtBound(error) ? { stage: 'map', error } : NOT_WRITTEN;
      throw error;
    }
    if (out.at === start) return NOT_WRITTEN;
    out.byte(NEWLINE);
    return 1;
  }

  /** @throws EngineError `map-no-event` */
  #writeEvents(result: unknown, { textOf, check }: Required<EventForm>, out: JsonBytes): number | Failure {
    const events = eventsOf(result, this.#mapping);
    for (const event of events) {
      const error = check(event);
      if (error) return { stage: 'validate', error };
    }
    for (const event of events) {
      out.raw(textOf(event));
      out.byte(NEWLINE);
    }
    return events.length;
  }

  /** A line that is read in full. */
  async #whole(line: string, now: number, out: JsonBytes, mapped: MappedLines): Promise<void> {
    if (line.trim() === '') return;
    const start = out.at;
    try {
      const record = recordOf(line);
      let written = this.#written(record, now, out);
      if (written === NOT_WRITTEN) {
        const result = await this.#mapping.evaluate(record, now);
        written = this.#writeEvents(result, this.#form ?? ANY_FORM, out);
      }
      if (typeof written !== 'number') {
        this.#fail(mapped, written, line);
        return;
      }
      mapped.eventCount += written;
      this.#patience.mapped(1);
    } catch (error) {
      out.at = start;
      if (!(error instanceof EngineError)) throw error;
      this.#fail(mapped, { stage: 'map', error }, line);
    }
  }

  #fail(mapped: MappedLines, failure: Failure, text: string): void {
    mapped.failures.push({ line: mapped.count, ...failure, text });
    const givenUp = this.#patience.lost(failure.error);
    if (givenUp) mapped.givenUp = givenUp;
  }
}

const NOT_WRITTEN = -1;

function recordOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new EngineError({
      code: 'record-not-json',
      kind: 'data',
      message: error instanceof Error ? error.message : String(error),
    });
  }
}
