/** Which records of the page in hand cannot become events, and are there so many that it is not their fault? */
import { hash } from 'node:crypto';
import type { Gap } from '../checkpoint/checkpoint.ts';
import { formatInstant, instantOfMs } from '../checkpoint/instant.ts';
import type { LaneStore } from '../checkpoint/lane-store.ts';
import type { Stream } from '../compile/connector.ts';
import { wholeOf } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import type { UnreadPage } from '../fetch/walk.ts';
import { DEAD_RECORDS_PER_PAGE_MAX, DEAD_SHARE_PER_PAGE_MAX } from '../limits.ts';
import type { Mapping } from '../map/evaluate.ts';
import { placeText } from '../report/format.ts';
import type { DeadLetter } from '../write/dead-letters.ts';
import type { Counters } from './counters.ts';
import type { Item } from './item.ts';

/** A page with fewer dead records than this never stops a lane: one bad record of three is no broken mapping. */
const DEAD_RECORDS_TO_JUDGE = 50;

/** What all letters of a lane tell of it. */
export interface RejectingLane {
  name: string;
  stream: Stream;
  now: number;
  store: Pick<LaneStore, 'id'>;
  mapping: Pick<Mapping, 'source'>;
}

export class Rejections {
  readonly #about: RejectingLane;
  readonly #counters: Counters;
  #letters: DeadLetter[] = [];
  #inPage = 0;
  #hash: string | undefined;
  #pageRecords = 0;

  constructor(about: RejectingLane, counters: Counters) {
    this.#about = about;
    this.#counters = counters;
  }

  beginPage(records: number): void {
    this.#inPage = 0;
    this.#pageRecords = records;
  }

  /** @param item what is known of the record by then */
  add(
    record: unknown,
    stage: DeadLetter['stage'],
    error: EngineError,
    item?: Pick<Item, 'key' | 'type' | 'version'>,
  ): void {
    const { name, stream, now, store } = this.#about;
    this.#inPage++;
    this.#counters.rejected(error);
    this.#letters.push({
      at: formatInstant(instantOfMs(now), 3),
      lane: name,
      stream: stream.name,
      stage,
      code: error.code,
      message: error.message,
      ...(error.at && { where: placeText(error.at) }),
      ...(item && { key: item.key, change: item.type, version: item.version, state: store.id }),
      mapping: this.#mappingHash(),
      record: wholeOf(record),
    });
  }

  /** A page that was passed over: no record of it is known, so none is counted. */
  addGap(gap: Gap, { raw, length }: UnreadPage): void {
    const { name, stream } = this.#about;
    const { at, code, reason, ...where } = gap;
    this.#letters.push({
      at: formatInstant(instantOfMs(at), 3),
      lane: name,
      stream: stream.name,
      stage: 'decode',
      code,
      message: reason,
      record: { ...where, bytes: length ?? null, base64: Buffer.from(raw).toString('base64') },
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

  /** Made with the first letter: most runs have none. */
  #mappingHash(): string {
    this.#hash ??= hash('sha256', this.#about.mapping.source.text).slice(0, 16);
    return this.#hash;
  }
}
