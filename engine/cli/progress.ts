/** What a long run is doing, on standard error: redrawn on a terminal, a line at a time elsewhere. */
import type { createLogUpdate } from 'log-update';
import { formatDuration } from '../compile/duration.ts';
import type { Clock } from '../env.ts';
import type { Counters } from '../run/counters.ts';
import type { LaneContext } from '../run/lane-machine.ts';
import type { Transition } from '../run/run-lane.ts';
import { say } from './terminal.ts';

/** Nothing is said of a run that is over before this. */
const QUIET_MS = 500;
const REDRAW_MS = 125;
/** Where nothing can be redrawn, a lane speaks this often at most; waits and ends are said at once. */
const LINE_MS = 30_000;

interface Row {
  startedAt: number;
  saidAt: number;
  /** What the lane does; put into words only where they are shown. */
  transition: Transition;
  waitMs: number;
  waitingFor: string;
  counters: Counters;
}

export class Progress {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  readonly #startedAt: number;
  #drawnAt = 0;

  private constructor(clock: Clock, update?: ReturnType<typeof createLogUpdate>) {
    this.#clock = clock;
    this.#update = update;
    this.#startedAt = clock.monotonic();
  }

  /** Loads what redraws only for a terminal: its tables of characters are a part of the start that no pipe needs. */
  static async start(clock: Clock): Promise<Progress> {
    if (!process.stderr.isTTY) return new Progress(clock);
    const { createLogUpdate } = await import('log-update');
    return new Progress(clock, createLogUpdate(process.stderr));
  }

  show(transition: Transition, context: LaneContext, counters: Counters): void {
    const now = this.#clock.monotonic();
    const { startedAt, saidAt } = this.#rows.get(transition.lane) ?? { startedAt: now, saidAt: now };
    // Not the context itself: it would keep what it holds of a page.
    const { waitMs, waitingFor } = context;
    const row: Row = { startedAt, saidAt, transition, waitMs, waitingFor, counters };
    this.#rows.set(transition.lane, row);
    if (this.#update) {
      if (now - this.#startedAt < QUIET_MS || now - this.#drawnAt < REDRAW_MS) return;
      this.#drawnAt = now;
      this.#update([...this.#rows.values()].map((each) => rowText(each, now)).join('\n'));
      return;
    }
    const isNews = transition.to === 'waiting' && waitMs > QUIET_MS;
    if (!isNews && now - row.saidAt < LINE_MS) return;
    row.saidAt = now;
    say(rowText(row, now));
  }

  close(): void {
    this.#update?.clear();
  }
}

function rowText({ startedAt, transition, waitMs, waitingFor, counters }: Row, now: number): string {
  const ms = now - startedAt;
  const rate = ms > 1_000 ? `${Math.round((counters.records * 1_000) / ms)}/s` : '';
  const doing =
    transition.to === 'waiting' ? `waiting ${formatDuration(waitMs)}: ${waitingFor}` : transition.to;
  const read =
    counters.records === 0 && counters.joined > 0
      ? `${count(counters.joined)} to join`
      : `${count(counters.records)} records`;
  const dead = counters.dead > 0 ? `   ${count(counters.dead)} rejected` : '';
  return `${transition.lane}   page ${counters.pages}   ${read}   ${count(counters.events)} events${dead}   ${rate}   ${doing}`;
}

/** A number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
