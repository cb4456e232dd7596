/** One evaluation: its input, its bindings, and what it may still spend. */
import type { Clock } from '../../../env.ts';
import { forgetNotes } from './callable.ts';
import { failure } from './errors.ts';
import type { Frame } from './frame.ts';
import { forgetFilled } from './grouping.ts';
import { begin, MemoryWatch } from './meter.ts';

export interface Budget {
  /** Milliseconds; 0 for no limit. */
  timeout: number;
  /** Open evaluations; 0 for no limit. */
  stack: number;
  /** Items. */
  sequence: number;
  /** Says what time it is where none is given, and how long an evaluation has taken. */
  clock: Pick<Clock, 'now' | 'monotonic'>;
}

export type EvaluateText = (run: Run, text: string, input: unknown, frame: Frame | undefined) => unknown;

/** Whether an evaluation calls functions of the caller: they may give promises, and are not to be called twice. */
export function hasFunctions(bindings: Record<string, unknown>): boolean {
  return Object.values(bindings).some((value) => typeof value === 'function');
}

/** The clock is read once in so many steps. */
export const STEPS_PER_CLOCK_CHECK = 1024;

/** Between two checks lies less: a process that was suspended meanwhile has not used the time that went by. */
const GAP_MAX_MS = 500;

export class Run {
  readonly budget: Budget;
  readonly input: unknown;
  readonly bindings: Record<string, unknown>;
  /** Open evaluations. */
  depth = 0;
  /** Rounds of loops and calls so far. */
  steps = 0;
  /** Whether objects are made without a prototype. */
  readonly makesBare: boolean;
  /** Thrown by a call in tail position: keeps its own place where it leaves the lambda. */
  tailError: unknown;
  /** On the clock's own scale; negative before the first check. */
  private checkedAt = -1;
  private took = 0;
  private memory: MemoryWatch | undefined;
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
    makesBare: boolean,
  ) {
    this.evaluateText = evaluateText;
    this.makesBare = makesBare;
    this.budget = budget;
    this.input = input;
    this.bindings = bindings;
    this.given = time;
    this.time = time;
    begin(this);
    forgetNotes();
    forgetFilled();
  }

  /** What `$now()` and `$millis()` give: one time for the whole evaluation. */
  now(): number {
    this.time ??= this.budget.clock.now();
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
    const { timeout, clock } = this.budget;
    const now = clock.monotonic();
    // The time before the first check is some microseconds: too little to ask the clock at each start.
    if (this.checkedAt >= 0) this.took += Math.min(now - this.checkedAt, GAP_MAX_MS);
    this.checkedAt = now;
    if (timeout > 0 && this.took > timeout) throw failure('D1012', { value: timeout });
    this.memory ??= new MemoryWatch();
    this.memory.look(now);
  }

  binding(name: string): unknown {
    return this.bindingOr(name, undefined);
  }

  bindingOr(name: string, otherwise: unknown): unknown {
    return Object.hasOwn(this.bindings, name) ? this.bindings[name] : otherwise;
  }
}
