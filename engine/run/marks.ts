/** How far has a lane come in time? The instants in its records, and what its checkpoint keeps of them. */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { addMilliseconds, formatInstant, instantOfMs, parseInstant } from '../checkpoint/instant.ts';
import type { Cursor, Stream } from '../compile/connector.ts';
import { valueAt } from '../definition/path.ts';
import { timestampRank } from '../join/rank.ts';
import { type ScanPlan, watermarkAfter } from './scan-plan.ts';

/** What a checkpoint says of time. */
type Remembered = Pick<Checkpoint, 'watermark' | 'sweepFinishedAt' | 'newest'>;

/** How long a record that is gone is known to be. */
const GONE_KNOWN_MS = 90 * 24 * 3600 * 1000;

export class Marks {
  readonly #stream: Stream;
  readonly #before: Remembered;
  readonly #scan: ScanPlan;
  readonly #now: number;
  /** The same as an instant. */
  readonly #bound: bigint;
  readonly #greatestCursor = new Greatest();
  readonly #newestEmitted = new Greatest();

  /** @param now bound of the slice, in milliseconds since the epoch: later instants are a clock gone wrong */
  constructor(stream: Stream, before: Remembered | undefined, scan: ScanPlan, now: number) {
    this.#stream = stream;
    this.#before = before ?? {};
    this.#scan = scan;
    this.#now = now;
    this.#bound = instantOfMs(now);
  }

  noteSeen(record: unknown): void {
    this.#greatestCursor.note(record, this.#stream.cursor?.field, this.#bound);
  }

  noteEmitted(record: unknown): void {
    this.#newestEmitted.note(record, this.#stream.onlyNew?.field);
  }

  /** By the rule `only_new`: is the record at or after the newest one that earlier scans emitted? */
  isNew(record: unknown): boolean {
    const newest = parseInstant(this.#before.newest?.[this.#stream.onlyNew?.name ?? '']);
    if (newest === undefined) return true;
    const instant = instantAt(record, this.#stream.onlyNew?.field);
    return instant !== undefined && instant >= newest;
  }

  /** Nothing moves before the scan has come to its end: one that breaks off is asked again from the same place. */
  remembered(isFinished: boolean): Remembered {
    if (!isFinished) {
      const { watermark, sweepFinishedAt, newest } = this.#before;
      return present({ watermark, sweepFinishedAt, newest });
    }
    const { cursor } = this.#stream;
    const { watermark, sweepFinishedAt } = this.#before;
    return present({
      watermark: cursor && watermarkAfter(this.#scan, watermark, this.#greatest(cursor), cursor),
      sweepFinishedAt: this.#scan.kind === 'full' && !this.#scan.goesOn ? this.#now : sweepFinishedAt,
      newest: this.#newestAfter(),
    });
  }

  /** For what an append-only stream has seen, so that it can be forgotten in time. */
  rankOf(record: unknown): string | undefined {
    const { cursor } = this.#stream;
    if (!cursor?.field || cursor.sweepMs !== undefined) return undefined;
    return timestampRank(valueAt(record, cursor.field)) || undefined;
  }

  /**
   * What can be forgotten: what an append-only stream has seen is needed only as far back as it asks again, and of what is
   * gone is known long enough that it has not come back from an older list.
   */
  prune(watermark: string | undefined): { pruneBefore?: string; pruneGoneBefore?: string } {
    const { cursor, removed } = this.#stream;
    const gone = removed && { pruneGoneBefore: rankBefore(this.#bound, GONE_KNOWN_MS) };
    const instant = parseInstant(watermark);
    if (!cursor?.field || cursor.sweepMs !== undefined || instant === undefined) return { ...gone };
    return { ...gone, pruneBefore: rankBefore(instant, cursor.overlapMs) };
  }

  /** Without an instant in the records it is the time of the run that moves forward. */
  #greatest(cursor: Cursor): bigint | undefined {
    return cursor.field ? this.#greatestCursor.instant : this.#bound;
  }

  #newestAfter(): Record<string, string> | undefined {
    const { newest } = this.#before;
    const name = this.#stream.onlyNew?.name;
    const emitted =
      name === undefined ? undefined : later(this.#newestEmitted.instant, parseInstant(newest?.[name]));
    if (name === undefined || emitted === undefined) return newest;
    return { ...newest, [name]: formatInstant(emitted, 9) };
  }
}

/** The greatest of many instants: most are told to be earlier by their text. */
class Greatest {
  instant: bigint | undefined;
  /** The same as it was written. */
  #text = '';

  /** @param bound what is later does not count */
  note(record: unknown, field: readonly string[] | undefined, bound?: bigint): void {
    const text = field && valueAt(record, field);
    if (typeof text !== 'string' || isEarlier(text, this.#text)) return;
    const instant = parseInstant(text);
    if (instant === undefined || (bound !== undefined && instant > bound)) return;
    if (this.instant !== undefined && instant <= this.instant) return;
    this.instant = instant;
    this.#text = text;
  }
}

/** Whole seconds of RFC 3339 text. */
const SECONDS = 19;

/** Of two instants in UTC their text tells, up to the second; what is no instant is passed over either way. */
function isEarlier(text: string, greatest: string): boolean {
  if (!text.endsWith('Z') || !greatest.endsWith('Z') || text[10] !== greatest[10]) return false;
  let at = 0;
  while (at < SECONDS && text.charCodeAt(at) === greatest.charCodeAt(at)) at++;
  return at < SECONDS && text.charCodeAt(at) < greatest.charCodeAt(at);
}

/** In whole seconds, as bounds are sent: what is asked for again is still known. */
function rankBefore(instant: bigint, ms: number): string {
  return timestampRank(formatInstant(addMilliseconds(instant, -ms)));
}

function instantAt(record: unknown, field: readonly string[] | undefined): bigint | undefined {
  return field === undefined ? undefined : parseInstant(valueAt(record, field));
}

function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function present(remembered: { [K in keyof Remembered]: Remembered[K] | undefined }): Remembered {
  return Object.fromEntries(Object.entries(remembered).filter(([, value]) => value !== undefined));
}
