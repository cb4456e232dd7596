/** Which records of the page in hand cannot become events, and are there so many that it is not their fault? */
import { formatInstant } from '../checkpoint/instant.ts';
import type { Stream } from '../compile/connector.ts';
import { wholeOf } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { DEAD_RECORDS_PER_PAGE_MAX, DEAD_SHARE_PER_PAGE_MAX } from '../limits.ts';
import { placeText } from '../report/format.ts';
import type { DeadLetter } from '../write/dead-letters.ts';
import type { Counters } from './counters.ts';

/** A page with fewer dead records than this never stops a lane: one bad record of three is no broken mapping. */
const DEAD_RECORDS_TO_JUDGE = 50;

export class Rejections {
  readonly #about: { name: string; stream: Stream; now: number };
  readonly #counters: Counters;
  #letters: DeadLetter[] = [];
  #inPage = 0;
  #pageRecords = 0;

  constructor(about: { name: string; stream: Stream; now: number }, counters: Counters) {
    this.#about = about;
    this.#counters = counters;
  }

  beginPage(records: number): void {
    this.#inPage = 0;
    this.#pageRecords = records;
  }

  add(record: unknown, stage: DeadLetter['stage'], error: EngineError, key?: string): void {
    this.#inPage++;
    this.#counters.rejected(error);
    this.#letters.push({
      at: formatInstant(BigInt(this.#about.now) * 1_000_000n, 3),
      lane: this.#about.name,
      stage,
      code: error.code,
      message: error.message,
      ...(error.at && { where: placeText(error.at) }),
      ...(key !== undefined && { key }),
      record: wholeOf(record),
    });
  }

  /** Those since the last time. */
  take(): DeadLetter[] {
    const letters = this.#letters;
    this.#letters = [];
    return letters;
  }

  /**
   * Most of a page dead is a broken mapping, not broken data: nothing of the page is to be committed.
   * @throws EngineError `data-too-many-dead`
   */
  refuseBrokenMapping(): void {
    const count = this.#pageRecords;
    const dead = this.#inPage;
    const isTooMany =
      dead > DEAD_RECORDS_PER_PAGE_MAX ||
      (dead >= DEAD_RECORDS_TO_JUDGE && dead > count * DEAD_SHARE_PER_PAGE_MAX);
    if (!isTooMany) return;
    const [code, { count: times, sample }] = this.#counters.worstRejection();
    throw new EngineError({
      code: 'data-too-many-dead',
      kind: 'data',
      message: `${dead} of ${count} records of a page cannot be mapped; most often (${times} times) \`${code}\`: ${sample}`,
      fix: 'correct the mapping, try it with `tributary dry-run`, then run again: nothing of this page was committed',
      at: this.#about.stream.at,
    });
  }
}
