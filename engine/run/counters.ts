/** What a lane counted: for its summary, its checkpoint and its progress. */
import type { Counters as Counts } from '../checkpoint/checkpoint.ts';
import { EngineError } from '../errors.ts';
import { placeText } from '../report/format.ts';

/** As the records come. At each commit `records` are those that gave events, unchanged, filtered and dead ones together. */
export class Counters {
  pages = 0;
  bytes = 0;
  records = 0;
  joined = 0;
  events = 0;
  unchanged = 0;
  filtered = 0;
  dead = 0;
  /** Events that tell of a record that is gone. */
  removed = 0;
  /** The same at the last commit. */
  removedAtCommit = 0;
  /** Records that gave events, listed ones and those that are listed no more. */
  delivered = 0;
  /** Those that are listed no more. */
  removals = 0;
  retries = 0;
  waitedMs = 0;
  /** By error code: how often, and the first message with its place. */
  readonly rejections = new Map<string, { count: number; sample: string }>();
  /** By error code: what records went on without. */
  readonly missing = new Map<string, { count: number; sample: string }>();
  #atCommit: Counts = { pages: 0, records: 0, events: 0, unchanged: 0, filtered: 0, dead: 0 };

  /** Without the page in hand, which may never be committed. */
  get atCommit(): Readonly<Counts> {
    return this.#atCommit;
  }

  pageRead(bytes: number): void {
    this.pages++;
    this.bytes += bytes;
  }

  rejected(error: EngineError): void {
    this.dead++;
    note(this.rejections, error);
  }

  wentWithout(error: EngineError): void {
    note(this.missing, error);
  }

  retried(waitMs: number): void {
    this.retries++;
    this.waitedMs += waitMs;
  }

  waited(ms: number): void {
    this.waitedMs += ms;
  }

  worstRejection(): [string, { count: number; sample: string }] {
    const sorted = [...this.rejections].sort((a, b) => b[1].count - a[1].count);
    return sorted[0] ?? ['', { count: 0, sample: '' }];
  }

  /**
   * The lane's totals over all its runs, with what came since the last commit.
   * @param isReplay what came are records that are counted as dead
   */
  addedTo(before: Counts | undefined, isReplay = false): Counts {
    const now = this.#now();
    const totals = { ...now };
    for (const name of Object.keys(now) as (keyof Counts)[]) {
      totals[name] = (before?.[name] ?? 0) + now[name] - this.#atCommit[name];
    }
    if (isReplay) {
      const again = now.records - this.#atCommit.records;
      totals.records -= again;
      totals.dead = Math.max(totals.dead - again, 0);
    }
    return totals;
  }

  /**
   * Every record has come to one end and one only: a page in which that is not so must not be committed.
   * @throws EngineError `internal-conservation`
   */
  assertConserved(): void {
    const { records, removals, delivered, unchanged, filtered, dead } = this;
    const ended = delivered + unchanged + filtered + dead;
    if (records + removals === ended) return;
    throw new EngineError({
      code: 'internal-conservation',
      kind: 'internal',
      message: `${records} records listed and ${removals} gone, but ${ended} accounted for: ${delivered} delivered, ${unchanged} unchanged, ${filtered} filtered, ${dead} dead`,
      fix: 'report this as a bug: nothing of the page was committed',
    });
  }

  committed(): void {
    this.#atCommit = this.#now();
    this.removedAtCommit = this.removed;
  }

  #now(): Counts {
    const { pages, records, events, unchanged, filtered, dead } = this;
    return { pages, records, events, unchanged, filtered, dead };
  }
}

function note(errors: Map<string, { count: number; sample: string }>, error: EngineError): void {
  const known = errors.get(error.code);
  if (known) known.count++;
  else errors.set(error.code, { count: 1, sample: sampleOf(error) });
}

function sampleOf(error: EngineError): string {
  return error.at ? `${error.message} (${placeText(error.at)})` : error.message;
}
