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

/** When calls leave of which each is asked for until it may. */
async function departures(clock: SimulatedClock, limiter: RateLimiter, counts: number[]): Promise<number[]> {
  const times: number[] = [];
  for (const count of counts) {
    for (let wait = await limiter.reserve(count); wait > 0; wait = await limiter.reserve(count))
      await clock.advance(wait);
    for (let index = 0; index < count; index++) times.push(clock.monotonic());
  }
  return times;
}

describe('a budget', () => {
  it('fills each window and no more', async () => {
    const clock = new SimulatedClock();
    const times = await departures(clock, new RateLimiter(WINDOWS, clock), Array(60).fill(1));
    expect(densest(times, 1_000)).toBe(5);
    expect(densest(times, 10_000)).toBe(20);
    expect(times.at(-1)).toBe(23_000);
  });

  it('holds every sliding window whenever the calls come', async () => {
    const clock = new SimulatedClock();
    const window = fc.record({
      calls: fc.integer({ min: 1, max: 6 }),
      per_ms: fc.integer({ min: 1, max: 5_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        fc.array(fc.double({ min: 0, max: 2_000, noNaN: true }), { maxLength: 30 }),
        async (windows, gaps) => {
          const limiter = new RateLimiter(windows, clock);
          const times: number[] = [];
          for (const gap of gaps) {
            await clock.advance(gap);
            times.push(...(await departures(clock, limiter, [1])));
          }
          for (const { calls: most, per_ms } of windows)
            expect(densest(times, per_ms)).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('counts a call only when it may leave now', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([{ calls: 2, per_ms: 1_000 }], clock);
    expect(await limiter.reserve()).toBe(0);
    await clock.advance(300);
    expect(await limiter.reserve()).toBe(0);
    expect(await limiter.reserve()).toBe(700);
    expect(await limiter.reserve()).toBe(700);
    await clock.advance(700);
    expect(await limiter.reserve()).toBe(0);
    expect(await limiter.reserve()).toBe(300);
  });
});

describe('calls that leave together', () => {
  it('leave when all of them may, and are all counted', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter(WINDOWS, clock);
    expect(await limiter.reserve(3)).toBe(0);
    await clock.advance(400);
    expect(await limiter.reserve(3)).toBe(600);
    expect(await limiter.reserve(2)).toBe(0);
    expect(await limiter.reserve(5)).toBe(1_000);
    await clock.advance(600);
    expect(await limiter.reserve(3)).toBe(0);
    expect(await limiter.reserve()).toBe(400);
  });

  it('hold every sliding window however many they are', async () => {
    const clock = new SimulatedClock();
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, async (counts) => {
        const times = await departures(clock, new RateLimiter(WINDOWS, clock), counts);
        for (const { calls, per_ms } of WINDOWS) expect(densest(times, per_ms)).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 20 },
    );
  });

  it('are as many as the smallest window has, or any number without one', async () => {
    const clock = new SimulatedClock();
    expect(new RateLimiter(WINDOWS, clock).most).toBe(5);
    expect(new RateLimiter([], clock).most).toBe(Number.POSITIVE_INFINITY);
    await expect(new RateLimiter(WINDOWS, clock).reserve(6)).rejects.toThrow(RangeError);
  });
});

describe('hold', () => {
  it('holds all lanes of the key', async () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter([{ calls: 1, per_ms: 100 }], clock);
    limiter.hold(60_000);
    limiter.hold(5_000);
    expect(limiter.blockedMs).toBe(60_000);
    expect(await departures(clock, limiter, [1, 1])).toEqual([60_000, 60_100]);
    expect(limiter.blockedMs).toBe(0);
  });
});

it('lets everything pass without windows', async () => {
  const clock = new SimulatedClock();
  await departures(clock, new RateLimiter([], clock), Array(100).fill(1));
  expect(clock.monotonic()).toBe(0);
});
