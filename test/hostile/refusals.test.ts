import { describe, expect, it } from 'vitest';
import type { Network } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { ATTEMPTS_MAX, WAIT_MAX_MS } from '../../engine/limits.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { type Reply, scriptedNetwork } from '../support/scripted-network.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { hostileLane } from './hostile-lane.ts';
import { runHostile, startHostileVendor } from './hostile-vendor.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 5, 1);

/** Runs every five minutes for an hour of the simulated clock, as a timer would. */
async function anHour(
  network: (clock: SimulatedClock, calls: number[]) => Network,
): Promise<{ summaries: LaneSummary[]; last: LaneSummary; calls: number[] }> {
  const clock = new SimulatedClock(NOW);
  const calls: number[] = [];
  const { run } = await hostileLane({ clock, network: network(clock, calls), random: () => 0.5 });
  const summaries: LaneSummary[] = [];
  for (let due = 0; due < HOUR_MS; due += 300_000) {
    await clock.advance(Math.max(0, due - clock.monotonic()));
    summaries.push(await clock.run(run()));
  }
  return { summaries, last: summaries.at(-1) as LaneSummary, calls };
}

const answering = (reply: (elapsedMs: number) => Reply) => (clock: SimulatedClock, calls: number[]) =>
  scriptedNetwork(() => {
    calls.push(clock.monotonic());
    return reply(clock.monotonic());
  });

describe('a vendor that refuses for an hour', () => {
  it('with 429 and a time is left alone until then, and the lane says so', async () => {
    const { summaries, calls } = await anHour(
      answering((elapsed) => {
        if (elapsed >= HOUR_MS) return { body: { value: [{ id: '1', name: 'at last' }] } };
        const seconds = Math.ceil((HOUR_MS - elapsed) / 1_000);
        return { status: 429, headers: { 'retry-after': String(seconds) } };
      }),
    );
    const [first] = summaries;
    expect(first).toMatchObject({
      end: 'parked',
      problem: { code: 'http-rate-limited', kind: 'rate_limit' },
    });
    expect(Date.parse(first?.until ?? '')).toBeGreaterThanOrEqual(NOW + HOUR_MS);
    // The first run that is near enough to the hour waits for it.
    const parked = summaries.filter(({ end }) => end === 'parked').length;
    expect(parked).toBe((HOUR_MS - WAIT_MAX_MS) / 300_000);
    expect(summaries[parked]).toMatchObject({ end: 'done', events: 1 });
    expect(calls[1]).toBeGreaterThanOrEqual(HOUR_MS);
  });

  it('with 429 and no time is asked a few times a run, further apart each time', async () => {
    const { last, calls } = await anHour(answering(() => ({ status: 429 })));
    expect(last).toMatchObject({ end: 'parked', problem: { code: 'http-rate-limited', kind: 'rate_limit' } });
    expect(calls.length).toBeLessThanOrEqual(12 * ATTEMPTS_MAX);
    expect(calls.length).toBeGreaterThan(12);
    const gaps = calls.slice(1, ATTEMPTS_MAX).map((at, index) => at - (calls[index] ?? 0));
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps.every((gap) => gap >= 500)).toBe(true);
  });

  it.each<[string, (clock: SimulatedClock, calls: number[]) => Network, string]>([
    ['503', answering(() => ({ status: 503 })), 'http-server-error'],
    [
      'a reset',
      (clock, calls) =>
        scriptedNetwork(() => {
          calls.push(clock.monotonic());
          throw new EngineError({
            code: 'http-unreachable',
            kind: 'transient',
            message: 'the connection was reset',
            retry: 'backoff',
          });
        }),
      'http-unreachable',
    ],
  ])('with %s is asked a few times a run, and no more', async (_, network, code) => {
    const { last, calls } = await anHour(network);
    expect(last).toMatchObject({ end: 'parked', problem: { code, kind: 'transient' } });
    expect(calls.length).toBe(12 * ATTEMPTS_MAX);
  });

  it('costs the process next to nothing while it waits', { timeout: 60_000 }, async () => {
    const vendor = await startHostileVendor((_, response) => {
      response.writeHead(429, { 'retry-after': '3600' });
      response.end();
    });
    const { code, lane, cpuMs } = await runHostile(vendor).outcome;
    expect([code, lane?.end, lane?.problem?.code]).toEqual([5, 'parked', 'http-rate-limited']);
    expect(Date.parse(lane?.until ?? '') - Date.now()).toBeGreaterThan(HOUR_MS - 120_000);
    expect(vendor.calls).toHaveLength(1);
    expect(cpuMs).toBeLessThan(10_000);
  });
});
