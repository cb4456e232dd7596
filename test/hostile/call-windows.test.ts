import { describe, expect, it } from 'vitest';
import type { Network } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { sequence } from '../../engine/simulate/generate/random.ts';
import { scriptedNetwork } from '../support/scripted-network.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { hostileLane } from './hostile-lane.ts';

/** `HOSTILE_HOURS=24` runs the long form, which takes some minutes. */
const HOURS = Number(process.env.HOSTILE_HOURS ?? 2);
const WINDOWS = [
  { calls: 100, ms: 60_000 },
  { calls: 1_500, ms: 3_600_000 },
];

/** The most calls in any window of this length, wherever it begins. */
function mostIn(times: readonly number[], ms: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while ((times[last] ?? 0) - (times[first] ?? 0) >= ms) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** Lists of 400 pages, which go wrong now and then; notes when each call left. */
function moody(clock: SimulatedClock, times: number[]): Network {
  const random = sequence(7);
  return scriptedNetwork(({ url }) => {
    times.push(clock.monotonic());
    const dice = random();
    if (dice < 0.02) return { status: 503 };
    if (dice < 0.03) return { status: 429, headers: { 'retry-after': '5' } };
    if (dice < 0.035) {
      const message = 'the connection was reset';
      throw new EngineError({ code: 'http-unreachable', kind: 'transient', message, retry: 'backoff' });
    }
    const page = Number(url.searchParams.get('page') ?? 0);
    url.searchParams.set('page', String(page + 1));
    return {
      body: {
        value: [{ id: `${url.pathname}-${page}`, name: 'x' }],
        ...(page < 400 && { '@odata.nextLink': url.href }),
      },
    };
  });
}

describe('the checker of windows', () => {
  it('counts the most calls in any of them', () => {
    expect(mostIn([0, 10, 59_999, 60_000], 60_000)).toBe(3);
    expect(mostIn([0, 1, 2, 100_000], 60_000)).toBe(3);
  });
});

describe(`calls of several lanes that share a budget, over ${HOURS} simulated hours`, () => {
  it('never exceed it in any minute or hour, and use it', { timeout: 900_000 }, async () => {
    const clock = new SimulatedClock(Date.UTC(2026, 5, 1));
    const times: number[] = [];
    const { run } = await hostileLane(
      { clock, network: moody(clock, times), random: sequence(11) },
      { rateLimits: '[{calls: 100, per: 1m}, {calls: 1500, per: 1h}]', lists: ['items', 'others', 'more'] },
    );
    while (clock.monotonic() < HOURS * 3_600_000) {
      await clock.run(run());
      // Often at once, as after a restart; sometimes after a rest.
      if (times.length % 3 === 0) await clock.advance(600_000);
    }
    for (const { calls, ms } of WINDOWS) expect(mostIn(times, ms)).toBeLessThanOrEqual(calls);
    expect(mostIn(times, 60_000)).toBeGreaterThan(90);
    expect(times.length).toBeGreaterThan(HOURS * 700);
  });
});
