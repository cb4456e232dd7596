/** Maps lines of JSON to lines of events: what `tributary map` does on each of its threads. */
import { EngineError } from '../errors.ts';
import type { Mapping } from './evaluate.ts';
import { neededOf } from './needs.ts';
import { RecordReader } from './record-reader.ts';

export interface MappedLines {
  /** The events, each with its newline. */
  text: string;
  /** How many lines there were, blank ones counted. */
  count: number;
  failures: LineFailure[];
}

export interface LineFailure {
  /** From 1, within the lines that were given. */
  line: number;
  error: EngineError;
  text: string;
}

const NEWLINE = 0x0a;

export class LineMapper {
  readonly #mapping: Mapping;
  readonly #now: number;
  readonly #eventText: ((event: object) => string) | undefined;
  readonly #reader: RecordReader | undefined;

  /**
   * @param now the fetch time in milliseconds since the epoch
   * @param eventText how an event is written; as `JSON.stringify` does when absent
   */
  constructor(mapping: Mapping, now: number, eventText?: (event: object) => string) {
    this.#mapping = mapping;
    this.#now = now;
    this.#eventText = eventText;
    const needed = neededOf(mapping.ast);
    this.#reader = needed && new RecordReader(needed);
  }

  /** @param bytes whole lines, the last one too with its newline; lines may end in CRLF, and blank ones are skipped */
  async map(bytes: Buffer): Promise<MappedLines> {
    const latin1 = this.#reader ? bytes.toString('latin1') : '';
    const mapped: MappedLines = { text: '', count: 0, failures: [] };
    let at = 0;
    while (at < bytes.length) {
      mapped.count++;
      const read = this.#reader?.read(latin1, at);
      const text = read && this.#textOf(read.record);
      if (read && text !== undefined) {
        mapped.text += `${text}\n`;
        at = read.end;
        continue;
      }
      const end = bytes.indexOf(NEWLINE, at) + 1;
      const isMapped = await this.#whole(bytes.toString('utf8', at, end - 1), mapped);
      if (isMapped && !read) this.#reader?.learn(latin1.slice(at, end));
      at = end;
    }
    return mapped;
  }

  /** The event of a record as one line; undefined where something is unusual. */
  #textOf(record: Record<string, unknown>): string | undefined {
    try {
      if (this.#eventText) {
        const event = this.#mapping.evaluateSync?.(record, this.#now);
        return typeof event === 'object' && event !== null && !Array.isArray(event)
          ? this.#eventText(event)
          : undefined;
      }
      return this.#mapping.evaluateText?.(record, this.#now);
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }

  /** A line that is read in full. */
  async #whole(line: string, mapped: MappedLines): Promise<boolean> {
    if (line.trim() === '') return false;
    try {
      const record = recordOf(line);
      mapped.text += `${this.#textOf(record) ?? (await this.#events(record))}\n`;
      return typeof record === 'object' && record !== null && !Array.isArray(record);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      mapped.failures.push({ line: mapped.count, error, text: line });
      return false;
    }
  }

  /** A list of events is several lines. */
  async #events(record: Record<string, unknown>): Promise<string> {
    const result = await this.#mapping.evaluate(record, this.#now);
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
