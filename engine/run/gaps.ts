/** Which pages did a run pass over because they cannot be read? */
import type { Checkpoint, Gap } from '../checkpoint/checkpoint.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { EngineError } from '../errors.ts';
import type { UnreadPage } from '../fetch/walk.ts';
import { GAPS_KEPT_MAX, GAPS_PER_RUN_MAX } from '../limits.ts';
import type { ListPage } from './lists.ts';
import type { ScanPlan } from './scan-plan.ts';

export class Gaps {
  readonly #all: Gap[] = [];
  #committed = 0;

  /** Those that are committed. */
  get kept(): readonly Gap[] {
    return this.#all.slice(0, this.#committed);
  }

  /** A vendor of whose pages so many cannot be read has another problem than a page. */
  get isFull(): boolean {
    return this.#all.length >= GAPS_PER_RUN_MAX;
  }

  /** @param now milliseconds since the epoch */
  add(page: UnreadPage, endpoint: Endpoint, { from, to }: ScanPlan, error: EngineError, now: number): Gap {
    const gap: Gap = {
      at: now,
      endpoint: endpoint.name,
      page: page.number,
      ...(from !== undefined && { lo: from }),
      ...(to !== undefined && { hi: to }),
      code: error.code,
      reason: error.message,
    };
    this.#all.push(gap);
    return gap;
  }

  /** For the checkpoint that comes after another: the newest of all runs. */
  addedTo(before: Checkpoint | undefined): Pick<Checkpoint, 'gaps'> {
    const gaps = [...(before?.gaps ?? []), ...this.#all.slice(this.#committed)];
    return gaps.length > 0 ? { gaps: gaps.slice(-GAPS_KEPT_MAX) } : {};
  }

  committed(): void {
    this.#committed = this.#all.length;
  }
}

/** What the lane works on in place of the page. */
export function missingPage({ number }: UnreadPage, now: number): ListPage {
  return {
    number,
    count: 0,
    record: () => undefined,
    batch: () => ({ records: [], hash: () => '' }),
    fetchedAt: now,
    bytes: 0,
  };
}
