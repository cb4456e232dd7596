import { describe, expect, test } from 'vitest';
import { EngineError } from '../../engine/errors.ts';
import { runLane, type Transition } from '../../engine/run/run-lane.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const away = new EngineError({ code: 'x', kind: 'transient', message: 'it is away', retry: 'backoff' });

describe('running a lane', () => {
  const steps = (overrides: object) =>
    ({
      plan: async () => ({ type: 'planned' }),
      authenticate: async () => ({ type: 'authenticated' }),
      fetch: async () => ({ type: 'scan_finished' }),
      checkpoint: async () => ({ type: 'committed', finished: true }),
      waitAfter: () => 1_500,
      ...overrides,
    }) as never;

  test('tells every transition with its time, its cause, and how long and for what it waits', async () => {
    const clock = new SimulatedClock(Date.UTC(2026, 0, 1));
    const told: Transition[] = [];
    let isFirst = true;
    const fetch = async () => {
      if (!isFirst) return { type: 'scan_finished' };
      isFirst = false;
      throw away;
    };
    const result = runLane(steps({ fetch }), {
      name: 'acme/things',
      clock,
      onTransition: (transition) => told.push(transition),
    });
    expect(await clock.run(result)).toEqual({ end: 'done' });
    expect(told.map(({ from, to, at }) => `${at.slice(17)} ${from} -> ${to}`)).toEqual([
      '00.000Z  -> planning',
      '00.000Z planning -> authenticating',
      '00.000Z authenticating -> fetching',
      '00.000Z fetching -> waiting',
      '01.500Z waiting -> authenticating',
      '01.500Z authenticating -> fetching',
      '01.500Z fetching -> checkpointing',
      '01.500Z checkpointing -> done',
    ]);
    expect(told[3]).toMatchObject({
      lane: 'acme/things',
      waitMs: 1_500,
      waitingFor: 'it is away',
      attempts: 1,
    });
    expect(told[3]?.event).toContain('error');
  });

  test('stops for a signal that came before it began', async () => {
    const fetch = async () => ({ type: 'wait', ms: 1e9, why: 'budget' });
    const clock = new SimulatedClock();
    const result = runLane(steps({ fetch }), { name: 'x', clock, stop: AbortSignal.abort() });
    expect(await clock.run(result)).toEqual({ end: 'stopped' });
    expect(clock.monotonic()).toBe(0);
  });

  test('fails, and neither hangs nor throws, when the machine itself is broken', async () => {
    const waitAfter = () => {
      throw new Error('no wait');
    };
    const fetch = async () => {
      throw away;
    };
    const { end, problem } = await runLane(steps({ fetch, waitAfter }), {
      name: 'x',
      clock: new SimulatedClock(),
    });
    expect(end).toBe('failed');
    expect(problem).toMatchObject({ code: 'internal', kind: 'internal' });
  });
});
