/** Runs the machine of a lane to its end, and tells each transition. */
import { createActor } from 'xstate';
import type { Clock } from '../env.ts';
import { type LaneContext, type LaneSteps, laneMachine, type Problem, problemOf } from './lane-machine.ts';

/** How a lane ended: `parked` can go on another day as if nothing had happened, `failed` needs a change first. */
export type LaneEnd = 'done' | 'stopped' | 'parked' | 'failed';

/** One transition of a lane's machine, as `--trace` writes it. */
export interface Transition {
  /** ISO 8601. */
  at: string;
  lane: string;
  from: string;
  to: string;
  /** What caused it: an effect that came to an end or failed, a wait that is over, a stop. */
  event: string;
  /** For a wait: how long, and for what. */
  waitMs?: number;
  waitingFor?: string;
  attempts?: number;
}

export interface RunLaneOptions {
  name: string;
  clock: Clock;
  /** Aborted when the operator asks to stop: the page in hand is finished first. */
  stop?: AbortSignal;
  /** Aborted when the page in hand is not to be finished any more. */
  drop?: AbortSignal;
  onTransition?(transition: Transition, context: LaneContext): void;
}

/** Resolves when the lane reached a final state; it never rejects. */
export function runLane(
  steps: LaneSteps,
  options: RunLaneOptions,
): Promise<{ end: LaneEnd; problem?: Problem }> {
  const { name, clock, stop, drop, onTransition } = options;
  return new Promise((resolve) => {
    let state = '';
    const actor = createActor(laneMachine, {
      input: steps,
      clock: {
        setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
        clearTimeout: (id) => clock.clearTimeout(id),
      },
      inspect: (inspection) => {
        if (inspection.type !== '@xstate.snapshot' || inspection.actorRef !== actor) return;
        const snapshot = actor.getSnapshot();
        const to = String(snapshot.value);
        if (to === state) return;
        const { context } = snapshot;
        onTransition?.(transitionOf(name, clock, state, to, inspection.event.type, context), context);
        state = to;
      },
    });
    const onStop = () => actor.send({ type: 'STOP' });
    const onDrop = () => actor.send({ type: 'DROP' });
    stop?.addEventListener('abort', onStop, { once: true });
    drop?.addEventListener('abort', onDrop, { once: true });
    const finish = (end: LaneEnd, problem: Problem | undefined) => {
      stop?.removeEventListener('abort', onStop);
      drop?.removeEventListener('abort', onDrop);
      resolve({ end, ...(problem && { problem }) });
    };
    actor.subscribe({
      complete: () => {
        const { value, context } = actor.getSnapshot();
        finish(String(value) as LaneEnd, context.problem);
      },
      // The machine itself is broken, not an effect of it: unheard, it would end the process with all other lanes.
      error: (error) => finish('failed', problemOf(error)),
    });
    actor.start();
    if (stop?.aborted) onStop();
    if (drop?.aborted) onDrop();
  });
}

function transitionOf(
  lane: string,
  clock: Clock,
  from: string,
  to: string,
  event: string,
  context: LaneContext,
): Transition {
  const isWait = to === 'waiting';
  return {
    at: new Date(clock.now()).toISOString(),
    lane,
    from,
    to,
    event: event.replace(/^xstate\./, ''),
    ...(isWait && { waitMs: Math.round(context.waitMs), waitingFor: context.waitingFor }),
    ...(context.attempts > 0 && { attempts: context.attempts }),
  };
}
