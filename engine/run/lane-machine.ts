/**
 * The one state machine that runs a lane. It is the run: every effect is an actor that a state invokes, every wait and
 * every retry is a transition. YAML gives parameters, never states. No token, body or record enters its context.
 *
 *     planning -> authenticating -> fetching -> joining -> looking_up -> mapping -> validating -> writing -> checkpointing -> fetching
 *                      ^               |                        |                                                   |
 *                      |            waiting                  waiting                                         done | stopped
 *     and from wherever an effect fails: authenticating | waiting | parked | failed
 */
import { type AnyEventObject, assign, createMachine, fromPromise, type MachineConfig } from 'xstate';
import { EngineError, type ErrorKind } from '../errors.ts';
import { ATTEMPTS_MAX, WAIT_MAX_MS } from '../limits.ts';
import type { Place } from '../report/diagnostic.ts';

/** What an effect came to. The names say what the machine does next, not what the data is. */
export type Outcome =
  | { type: 'planned' }
  | { type: 'authenticated'; isAsking: boolean }
  | { type: 'page' }
  | { type: 'wait'; ms: number; why: string }
  | { type: 'list_read' }
  | { type: 'scan_finished' }
  | { type: 'slice_cut' }
  | { type: 'stored' }
  | { type: 'batch'; asks: boolean }
  | { type: 'asked' }
  | { type: 'looked_up' }
  | { type: 'mapped' }
  | { type: 'validated' }
  | { type: 'written'; more: boolean }
  | { type: 'committed'; finished: boolean; goesOn?: boolean };

/** The effects of a lane, each a plain function; what they work on stays with them. */
export interface LaneSteps {
  plan(): Promise<Outcome>;
  authenticate(): Promise<Outcome>;
  fetch(): Promise<Outcome>;
  join(): Promise<Outcome>;
  lookUp(): Promise<Outcome>;
  map(): Promise<Outcome>;
  validate(): Promise<Outcome>;
  write(): Promise<Outcome>;
  checkpoint(): Promise<Outcome>;
  /** Milliseconds before another attempt after this error. */
  waitAfter(error: EngineError, attempt: number): number;
  /** Whether what failed for good is something that records can do without. */
  canGoWithout(error: EngineError): boolean;
  goWithout(error: EngineError): void;
}

/** An error as the machine remembers it: what a person needs, nothing that was sent or received. */
export interface Problem {
  code: string;
  kind: ErrorKind;
  message: string;
  fix?: string;
  at?: Place;
}

export interface LaneContext {
  /** Failed attempts at the request in hand. */
  attempts: number;
  waitMs: number;
  waitingFor: string;
  problem: Problem | undefined;
  isStopping: boolean;
  /** The page in hand is not to be finished: what is under way is let go of. */
  isDropping: boolean;
}

/** Kinds of errors after which the lane can go on some other day as if nothing had happened. */
const PARKING: readonly ErrorKind[] = ['credentials', 'permission', 'rate_limit', 'transient', 'contract'];

/** Whatever is under way then says nothing of the lane any more. */
const DROPPED = { guard: 'isDropping', target: 'stopped' };

const ENDED = [
  { guard: 'canGoOnLater', target: 'parked', actions: 'rememberProblem' },
  { target: 'failed', actions: 'rememberProblem' },
];

const RETRIED = [
  { guard: 'isWorthAnotherAttempt', target: 'waiting', actions: 'rememberAttempt' },
  {
    guard: 'canGoWithout',
    target: 'authenticating',
    reenter: true,
    actions: ['goWithout', 'forgetAttempts'],
  },
  ...ENDED,
];

const ASKED = [{ guard: 'helpsNewToken', target: 'authenticating', actions: 'rememberRefusal' }, ...RETRIED];

