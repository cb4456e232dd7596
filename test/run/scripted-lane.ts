/** A lane whose effects come to what a test says, played on a simulated clock. */
import { createActor } from 'xstate';
import type { EngineError } from '../../engine/errors.ts';
import {
  type LaneContext,
  type LaneSteps,
  laneChart,
  machineOf,
  type Outcome,
} from '../../engine/run/lane-machine.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** What an effect does: comes to something, or fails. */
export type Act = Outcome | Error;

type Effect = Exclude<keyof LaneSteps, 'waitAfter' | 'canGoWithout' | 'goWithout'>;

/** By effect, what it does each time; what is not told is what happens on the straight way. */
export type Script = Partial<Record<Effect, Act[]>> & {
  /** Milliseconds after each error that is worth another attempt. */
  waits?: number[];
  /** Codes of errors that the lane can do without. */
  without?: string[];
  /** The operator asks to stop while this state is on for the n-th time (from 1). */
  stopIn?: [state: string, nth?: number];
  /** The same for the end of the time that the page in hand has after that. */
  dropIn?: [state: string, nth?: number];
};

export interface Played {
  /** Each state with the simulated time at which it began (milliseconds). */
  path: string[];
  /** The final state; `stuck` when nothing happens any more; `broken` when the machine itself failed. */
  end: string;
  problem?: string;
  contexts: LaneContext[];
  calls: Record<string, number>;
}

/** The straight way: a list of one page to join, then the stream's own list with one page in two batches. */
const STRAIGHT: Record<Effect, Outcome[]> = {
  plan: [{ type: 'planned' }],
  authenticate: [],
  fetch: [{ type: 'page' }, { type: 'list_read' }, { type: 'page' }, { type: 'scan_finished' }],
  join: [{ type: 'stored' }, { type: 'batch', asks: true }, { type: 'batch', asks: false }],
  lookUp: [{ type: 'asked' }, { type: 'looked_up' }],
  map: [],
  validate: [],
  write: [
    { type: 'written', more: true },
    { type: 'written', more: false },
  ],
  checkpoint: [
    { type: 'committed', finished: false },
    { type: 'committed', finished: true },
  ],
};

const ALWAYS: Partial<Record<Effect, Outcome>> = {
  map: { type: 'mapped' },
  validate: { type: 'validated' },
};

const STATES: Record<string, string> = {
  plan: 'planning',
  authenticate: 'authenticating',
  fetch: 'fetching',
  join: 'joining',
  lookUp: 'looking_up',
  map: 'mapping',
  validate: 'validating',
  write: 'writing',
  checkpoint: 'checkpointing',
};

export async function play(script: Script, chart: typeof laneChart = laneChart): Promise<Played> {
  const clock = new SimulatedClock(0);
  const calls: Record<string, number> = {};
  const [stopState, stopNth = 1] = script.stopIn ?? [];
  const [dropState, dropNth = 1] = script.dropIn ?? [];
  const waits = [...(script.waits ?? [])];
  const acts = new Map<string, Act[]>();
  let isAsking = false;
  const send = (type: string) => {
    if (actor.getSnapshot().status === 'active') actor.send({ type });
  };
  const stop = () => send('STOP');
  const effect = (name: Effect) => async (): Promise<Outcome> => {
    calls[name] = (calls[name] ?? 0) + 1;
    if (STATES[name] === stopState && calls[name] === stopNth) stop();
    if (STATES[name] === dropState && calls[name] === dropNth) send('DROP');
    const left = acts.get(name) ?? [...(script[name] ?? STRAIGHT[name])];
    acts.set(name, left);
    const act =
      left.shift() ??
      (name === 'authenticate' ? ({ type: 'authenticated', isAsking } as const) : ALWAYS[name]);
    if (act === undefined) throw new Error(`nothing is told for ${name} number ${calls[name]}`);
    if (act instanceof Error) throw act;
    if (act.type === 'batch') isAsking = act.asks;
    if (act.type === 'looked_up') isAsking = false;
    return act;
  };
  const steps = Object.fromEntries(Object.keys(STRAIGHT).map((name) => [name, effect(name as Effect)]));
  const lane = {
    ...steps,
    waitAfter: () => waits.shift() ?? 1_000,
    canGoWithout: ({ code }: EngineError) => (script.without ?? []).includes(code),
    goWithout: () => {},
  } as unknown as LaneSteps;
  const actor = createActor(machineOf(chart), { clock, input: lane });
  const played: Played = { path: [], end: 'stuck', contexts: [], calls };
  actor.subscribe({
    next: ({ value, context }) => {
      const { steps: _, ...remembered } = context;
      played.contexts.push(remembered);
      const at = `${value}@${clock.monotonic()}`;
      if (played.path.at(-1) !== at) played.path.push(at);
      if (value === 'waiting' && stopState === 'waiting') clock.setTimeout(stop, context.waitMs / 2);
    },
    complete: () => {
      played.end = String(actor.getSnapshot().value);
    },
    error: () => {
      played.end = 'broken';
    },
  });
  actor.start();
  // A day of simulated time is more than any script lasts; what still stands then stands for ever.
  for (let hour = 0; hour < 24 && played.end === 'stuck'; hour++) await clock.advance(3_600_000);
  const { problem } = actor.getSnapshot().context;
  actor.stop();
  return { ...played, ...(problem && { problem: `${problem.code}: ${problem.message}` }) };
}
