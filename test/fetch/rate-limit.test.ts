import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimiter, type RateWindow } from '../../engine/fetch/rate-limit.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const WINDOWS: RateWindow[] = [
  { calls: 5, per_ms: 1_000 },
  { calls: 20, per_ms: 10_000 },
];

/** The most calls in any window that begins with a call. */
function densest(times: readonly number[], perMs: number): number {
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + perMs).length));
}

async function departures(clock: SimulatedClock, limiter: RateLimiter, count: number): Promise<number[]> {
  const times: number[] = [];
  const calls = Array.from({ length: count }, () =>
    limiter.acquire().then(() => times.push(clock.monotonic())),
  );
  await clock.run(Promise.all(calls));
  return times;
}

describe('acquire', () => {
  it('fills each window and no more', async () => {
    const clock = new SimulatedClock();
    const times = await departures(clock, new RateLimiter(WINDOWS, clock), 60);
    expect(densest(times, 1_000)).toBe(5);
    expect(densest(times, 10_000)).toBe(20);
    expect(times.at(-1)).toBe(23_000);
  });

  it('holds every sliding window whenever the calls come', async () => {
    const clock = new SimulatedClock();
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ calls: fc.integer({ min: 1, max: 6 }), per_ms: fc.integer({ min: 1, max: 5_000 }) }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        fc.array(fc.double({ min: 0, max: 2_000, noNaN: true }), { maxLength: 30 }),
        async (windows, gaps) => {
          const limiter = new RateLimiter(windows, clock);
          const times: number[] = [];
          const calls: Promise<unknown>[] = [];
          for (const gap of gaps) {
            await clock.advance(gap);
            calls.push(limiter.acquire().then(() => times.push(clock.monotonic())));
          }
          await clock.run(Promise.all(calls));
          for (const { calls: most, per_ms } of windows)
            expect(densest(times, per_ms)).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('serves first come first, also past one that was aborted', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([{ calls: 1, per_ms: 100 }], clock);
    const stop = new AbortController();
    const order: number[] = [];
    const calls = [0, 1, 2, 3].map((index) =>
      limiter.acquire(index === 1 ? stop.signal : undefined).then(
        () => order.push(index),
        (reason) => order.push(reason),
      ),
    );
    stop.abort(-1);
    await clock.run(Promise.all(calls));
    expect(order).toEqual([0, -1, 2, 3]);
    expect(clock.monotonic()).toBe(200);
  });

  it('leaves no timer behind when nobody waits any more', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([{ calls: 1, per_ms: 100 }], clock);
    await limiter.acquire();
    const stop = new AbortController();
    const waiting = limiter.acquire(stop.signal);
    expect(clock.pendingCount).toBe(1);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    expect(clock.pendingCount).toBe(0);
    await expect(limiter.acquire(AbortSignal.abort(new Error('never')))).rejects.toThrow('never');
  });
});

describe('reserve', () => {
  it('counts a call only when it may leave now', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([{ calls: 2, per_ms: 1_000 }], clock);
    expect(limiter.reserve()).toBe(0);
    await clock.advance(300);
    expect(limiter.reserve()).toBe(0);
    expect(limiter.reserve()).toBe(700);
    expect(limiter.reserve()).toBe(700);
    await clock.advance(700);
    expect(limiter.reserve()).toBe(0);
    expect(limiter.reserve()).toBe(300);
  });

  it('does not overtake those who wait', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([], clock);
    limiter.blockUntil(100);
    const waiting = limiter.acquire();
    expect(limiter.reserve()).toBe(100);
    await clock.run(waiting);
    expect(limiter.reserve()).toBe(0);
  });
});

describe('calls that leave together', () => {
  it('leave when all of them may, and are all counted', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter(WINDOWS, clock);
    expect(limiter.reserve(3)).toBe(0);
    await clock.advance(400);
    expect(limiter.reserve(3)).toBe(600);
    expect(limiter.reserve(2)).toBe(0);
    expect(limiter.reserve(5)).toBe(1_000);
    await clock.advance(600);
    expect(limiter.reserve(3)).toBe(0);
    expect(limiter.reserve()).toBe(400);
  });

  it('hold every sliding window however many they are', async () => {
    const clock = new SimulatedClock();
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, async (counts) => {
        const limiter = new RateLimiter(WINDOWS, clock);
        const times: number[] = [];
        for (const count of counts) {
          for (let wait = limiter.reserve(count); wait > 0; wait = limiter.reserve(count))
            await clock.advance(wait);
          for (let index = 0; index < count; index++) times.push(clock.monotonic());
        }
        for (const { calls, per_ms } of WINDOWS) expect(densest(times, per_ms)).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 20 },
    );
  });

  it('are as many as the smallest window has, or any number without one', () => {
    const clock = new SimulatedClock();
    expect(new RateLimiter(WINDOWS, clock).most).toBe(5);
    expect(new RateLimiter([], clock).most).toBe(Number.POSITIVE_INFINITY);
    expect(() => new RateLimiter(WINDOWS, clock).reserve(6)).toThrow(RangeError);
  });
});

describe('blockUntil', () => {
  it('holds all lanes of the key, also those that wait already', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([{ calls: 1, per_ms: 100 }], clock);
    await limiter.acquire();
    const waiting = departures(clock, limiter, 2);
    limiter.blockUntil(60_000);
    limiter.blockUntil(5_000);
    expect(await waiting).toEqual([60_000, 60_100]);
  });
});

it('lets everything pass without windows', async () => {
  const clock = new SimulatedClock();
  await departures(clock, new RateLimiter([], clock), 100);
  expect(clock.monotonic()).toBe(0);
});
