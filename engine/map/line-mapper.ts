/** Maps lines of JSON to lines of events: what `tributary map` does on each of its threads. */
import { EngineError } from '../errors.ts';
import type { JsonBytes } from './compiler/runtime/json-bytes.ts';
import type { Mapping } from './evaluate.ts';
import { neededOf } from './needs.ts';
import { isAtBound, Patience } from './patience.ts';
import { RecordReader } from './record-reader.ts';

export interface MappedLines {
  /** How many lines there were, blank ones counted. */
  count: number;
  failures: LineFailure[];
  /** Why no line after the last of the failures was mapped. */
  givenUp?: EngineError;
}

export interface LineFailure {
  /** From 1, within the lines that were given. */
  line: number;
  error: EngineError;
  text: string;
}

const NEWLINE = 0x0a;
/** Lines are gone through in pieces that are small enough to be young objects of V8 as text. */
const WINDOW_BYTES = 64 * 1024;

export class LineMapper {
  readonly #mapping: Mapping;
  /** The fetch time in milliseconds since the epoch. */
  now: number;
  readonly #eventText: ((event: object) => string) | undefined;
  readonly #reader: RecordReader | undefined;
  readonly #patience = new Patience();

  /**
   * @param now the fetch time in milliseconds since the epoch
   * @param eventText how an event is written; as `JSON.stringify` does when absent
   */
  constructor(mapping: Mapping, now: number, eventText?: (event: object) => string) {
    this.#mapping = mapping;
    this.now = now;
    this.#eventText = eventText;
    const needed = neededOf(mapping.ast);
    this.#reader = needed && new RecordReader(needed);
  }

  /**
   * Writes the events, each with its newline.
   * @param bytes whole lines, the last one too with its newline; lines may end in CRLF, and blank ones are skipped
   */
  async map(bytes: Buffer, out: JsonBytes): Promise<MappedLines> {
    const mapped: MappedLines = { count: 0, failures: [] };
    out.source = this.#reader;
    for (let from = 0; from < bytes.length; ) {
      const last = bytes.lastIndexOf(NEWLINE, from + WINDOW_BYTES);
      const to = (last >= from ? last : bytes.indexOf(NEWLINE, from)) + 1;
      await this.#lines(bytes.subarray(from, to), out, mapped);
      if (mapped.givenUp) break;
      from = to;
    }
    return mapped;
  }

  async #lines(bytes: Buffer, out: JsonBytes, mapped: MappedLines): Promise<void> {
    const reader = this.#reader;
    reader?.open(bytes);
    let at = 0;
    while (at < bytes.length) {
      mapped.count++;
      const record = reader?.read(at);
      const written = reader && record ? this.#written(record, out) : false;
      if (reader && written === true) {
        at = reader.end;
        this.#patience.mapped(1);
        continue;
      }
      reader?.forget();
      const end = bytes.indexOf(NEWLINE, at) + 1;
      const line = bytes.toString('utf8', at, end - 1);
      if (written === false) await this.#whole(line, out, mapped);
      else if (written !== true) this.#fail(mapped, written, line);
      if (mapped.givenUp) return;
      at = end;
    }
  }

  /**
   * Writes the event of a record as one line; false, with nothing written, where something is unusual, and why where it took
   * so much that it is not to be tried once more.
   */
  #written(record: Record<string, unknown>, out: JsonBytes): boolean | EngineError {
    const start = out.at;
    try {
      if (this.#eventText) {
        const event = this.#mapping.evaluateSync?.(record, this.now);
        if (typeof event === 'object' && event !== null && !Array.isArray(event)) {
          out.raw(this.#eventText(event));
        }
      } else this.#mapping.writeText?.(record, this.now, out);
    } catch (error) {
      out.at = start;
      if (error instanceof EngineError) return isAtBound(error) && error;
      throw error;
    }
    if (out.at === start) return false;
    out.byte(NEWLINE);
    return true;
  }

  /** A line that is read in full. */
  async #whole(line: string, out: JsonBytes, mapped: MappedLines): Promise<void> {
    if (line.trim() === '') return;
    try {
      const record = recordOf(line);
      const written = this.#written(record, out);
      if (written instanceof EngineError) throw written;
      if (!written) out.raw(`${await this.#events(record)}\n`);
      this.#patience.mapped(1);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#fail(mapped, error, line);
    }
  }

  #fail(mapped: MappedLines, error: EngineError, text: string): void {
    mapped.failures.push({ line: mapped.count, error, text });
    const givenUp = this.#patience.lost(error);
    if (givenUp) mapped.givenUp = givenUp;
  }

  /** A list of events is several lines. */
  async #events(record: Record<string, unknown>): Promise<string> {
    const result = await this.#mapping.evaluate(record, this.now);
    const events = Array.isArray(result) ? result : [result];
    if (events.length === 0 || events.some((event) => typeof event !== 'object' || event === null)) {
      throw new EngineError({
        code: 'map-no-event',
        kind: 'data',
        message: 'the mapping gives no event for this record',
      });
    }
    return events.map(this.#eventText ?? ((event) => JSON.stringify(event))).join('\n');
  }
}

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
