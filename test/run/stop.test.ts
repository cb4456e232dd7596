/** A stop, wherever it comes, leaves the same records as a kill at that point. */
import { describe, expect, test } from 'vitest';
import type { Env, HttpRequest } from '../../engine/env.ts';
import { STOP_GRACE_MS } from '../../engine/limits.ts';
import { HOUR, type JournalOptions, journal, START } from '../support/journal.ts';

const entries = Array.from({ length: 60 }, (_, index) => ({
  id: `e${index}`,
  at: new Date(START - 40 * HOUR + index * (HOUR / 2)).toISOString(),
}));
const options: JournalOptions = { entries, cursor: { start: '2d', slice: '12h' } };
const all = entries.map(({ id }) => id).sort();

/** Ids that are there in the end, when the first run is stopped at its n-th transition, and another one follows. */
async function stoppedAt(nth: number): Promise<{ end: string; committed: number; ids: string[] }> {
  const vendor = journal(options);
  const stop = new AbortController();
  let count = 0;
  const first = await vendor.run({
    stop: stop.signal,
    onTransition: () => {
      if (++count === nth) stop.abort();
    },
  });
  const committed = vendor.checkpoint()?.counters.events ?? 0;
  expect(vendor.ids()).toHaveLength(committed);
  await vendor.run();
  return { end: first.summary.end, committed, ids: vendor.ids().sort() };
}

describe('a stop', () => {
  test('at any transition leaves what was committed, and the next run brings the rest, each once', async () => {
    const ends = new Set<string>();
    for (let nth = 1; nth < 90; nth += 7) {
      const { end, ids } = await stoppedAt(nth);
      ends.add(end);
      expect(ids, `stopped at transition ${nth}`).toEqual(all);
    }
    expect(ends).toEqual(new Set(['stopped', 'done']));
  });

  test('lets the page in hand be finished', async () => {
    const stop = new AbortController();
    const vendor = journal({
      ...options,
      answer: (_, count, page) => {
        if (count === 1) stop.abort();
        return page;
      },
    });
    const { summary, asked } = await vendor.run({ stop: stop.signal });
    expect(summary).toMatchObject({ end: 'stopped' });
    expect(vendor.checkpoint()?.counters.pages).toBeGreaterThanOrEqual(1);
    expect(vendor.ids()).toHaveLength(vendor.checkpoint()?.counters.events ?? 0);
    expect(asked.length).toBeLessThan(8);
  });
});

describe('a page that does not come to its end', () => {
  /** The vendor answers the n-th request never. */
  function hanging(nth: number) {
    let aborted: unknown;
    const stop = new AbortController();
    const vendor = journal(options);
    let count = 0;
    const wrap = (network: Env['network']): Env['network'] => ({
      ...network,
      send: (request: HttpRequest) => {
        if (count++ !== nth) return network.send(request);
        stop.abort();
        return new Promise((_, reject) => {
          request.signal?.addEventListener('abort', () => {
            aborted = request.signal?.reason;
            reject(aborted);
          });
        });
      },
    });
    return { vendor, stop, wrap, aborted: () => aborted };
  }

  test.each([0, 1, 3])('is dropped when its time is over: request %i hangs', async (nth) => {
    const { vendor, stop, wrap, aborted } = hanging(nth);
    const { summary } = await vendor.run({ stop: stop.signal }, wrap);
    expect(summary.end).toBe('stopped');
    expect(summary.problem).toBeUndefined();
    expect(vendor.clock.now()).toBe(START + STOP_GRACE_MS);
    expect(aborted()).toMatchObject({ code: 'run-stopped' });
    expect(vendor.checkpoint()?.parked).toBeUndefined();
    expect(vendor.ids()).toHaveLength(vendor.checkpoint()?.counters.events ?? 0);
    await vendor.run();
    expect(vendor.ids().sort()).toEqual(all);
  });
});

describe('a page that is asked for ahead of a lane that ends', () => {
  /** The second page comes when it is let come, or not when it is let go; the third would be asked for after it. */
  test('is let go, and none is asked for after it', async () => {
    const stop = new AbortController();
    const vendor = journal({ ...options, cursor: { start: '2d', slice: '2d' } });
    let answer = () => {};
    let signal: AbortSignal | undefined;
    const wrap = (network: Env['network']): Env['network'] => ({
      ...network,
      send: async (request: HttpRequest) => {
        if (vendor.calls.length !== 1) return network.send(request);
        const answered = network.send(request);
        signal = request.signal;
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return answered;
      },
    });
    const { summary, asked } = await vendor.run(
      {
        stop: stop.signal,
        onTransition: ({ to }) => {
          if (to === 'writing') stop.abort();
        },
      },
      wrap,
    );
    expect(summary).toMatchObject({ end: 'stopped', pages: 1 });
    expect(asked).toHaveLength(2);
    expect(signal?.aborted).toBe(true);
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(vendor.calls).toHaveLength(2);
    await vendor.run();
    expect(vendor.ids().sort()).toEqual(all);
  });
});
