/** What a long run is doing, on standard error: redrawn on a terminal, a line at a time elsewhere. */
import { createLogUpdate } from 'log-update';
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
  text: string;
}

export class Progress {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();
  readonly #update = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  readonly #startedAt: number;
  #drawnAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  show(transition: Transition, context: LaneContext, counters: Counters): void {
    const now = this.#clock.monotonic();
    const row = this.#rows.get(transition.lane) ?? { startedAt: now, saidAt: now, text: '' };
    this.#rows.set(transition.lane, row);
    row.text = this.#rowText(transition, context, counters, now - row.startedAt);
    if (this.#update) {
      if (now - this.#startedAt < QUIET_MS || now - this.#drawnAt < REDRAW_MS) return;
      this.#drawnAt = now;
      this.#update([...this.#rows.values()].map(({ text }) => text).join('\n'));
      return;
    }
    const isNews = transition.to === 'waiting' && context.waitMs > QUIET_MS;
    if (!isNews && now - row.saidAt < LINE_MS) return;
    row.saidAt = now;
    say(row.text);
  }

  close(): void {
    this.#update?.clear();
  }

  #rowText(transition: Transition, context: LaneContext, counters: Counters, ms: number): string {
    const rate = ms > 1_000 ? `${Math.round((counters.records * 1_000) / ms)}/s` : '';
    const doing =
      transition.to === 'waiting'
        ? `waiting ${formatDuration(context.waitMs)}: ${context.waitingFor}`
        : transition.to;
    const read =
      counters.records === 0 && counters.joined > 0
        ? `${count(counters.joined)} to join`
        : `${count(counters.records)} records`;
    const dead = counters.dead > 0 ? `   ${count(counters.dead)} rejected` : '';
    return `${transition.lane}   page ${counters.pages}   ${read}   ${count(counters.events)} events${dead}   ${rate}   ${doing}`;
  }
}

/** A number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
