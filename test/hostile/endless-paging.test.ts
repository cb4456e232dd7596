import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EMPTY_PAGES_MAX, PAGES_WITHOUT_NEW_KEYS_MAX } from '../../engine/limits.ts';
import { filesIn, readNdjson } from '../support/tenant.ts';
import { type Outcome, runHostile, startHostileVendor } from './hostile-vendor.ts';

const MiB = 1024 * 1024;
const PEAK = 300 * MiB;
/** A scan that went in circles is begun anew once. */
const SCANS = 2;

/** Answers every page with a link to another one. */
function endless(recordsOf: (count: number) => unknown[]) {
  return (request: IncomingMessage, response: ServerResponse, count: number) => {
    const next = `http://${request.headers.host}/items?page=${count + 1}`;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ value: recordsOf(count), '@odata.nextLink': next }));
  };
}

const named = (id: string) => ({ id, name: 'x'.repeat(200) });

async function runAgainst(
  recordsOf: (count: number) => unknown[],
): Promise<{ outcome: Outcome; calls: number }> {
  const vendor = await startHostileVendor(endless(recordsOf));
  const outcome = await runHostile(vendor).outcome;
  return { outcome, calls: vendor.calls.length };
}

describe('a vendor that pages for ever', { timeout: 120_000 }, () => {
  it('with the same records is found out', async () => {
    const { outcome, calls } = await runAgainst(() => [named('a'), named('b')]);
    expect(outcome).toMatchObject({ code: 5, lane: { end: 'parked', problem: { code: 'page-loop' } } });
    expect(calls).toBe(SCANS * (PAGES_WITHOUT_NEW_KEYS_MAX + 1));
  });

  it('with the same records in turns is found out', async () => {
    const { outcome, calls } = await runAgainst((count) => [named(String(count % 7))]);
    expect(outcome).toMatchObject({ code: 5, lane: { end: 'parked', problem: { code: 'page-loop' } } });
    expect(calls).toBeLessThanOrEqual(SCANS * (7 + PAGES_WITHOUT_NEW_KEYS_MAX));
  });

  it('with empty pages is found out', async () => {
    const { outcome, calls } = await runAgainst(() => []);
    expect(outcome).toMatchObject({ code: 5, lane: { end: 'parked', problem: { code: 'page-loop' } } });
    expect(outcome.lane?.problem?.message).toContain(`more than ${EMPTY_PAGES_MAX} empty pages`);
    expect(calls).toBe(SCANS * (EMPTY_PAGES_MAX + 1));
  });

  it('with records without a key is stopped as soon as most of a page is of no use', async () => {
    const { outcome, calls } = await runAgainst((count) =>
      Array.from({ length: 50 }, (_, index) => ({ name: `${count}-${index}` })),
    );
    expect(outcome).toMatchObject({ code: 6, lane: { problem: { code: 'data-too-many-dead' } } });
    expect(calls).toBeLessThan(4);
  });

  it('with new records goes on in flat memory until it is stopped, and keeps what it has', async () => {
    const vendor = await startHostileVendor(
      endless((count) => Array.from({ length: 100 }, (_, index) => named(`${count}-${index}`))),
    );
    const { child, outcome, home } = runHostile(vendor);
    while (vendor.calls.length < 300) await delay(20);
    child.kill('SIGTERM');
    const { code, lane, peakBytes } = await outcome;
    expect([code, lane?.end]).toEqual([130, 'stopped']);
    expect(peakBytes).toBeLessThan(PEAK);
    const ids = filesIn(`${home}/out`)
      .flatMap(readNdjson)
      .map(({ user }) => (user as { uid: string }).uid);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(lane?.events ?? 0);
    expect(ids.length).toBeGreaterThan(100 * 200);
  });
});
