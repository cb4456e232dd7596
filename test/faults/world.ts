/** The one time that all of a schedule lives in: it jumps from timer to timer, and stands still while anything is at work. */
import { isDecoding } from './decoding.ts';

/** What the world's clock shows at the beginning, in milliseconds since the Unix epoch. */
export const EPOCH = Date.UTC(2026, 0, 1);

interface Timer {
  dueMs: number;
  order: number;
  owner: object | undefined;
  callback: () => void;
}

/** Nothing is at work, no timer is set, and the work has not come to its end. */
export class Stuck extends Error {}

/** Turns of the event loop that a decoder may take. */
const TURNS_MAX = 1_000_000;

export class World {
  #elapsedMs = 0;
  #order = 0;
  readonly #timers = new Map<number, Timer>();

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.#elapsedMs;
  }

  /** True time, in milliseconds since the Unix epoch. */
  get now(): number {
    return EPOCH + this.#elapsedMs;
  }

  set(ms: number, callback: () => void, owner?: object): number {
    const order = this.#order++;
    this.#timers.set(order, { dueMs: this.#elapsedMs + Math.max(0, Math.ceil(ms)), order, owner, callback });
    return order;
  }

  clear(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** Whatever an owner waits for never comes. */
  forget(owner: object): void {
    for (const { order, owner: other } of this.#timers.values())
      if (other === owner) this.#timers.delete(order);
  }

  /** An owner is stopped: what comes due for it meanwhile comes at the end. */
  suspend(owner: object, ms: number): void {
    const until = this.#elapsedMs + ms;
    for (const timer of this.#timers.values()) {
      if (timer.owner === owner && timer.dueMs < until) timer.dueMs = until;
    }
  }

  /** Plays until the work is done, and gives its result. @throws Stuck; Error when it takes longer than `limitMs` */
  async play<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const until = this.#elapsedMs + limitMs;
    let isDone = false;
    const finish = () => {
      isDone = true;
    };
    work.then(finish, finish);
    for (await settled(); !isDone; await settled()) {
      const next = this.#next();
      if (!next) throw new Stuck('nothing happens any more, and the run has not come to its end');
      if (next.dueMs > until) throw new Stuck(`the run goes on after ${limitMs} ms`);
      this.#fire(next);
    }
    return work;
  }

  /** Lets time pass between runs. */
  async pass(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    await settled();
    for (let next = this.#next(); next && next.dueMs <= until; next = this.#next()) {
      this.#fire(next);
      await settled();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, until);
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (!first || timer.dueMs < first.dueMs) first = timer;
    }
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer.order);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    timer.callback();
  }
}

/** Returns once all that can happen without time passing has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (turn > 0 && !isDecoding()) return;
  }
  throw new Stuck('a decoder never comes to its end');
}