/** The chart as data: states, transitions and the names of guards, actions and effects. */
export const laneChart: MachineConfig<LaneContext, AnyEventObject> = {
  id: 'lane',
  initial: 'planning',
  context: {
    attempts: 0,
    waitMs: 0,
    waitingFor: '',
    problem: undefined,
    isStopping: false,
    isDropping: false,
  },
  on: { STOP: { actions: 'rememberStop' }, DROP: { actions: 'rememberDrop' } },
  states: {
    planning: { invoke: { src: 'plan', onDone: { target: 'authenticating' }, onError: ENDED } },
    authenticating: {
      always: DROPPED,
      invoke: {
        src: 'authenticate',
        onDone: [{ guard: 'isAsking', target: 'looking_up' }, { target: 'fetching' }],
        onError: RETRIED,
      },
    },
    fetching: {
      always: DROPPED,
      invoke: {
        src: 'fetch',
        onDone: [
          { guard: { type: 'came', params: { to: 'page' } }, target: 'joining', actions: 'forgetAttempts' },
          { guard: { type: 'came', params: { to: 'wait' } }, target: 'waiting', actions: 'rememberWait' },
          // Another endpoint comes next, perhaps behind another door.
          {
            guard: { type: 'came', params: { to: 'list_read' } },
            target: 'authenticating',
            actions: 'forgetAttempts',
          },
          {
            guard: { type: 'came', params: { to: 'scan_finished' } },
            target: 'checkpointing',
            actions: 'forgetAttempts',
          },
          // Half of what was asked for comes first.
          {
            guard: { type: 'came', params: { to: 'slice_cut' } },
            target: 'planning',
            actions: 'forgetAttempts',
          },
        ],
        onError: ASKED,
      },
    },
    waiting: {
      // Also for a stop that came while the effect before the wait was at work.
      always: { guard: 'isStopping', target: 'stopped' },
      after: { wait: { target: 'authenticating' } },
    },
    joining: {
      invoke: {
        src: 'join',
        onDone: [
          { guard: 'hasQuestions', target: 'looking_up' },
          { guard: { type: 'came', params: { to: 'batch' } }, target: 'mapping' },
          // A page of a list to be joined: there is nothing to commit yet.
          { guard: 'isStopping', target: 'stopped' },
          { guard: { type: 'came', params: { to: 'stored' } }, target: 'fetching' },
        ],
        onError: ENDED,
      },
    },
    looking_up: {
      always: DROPPED,
      invoke: {
        src: 'lookUp',
        onDone: [
          {
            guard: { type: 'came', params: { to: 'asked' } },
            target: 'looking_up',
            reenter: true,
            actions: 'forgetAttempts',
          },
          { guard: { type: 'came', params: { to: 'wait' } }, target: 'waiting', actions: 'rememberWait' },
          {
            guard: { type: 'came', params: { to: 'looked_up' } },
            target: 'mapping',
            actions: 'forgetAttempts',
          },
        ],
        onError: ASKED,
      },
    },
    mapping: { invoke: { src: 'map', onDone: { target: 'validating' }, onError: ENDED } },
    validating: { invoke: { src: 'validate', onDone: { target: 'writing' }, onError: ENDED } },
    writing: {
      invoke: {
        src: 'write',
        onDone: [DROPPED, { guard: 'hasMoreBatches', target: 'joining' }, { target: 'checkpointing' }],
        onError: ENDED,
      },
    },
    checkpointing: {
      invoke: {
        src: 'checkpoint',
        onDone: [
          { guard: 'isFinished', target: 'done' },
          { guard: 'isStopping', target: 'stopped' },
          { guard: 'hasMoreSlices', target: 'planning' },
          { target: 'fetching' },
        ],
        onError: ENDED,
      },
    },
    done: { type: 'final' },
    stopped: { type: 'final' },
    parked: { type: 'final' },
    failed: { type: 'final' },
  },
};

/** What a machine that runs has at hand beside what it remembers. */
type Running = LaneContext & { steps: LaneSteps };

