import { expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { sleep } from '../../engine/env.ts';
import { SimulatedClock } from './simulated-clock.ts';

it('runs timers at their time and in their order, with those that they set', async () => {
  const clock = new SimulatedClock(1_000);
  const log: [string, number][] = [];
  const note = (name: string) => log.push([name, clock.now()]);
  clock.setTimeout(() => note('late'), 50);
  clock.setTimeout(() => {
    note('early');
    clock.setTimeout(() => note('nested'), 10);
  }, 20);
  clock.setTimeout(() => note('same time'), 20);
  clock.clearTimeout(clock.setTimeout(() => note('cleared'), 1));
  await clock.advance(49);
  expect(log).toEqual([
    ['early', 1_020],
    ['same time', 1_020],
    ['nested', 1_030],
  ]);
  expect([clock.now(), clock.monotonic(), clock.pendingCount]).toEqual([1_049, 49, 1]);
});

it('follows a chain of waits to its end', async () => {
  const clock = new SimulatedClock();
  const work = async () => {
    for (let i = 0; i < 10; i++) await sleep(clock, 3_600_000);
    return 'done';
  };
  expect(await clock.run(work())).toBe('done');
  expect(clock.monotonic()).toBe(36_000_000);
});

it('passes a failure on', async () => {
  await expect(new SimulatedClock().run(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
});

it('drives an xstate actor', async () => {
  const machine = createMachine({
    initial: 'waiting',
    states: { waiting: { after: { 900000: 'done' } }, done: { type: 'final' } },
  });
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock }).start();
  await clock.advance(899_999);
  expect(actor.getSnapshot().value).toBe('waiting');
  await clock.advance(1);
  expect(actor.getSnapshot().value).toBe('done');
});
