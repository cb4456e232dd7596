/** May the next call of an application leave now? Its calls counted over sliding windows. */
import type { Clock } from '../env.ts';
import { EngineError } from '../errors.ts';
import type { CallLedger } from './call-ledger.ts';

/** At most `calls` in any `per_ms` milliseconds. */
export interface RateWindow {
  calls: number;
  per_ms: number;
}

/**
 * One application key's budget, shared by all lanes of that key. No sliding window ever holds more than its calls: a call
 * leaves only when the call `calls` before it is `per_ms` old. Remembers as many calls as the largest window has.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #windows: readonly RateWindow[];
  readonly #ledger: CallLedger | undefined;
  /** Monotonic times of the last calls, as a ring. */
  readonly #times: Float64Array;
  #count = 0;
  #blockedUntil = Number.NEGATIVE_INFINITY;
  #isLedgerRead = false;
  /** A block that is being told to others. */
  #telling: Promise<void> | undefined;

  /**
   * @param windows none for no limit; `hold` holds all the same
   * @param ledger of the calls of other processes; without it this one is taken to be alone
   */
  constructor(windows: readonly RateWindow[], clock: Clock, ledger?: CallLedger) {
    this.#clock = clock;
    this.#windows = windows;
    this.#ledger = ledger;
    this.#times = new Float64Array(Math.max(0, ...windows.map((window) => window.calls)));
  }

  /** As many calls as may ever leave at once; Infinity without a limit. */
  get most(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#windows.map(({ calls }) => calls));
  }

  /** How long no call may leave because the vendor asked for that, in milliseconds. */
  get blockedMs(): number {
    return Math.max(0, this.#blockedUntil - this.#clock.monotonic(), this.#ledger?.blockedMs ?? 0);
  }

  /**
   * 0 when the calls are counted and may leave now; else the milliseconds after which to ask again, nothing counted.
   * @param count calls that leave together, such as the questions of a batch: at most `most`
   * @throws EngineError `state-unwritable` where others cannot be told of the calls
   */
  async reserve(count = 1): Promise<number> {
    await this.#telling;
    if (this.#ledger && !this.#isLedgerRead) {
      await this.#ledger.tell(count);
      this.#isLedgerRead = true;
    }
    for (;;) {
      const wait = this.#wait(count);
      if (wait > 0) return wait;
      if (!this.#ledger || this.#ledger.take(count)) break;
      await this.#ledger.tell(count);
    }
    for (let noted = 0; noted < count; noted++) this.#note();
    return 0;
  }

  /** Holds every call of the key for so long, those of other processes as well. A time that ends earlier than one before changes nothing. */
  hold(ms: number): void {
    const until = this.#clock.monotonic() + ms;
    if (until <= this.#blockedUntil) return;
    this.#blockedUntil = until;
    if (!this.#ledger || ms < TOLD_FROM_MS) return;
    this.#telling = this.#ledger.block(ms);
    // Whoever reserves next is told of an error.
    this.#telling.catch(() => {});
  }

  /** Where an error says that there were too many calls, and for how long none may follow (Retry-After): whoever shares them is held. */
  heed(error: unknown): void {
    if (!(error instanceof EngineError) || error.kind !== 'rate_limit') return;
    if (typeof error.retry === 'object') this.hold(error.retry.afterMs);
  }

  /** The calls of this process are all made. */
  async close(): Promise<void> {
    await this.#ledger?.close();
  }

  #wait(count: number): number {
    if (count > this.most) throw new RangeError(`${count} calls never leave together, ${this.most} do`);
    const now = this.#clock.monotonic();
    let at = now + this.blockedMs;
    const others = this.#ledger?.otherCalls ?? [];
    for (const { calls, per_ms } of this.#windows) {
      // The last of them leaves when the call `calls` before it is old enough.
      const oldest =
        others.length > 0 ? this.#merged(others, count - 1 - calls) : this.#own(count - 1 - calls);
      if (oldest !== undefined) at = Math.max(at, oldest + per_ms);
    }
    return at - now;
  }

  /** The time of an own call; -1 is the last one. */
  #own(fromEnd: number): number | undefined {
    const index = this.#count + fromEnd;
    return index < 0 ? undefined : this.#times[index % this.#times.length];
  }

  /** The same, of all calls in the order of their times. */
  #merged(others: readonly number[], fromEnd: number): number | undefined {
    const all = [...others, ...this.#times.slice(0, Math.min(this.#count, this.#times.length))];
    return all.sort((a, b) => a - b).at(fromEnd);
  }

  #note(): void {
    if (this.#times.length > 0) this.#times[this.#count % this.#times.length] = this.#clock.monotonic();
    this.#count++;
  }
}

/** A shorter block is over before another process is there. */
const TOLD_FROM_MS = 1_000;