/** The machine of a chart: one for all lanes, each of which gives its own effects as input. */
export function machineOf(chart: typeof laneChart) {
  const effect = (run: (steps: LaneSteps) => Promise<Outcome>) =>
    fromPromise<Outcome, LaneSteps>(({ input }) => run(input));
  const states = Object.entries(chart.states ?? {}).map(([name, state]) => {
    const invoke = state.invoke && {
      ...state.invoke,
      input: ({ context }: { context: Running }) => context.steps,
    };
    return [name, { ...state, ...(invoke && { invoke }) }];
  });
  const running = {
    ...chart,
    context: ({ input }: { input: LaneSteps }) => ({ ...chart.context, steps: input }),
    states: Object.fromEntries(states),
  };
  return createMachine(running as MachineConfig<Running, AnyEventObject>).provide({
    actors: {
      plan: effect((steps) => steps.plan()),
      authenticate: effect((steps) => steps.authenticate()),
      fetch: effect((steps) => steps.fetch()),
      join: effect((steps) => steps.join()),
      lookUp: effect((steps) => steps.lookUp()),
      map: effect((steps) => steps.map()),
      validate: effect((steps) => steps.validate()),
      write: effect((steps) => steps.write()),
      checkpoint: effect((steps) => steps.checkpoint()),
    },
    guards: {
      came: ({ event }, params) => event.output.type === (params as { to: string }).to,
      isAsking: ({ event }) => event.output.isAsking === true,
      hasQuestions: ({ event }) => event.output.asks === true,
      hasMoreBatches: ({ event }) => event.output.more === true,
      isFinished: ({ event }) => event.output.finished === true,
      hasMoreSlices: ({ event }) => event.output.goesOn === true,
      isStopping: ({ context }) => context.isStopping,
      isDropping: ({ context }) => context.isDropping,
      helpsNewToken: ({ context, event }) => helpsNewToken(event.error, context.attempts),
      isWorthAnotherAttempt: ({ context, event }) => isWorthAnotherAttempt(event.error, context.attempts),
      canGoWithout: ({ context, event }) =>
        event.error instanceof EngineError && context.steps.canGoWithout(event.error),
      canGoOnLater: ({ event }) => event.error instanceof EngineError && PARKING.includes(event.error.kind),
    },
    delays: { wait: ({ context }) => context.waitMs },
    actions: {
      rememberWait: assign(({ event }) => ({ waitMs: event.output.ms, waitingFor: event.output.why })),
      rememberAttempt: assign(({ context, event }) => {
        const attempts = context.attempts + 1;
        return {
          attempts,
          waitMs: context.steps.waitAfter(event.error, attempts),
          waitingFor: event.error.message,
        };
      }),
      rememberRefusal: assign(({ context, event }) => ({
        attempts: context.attempts + 1,
        waitingFor: event.error.message,
      })),
      goWithout: ({ context, event }) => context.steps.goWithout(event.error),
      forgetAttempts: assign({ attempts: 0, waitMs: 0, waitingFor: '' }),
      rememberProblem: assign(({ event }) => ({ problem: problemOf(event.error) })),
      rememberStop: assign({ isStopping: true }),
      rememberDrop: assign({ isStopping: true, isDropping: true }),
    },
  });
}

/** Costs as much as some hundred transitions to make, so that it is made once. */
export const laneMachine = machineOf(laneChart);

function helpsNewToken(error: unknown, attempts: number): boolean {
  return error instanceof EngineError && error.retry === 'new_token' && hasAttemptLeft(attempts);
}

function isWorthAnotherAttempt(error: unknown, attempts: number): boolean {
  if (!(error instanceof EngineError) || !hasAttemptLeft(attempts)) return false;
  return error.retry === 'backoff' || (typeof error.retry === 'object' && error.retry.afterMs <= WAIT_MAX_MS);
}

/** The attempt that just failed is not among those counted. */
function hasAttemptLeft(attempts: number): boolean {
  return attempts + 1 < ATTEMPTS_MAX;
}

/** An error as a problem; one that is not ours is a bug of the engine and keeps its stack for the log of bugs only. */
export function problemOf(error: unknown): Problem {
  if (error instanceof EngineError) {
    return {
      code: error.code,
      kind: error.kind,
      message: error.message,
      ...(error.fix !== undefined && { fix: error.fix }),
      ...(error.at && { at: error.at }),
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal', kind: 'internal', message: text };
}
