import { describe, expect, test } from 'vitest';
import { type Entry, HOUR, journal, START } from '../support/journal.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const DAY = 24 * HOUR;

/** An entry every so often, from some days ago. */
function entriesEach(ms: number, days: number): Entry[] {
  return Array.from({ length: Math.floor((days * DAY) / ms) }, (_, index) => ({
    id: `e${index}`,
    at: iso(START - days * DAY + index * ms),
  }));
}

describe('a cursor with slices', () => {
  test('asks for one slice after the other, from the first instant to now, and each entry comes once', async () => {
    const vendor = journal({ entries: entriesEach(HOUR, 3), cursor: { start: '3d' } });
    const { summary, asked } = await vendor.run();
    expect(summary).toMatchObject({ end: 'done', events: 72, scan: 'first run, in 3 slices' });
    expect(asked.filter((one) => !one.includes('#'))).toEqual([
      '2026-01-07T00:00:00Z..2026-01-08T00:00:00Z',
      '2026-01-07T23:28:59Z..2026-01-09T00:00:00Z',
      '2026-01-08T23:28:59Z..2026-01-10T00:00:00Z',
    ]);
    expect(new Set(vendor.ids()).size).toBe(72);
    expect(vendor.ids()).toHaveLength(72);
    expect(vendor.checkpoint()).toMatchObject({ watermark: '2026-01-10T00:00:00.000000000Z' });
    expect(vendor.checkpoint()?.scan).toBeUndefined();
  });

  test('moves on over slices in which nothing is', async () => {
    const vendor = journal({ cursor: { start: '3d' } });
    expect((await vendor.run()).asked).toHaveLength(3);
    expect(vendor.checkpoint()?.watermark).toBe('2026-01-10T00:00:00.000000000Z');
    await vendor.clock.advance(HOUR);
    expect((await vendor.run()).asked).toEqual(['2026-01-09T23:28:59Z..2026-01-10T01:00:00Z']);
  });

  test('keeps away from now for as long as the list settles', async () => {
    const vendor = journal({ cursor: { start: '1d', settle: '90s' } });
    expect((await vendor.run()).asked).toEqual(['2026-01-09T00:00:00Z..2026-01-09T23:58:30Z']);
  });

  test('a run that finds nothing to move on to asks for what may have come late all the same', async () => {
    const late = { id: 'late', at: iso(START - 20 * 60_000), visibleAt: START + 1 };
    const vendor = journal({ entries: [late], cursor: { start: '1d', settle: '60s' } });
    await vendor.run();
    expect(vendor.ids()).toEqual([]);
    await vendor.clock.advance(10);
    await vendor.run();
    expect(vendor.ids()).toEqual(['late']);
  });

  test('an attempt after a failure asks the same, though the clock has moved on', async () => {
    let isDown = false;
    const vendor = journal({
      entries: entriesEach(HOUR, 2),
      cursor: { start: '2d' },
      answer: (_, count, page) => (isDown && count >= 3 ? { status: 503 } : page),
    });
    isDown = true;
    const first = await vendor.run();
    expect(first.summary.end).toBe('parked');
    const asked = first.asked[3] as string;
    expect(asked).toBe('2026-01-08T23:28:59Z..2026-01-10T00:00:00Z');
    expect(vendor.checkpoint()).toMatchObject({
      watermark: '2026-01-09T00:00:00.000000000Z',
      scan: { from: '2026-01-08T23:28:59Z', to: '2026-01-10T00:00:00Z' },
    });
    isDown = false;
    await vendor.clock.advance(5 * HOUR);
    const second = await vendor.run();
    expect(second.asked[0]).toBe(asked);
    expect(second.asked.at(-1)).toMatch(/^2026-01-09T23:28:59Z\.\.2026-01-10T05:/);
    expect(second.summary.end).toBe('done');
    expect(vendor.ids()).toHaveLength(48);
  });

  test('the question is committed before the first request', async () => {
    const seen: unknown[] = [];
    const vendor = journal({
      cursor: { start: '1d' },
      answer: () => ({ status: 500 }),
    });
    await vendor.run();
    seen.push(vendor.checkpoint()?.scan);
    expect(seen).toMatchObject([{ from: '2026-01-09T00:00:00Z', to: '2026-01-10T00:00:00Z' }]);
  });

  test('--full asks for everything again, beginning from the start, though the watermark is at now', async () => {
    const vendor = journal({ entries: entriesEach(HOUR, 3), cursor: { start: '3d' } });
    await vendor.run();
    const { asked, summary } = await vendor.run({ full: true });
    expect(asked.filter((one) => !one.includes('#'))).toHaveLength(3);
    expect(asked[0]).toMatch(/^2026-01-07T00:00:/);
    expect(summary.scan).toContain('asked by --full');
    expect(vendor.checkpoint()?.watermark).toMatch(/^2026-01-10T00:00:/);
  });

  test('an entry at the edge of two slices comes, and comes once', async () => {
    const edge = { id: 'edge', at: '2026-01-09T00:00:00.000000001Z' };
    const on = { id: 'on', at: '2026-01-09T00:00:00Z' };
    const vendor = journal({ entries: [edge, on], cursor: { start: '2d' } });
    await vendor.run();
    expect(vendor.ids().sort()).toEqual(['edge', 'on']);
  });

  test('a clock that was set far back is refused: what lies between would be passed over', async () => {
    const vendor = journal({ cursor: { start: '1d' } });
    await vendor.run();
    const { summary } = await vendor.run({ now: START - 2 * HOUR });
    expect(summary).toMatchObject({ end: 'failed', problem: { code: 'state-watermark-ahead' } });
  });
});

describe('a slice that is too long for the vendor', () => {
  /** Links die after so many pages of a walk. */
  const expiringAfter = (pages: number) => (request: { url: URL }, _: number, page: object) =>
    Number(request.url.searchParams.get('position') ?? 0) >= pages * 10 ? { status: 410 } : page;

  test('is halved until its links live to the end, and that is remembered', async () => {
    const vendor = journal({
      entries: entriesEach(HOUR / 2, 4),
      cursor: { start: '4d', slice: '2d' },
      answer: expiringAfter(3),
    });
    const { summary } = await vendor.run();
    expect(summary.end).toBe('done');
    expect(vendor.ids()).toHaveLength(192);
    expect(new Set(vendor.ids()).size).toBe(192);
    expect(vendor.checkpoint()?.sliceMs).toBeLessThan(DAY);
  });

  test('is as long as declared again when the vendor bears it', async () => {
    let most = 1;
    const vendor = journal({
      entries: entriesEach(HOUR / 2, 2),
      cursor: { start: '2d', slice: '1d' },
      answer: (request, count, page) => expiringAfter(most)(request, count, page),
    });
    await vendor.run();
    expect(vendor.checkpoint()?.sliceMs).toBeDefined();
    most = 1_000;
    for (let run = 0; run < 30 && vendor.checkpoint()?.sliceMs !== undefined; run++) {
      await vendor.clock.advance(HOUR);
      await vendor.run();
    }
    expect(vendor.checkpoint()?.sliceMs).toBeUndefined();
  });

  test('is not halved for ever: at its least the lane stops, and says why', async () => {
    const vendor = journal({
      entries: Array.from({ length: 50 }, (_, index) => ({
        id: `e${index}`,
        at: iso(START - HOUR + index),
      })),
      cursor: { start: '1d', slice: '1d' },
      answer: expiringAfter(1),
    });
    const { summary, asked } = await vendor.run();
    expect(summary).toMatchObject({ end: 'parked', problem: { code: 'page-link-expired' } });
    expect(asked.length).toBeLessThan(200);
  });
});
