/** A clock that stands still until a test moves it: a whole run can be played on it in milliseconds. */
import type { Clock } from '../../engine/env.ts';

interface Timer {
  dueMs: number;
  order: number;
  callback: () => void;
}

/** Also serves as the clock of an xstate actor. Timers of equal time run in the order they were set. */
export class SimulatedClock implements Clock {
  #elapsedMs = 0;
  #order = 0;
  readonly #startMs: number;
  readonly #timers = new Map<number, Timer>();

  /** @param startMs the wall clock's first reading, milliseconds since the Unix epoch */
  constructor(startMs = Date.UTC(2025, 0, 1)) {
    this.#startMs = startMs;
  }

  now = (): number => this.#startMs + this.#elapsedMs;

  monotonic = (): number => this.#elapsedMs;

  setTimeout = (callback: (...args: unknown[]) => void, ms: number): number => {
    const order = this.#order++;
    this.#timers.set(order, { dueMs: this.#elapsedMs + Math.max(0, ms), order, callback });
    return order;
  };

  clearTimeout = (handle: unknown): void => {
    this.#timers.delete(handle as number);
  };

  get pendingCount(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`: runs each timer that comes due at its time, with all that follows from it, in order. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    await settled();
    for (let next = this.#next(); next !== undefined && next.dueMs <= until; next = this.#next()) {
      await this.#fire(next);
    }
    this.#elapsedMs = until;
  }

  /**
   * Jumps from timer to timer until the work is done, and gives its result. Waits for real input and output only while no
   * timer is set: a timeout beside a real request would fire at once.
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const finish = () => {
      isDone = true;
    };
    work.then(finish, finish);
    for (await settled(); !isDone; await settled()) {
      const next = this.#next();
      if (next) await this.#fire(next);
    }
    return work;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (!first || timer.dueMs < first.dueMs) first = timer;
    }
    return first;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer.order);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    timer.callback();
    await settled();
  }
}

/** Returns once every microtask and `process.nextTick` that is due has run, and finished input has been delivered. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
