/** Which edges does the machine of a lane have, and which were a process killed on? Read from the chart itself. */
import { laneChart } from '../../engine/run/lane-machine.ts';

/** `from >cause> to`; the cause is `done`, `error`, `after` or `always`. */
export type Edge = string;

const NO_SUCH_ERROR = 'what fails there is no fault that passes by itself';
const ONLY_BUGS = 'what a record fails on makes a dead letter; anything else is a bug of the engine';
const NOT_TOLD = 'a state that is entered again is not told; kills in the middle of its effect are counted';

/** Edges that no fault leads to, or that a run does not tell, each with the reason. */
export const NOT_TAKEN: Readonly<Record<Edge, string>> = {
  'planning >error> parked': NO_SUCH_ERROR,
  'joining >error> parked': NO_SUCH_ERROR,
  'mapping >error> parked': NO_SUCH_ERROR,
  'validating >error> parked': NO_SUCH_ERROR,
  'writing >error> parked': NO_SUCH_ERROR,
  'checkpointing >error> parked': NO_SUCH_ERROR,
  'mapping >error> failed': ONLY_BUGS,
  'validating >error> failed': ONLY_BUGS,
  'looking_up >done> looking_up': NOT_TOLD,
  'authenticating >error> authenticating': NOT_TOLD,
};

interface State {
  invoke?: { onDone?: unknown; onError?: unknown };
  after?: Record<string, unknown>;
  always?: unknown;
}

function edgesOfChart(): Edge[] {
  const edges = new Set<Edge>();
  for (const [from, state] of Object.entries(laneChart.states ?? {})) {
    const { invoke, after, always } = state as State;
    const add = (cause: string, transitions: unknown) => {
      for (const { target } of listOf(transitions)) if (target) edges.add(`${from} >${cause}> ${target}`);
    };
    add('done', invoke?.onDone);
    add('error', invoke?.onError);
    for (const transition of Object.values(after ?? {})) add('after', transition);
    add('always', always);
  }
  return [...edges];
}

const CAUSES = ['done', 'error', 'after'];
/** Every edge of the chart, once. */
export const EDGES: readonly Edge[] = edgesOfChart();

function listOf(transitions: unknown): { target?: string }[] {
  if (transitions === undefined) return [];
  return (Array.isArray(transitions) ? transitions : [transitions]) as { target?: string }[];
}

/** By what a transition told: the edges that it took. There are as few of them as edges. */
const TAKEN = new Map<string, Edge[]>();

/** The edges that a transition took, as a run tells it: of a state that is left at once for another nothing is told. */
export function edgesOf({ from, to, event }: { from: string; to: string; event: string }): Edge[] {
  const cause = CAUSES.find((one) => event.startsWith(one)) ?? 'always';
  const told = `${from} >${cause}> ${to}`;
  const taken = TAKEN.get(told) ?? edgesTo(to, `${from} >${cause}> `);
  TAKEN.set(told, taken);
  return taken;
}

function edgesTo(to: string, start: string): Edge[] {
  if (EDGES.includes(start + to)) return [start + to];
  for (const edge of EDGES) {
    if (!edge.startsWith(start)) continue;
    const second = `${edge.slice(start.length)} >always> ${to}`;
    if (EDGES.includes(second)) return [edge, second];
  }
  return [];
}
