/** One evaluation: its input, its bindings, and what it may still spend. */
import { failure } from './errors.ts';
import type { Frame } from './frame.ts';

export interface Budget {
  /** Milliseconds; 0 for no limit. */
  timeout: number;
  /** Open evaluations; 0 for no limit. */
  stack: number;
  /** Items. */
  sequence: number;
}

export type EvaluateText = (run: Run, text: string, input: unknown, frame: Frame | undefined) => unknown;

/** The clock is read once in so many steps. */
export const STEPS_PER_CLOCK_CHECK = 1024;

export class Run {
  readonly budget: Budget;
  readonly input: unknown;
  readonly bindings: Record<string, unknown>;
  /** Open evaluations. */
  depth = 0;
  /** Rounds of loops and calls so far. */
  steps = 0;
  /** Thrown by a call in tail position: keeps its own place where it leaves the lambda. */
  tailError: unknown;
  private started = 0;
  /** The time that the caller gave, in milliseconds since the epoch. */
  readonly given: number | undefined;
  private time: number | undefined;

  /** Runs a text for `$eval`; see `compile.ts`. */
  readonly evaluateText: EvaluateText;

  constructor(
    budget: Budget,
    input: unknown,
    bindings: Record<string, unknown>,
    time: number | undefined,
    evaluateText: EvaluateText,
  ) {
    this.evaluateText = evaluateText;
    this.budget = budget;
    this.input = input;
    this.bindings = bindings;
    this.given = time;
    this.time = time;
  }

  /** What `$now()` and `$millis()` give: one time for the whole evaluation. */
  now(): number {
    this.time ??= Date.now();
    return this.time;
  }

  step(): void {
    if ((++this.steps & (STEPS_PER_CLOCK_CHECK - 1)) === 0) this.checkClock();
  }

  /** Opens `count` evaluations; the caller subtracts them from `depth` when they are done. */
  enter(count: number): void {
    this.depth += count;
    const { stack } = this.budget;
    if (stack > 0 && this.depth > stack) throw failure('D1011', { value: stack });
    if ((++this.steps & (STEPS_PER_CLOCK_CHECK - 1)) === 0) this.checkClock();
  }

  checkClock(): void {
    const { timeout } = this.budget;
    if (timeout <= 0) return;
    // The time before the first check is some microseconds: too little to ask the clock at each start.
    if (this.started === 0) this.started = Date.now();
    else if (Date.now() - this.started > timeout) throw failure('D1012', { value: timeout });
  }

  binding(name: string): unknown {
    return this.bindingOr(name, undefined);
  }

  bindingOr(name: string, otherwise: unknown): unknown {
    return Object.hasOwn(this.bindings, name) ? this.bindings[name] : otherwise;
  }
}
