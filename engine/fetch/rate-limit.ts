/** May the next call of an application leave now? Its calls counted over sliding windows, first come first served. */
import type { Clock } from '../env.ts';

/** At most `calls` in any `per_ms` milliseconds. */
export interface RateWindow {
  calls: number;
  per_ms: number;
}

interface Waiter {
  leave: () => void;
}

/**
 * One application key's budget, shared by all lanes of that key. No sliding window ever holds more than its calls: a call
 * leaves only when the call `calls` before it is `per_ms` old. Remembers as many calls as the largest window has.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #windows: readonly RateWindow[];
  /** Monotonic times of the last calls, as a ring. */
  readonly #times: Float64Array;
  #count = 0;
  #blockedUntil = Number.NEGATIVE_INFINITY;
  readonly #queue: Waiter[] = [];
  #timer: unknown;

  /** @param windows none for no limit; `blockUntil` holds all the same */
  constructor(windows: readonly RateWindow[], clock: Clock) {
    this.#clock = clock;
    this.#windows = windows;
    this.#times = new Float64Array(Math.max(0, ...windows.map((window) => window.calls)));
  }

  /** As many calls as may ever leave at once; Infinity without a limit. */
  get most(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#windows.map(({ calls }) => calls));
  }

  /**
   * 0 when the calls are counted and may leave now; else the milliseconds after which to ask again, nothing counted.
   * @param count calls that leave together, such as the questions of a batch: at most `most`
   */
  reserve(count = 1): number {
    const wait = this.#wait(count);
    // Whoever queues in `acquire` came first, even if the timer that wakes them is a moment late.
    if (wait === 0 && this.#queue.length > 0) return 1;
    if (wait === 0) for (let noted = 0; noted < count; noted++) this.#note();
    return wait;
  }

  /** Returns when the call may leave, in the order of asking; the call is counted then. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(signal?.reason);
        this.#pump();
      };
      const waiter: Waiter = {
        leave: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(waiter);
      this.#pump();
    });
  }

  /** Holds every call of the key until this monotonic time, as Retry-After asks. An earlier time than before changes nothing. */
  blockUntil(monotonicMs: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, monotonicMs);
  }

  #pump(): void {
    this.#clock.clearTimeout(this.#timer);
    while (this.#queue.length > 0) {
      const wait = this.#wait();
      if (wait > 0) {
        this.#timer = this.#clock.setTimeout(() => this.#pump(), wait);
        return;
      }
      this.#note();
      this.#queue.shift()?.leave();
    }
  }

  #wait(count = 1): number {
    if (count > this.most) throw new RangeError(`${count} calls never leave together, ${this.most} do`);
    const now = this.#clock.monotonic();
    let at = Math.max(now, this.#blockedUntil);
    for (const { calls, per_ms } of this.#windows) {
      // The last of them leaves when the call `calls` before it is old enough.
      const before = this.#count + count - 1 - calls;
      if (before < 0) continue;
      const oldest = this.#times[before % this.#times.length] ?? now;
      at = Math.max(at, oldest + per_ms);
    }
    return at - now;
  }

  #note(): void {
    if (this.#times.length > 0) this.#times[this.#count % this.#times.length] = this.#clock.monotonic();
    this.#count++;
  }
}
