/** A lane that cannot go on says why, keeps what it has, and leaves the vendor alone. */
import { describe, expect, test } from 'vitest';
import { PAGES_WITHOUT_NEW_KEYS_MAX } from '../../engine/limits.ts';
import { type Entry, HOUR, journal, START } from '../support/journal.ts';
import type { Reply } from '../support/scripted-network.ts';

const MINUTE = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();
const some = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => ({ id: `e${index}`, at: iso(START - HOUR + index * 1_000) }));
const NO_SLICE = { slice: undefined, query: { since: '${cursor}' }, start: '1d' };
const position = ({ url }: { url: URL }) => Number(url.searchParams.get('position') ?? 0);
const next = (at: number) => ({ link: `<https://log.example.com/entries?position=${at}>; rel="next"` });

describe('a lane that is parked', () => {
  test('keeps its checkpoint and why it stands, and the next success removes that', async () => {
    let status = 200;
    const vendor = journal({
      entries: some(30),
      cursor: NO_SLICE,
      answer: (request, _, page) => (status !== 200 && position(request) === 20 ? { status } : page),
    });
    status = 403;
    expect((await vendor.run()).summary).toMatchObject({ end: 'parked', events: 20 });
    const { parked, counters, watermark } = vendor.checkpoint() ?? {};
    expect(parked).toMatchObject({
      at: vendor.clock.now(),
      code: 'permission-missing',
      fix: expect.any(String),
    });
    expect(counters).toMatchObject({ pages: 2, events: 20 });
    expect(watermark).toBeUndefined();
    status = 200;
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 10 });
    expect(vendor.checkpoint()?.parked).toBeUndefined();
    expect(vendor.ids()).toHaveLength(30);
  });

  test('does not count the page that it could not finish', async () => {
    // The mapping refuses more of the third page than a page may have.
    let bad: unknown = 1;
    const vendor = journal({
      entries: some(300),
      pageSize: 100,
      cursor: NO_SLICE,
      answer: (request, _, page) =>
        position(request) === 200
          ? {
              ...page,
              body: {
                items: (page.body as { items: Entry[] }).items.map((one) => ({
                  ...one,
                  id: bad ? undefined : one.id,
                })),
              },
            }
          : page,
    });
    expect((await vendor.run()).summary).toMatchObject({ end: 'failed', events: 200 });
    expect(vendor.checkpoint()).toMatchObject({
      parked: { code: 'data-too-many-dead' },
      counters: { events: 200 },
    });
    bad = undefined;
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 100 });
    expect(new Set(vendor.ids()).size).toBe(300);
    expect(vendor.ids()).toHaveLength(300);
    expect(vendor.dead()).toEqual([]);
  });

  test('before anything was committed says so too, and begins as a first run', async () => {
    let isDown = true;
    const vendor = journal({
      entries: some(5),
      cursor: NO_SLICE,
      answer: (_, __, page) => (isDown ? { status: 401 } : page),
    });
    expect((await vendor.run()).summary.end).toBe('parked');
    expect(vendor.checkpoint()?.parked).toMatchObject({ code: 'auth-refused' });
    isDown = false;
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 5 });
  });
});

describe('a vendor that wants no call for an hour', () => {
  const held: Reply = { status: 429, headers: { 'retry-after': '3600' } };

  test('is left alone: the lane is parked with when it can go on, within a few transitions', async () => {
    const vendor = journal({
      entries: some(30),
      cursor: NO_SLICE,
      answer: (request, _, page) => (position(request) === 10 ? held : page),
    });
    const { summary, transitions, asked } = await vendor.run();
    expect(summary).toMatchObject({ end: 'parked', events: 10, until: iso(START + HOUR) });
    expect(asked).toHaveLength(2);
    expect(transitions.length).toBeLessThan(20);
    expect(vendor.clock.now()).toBe(START);
    expect(vendor.checkpoint()?.parked).toMatchObject({ code: 'http-rate-limited', until: START + HOUR });
  });

  test('is not asked by another process before that', async () => {
    let isHeld = true;
    const vendor = journal({
      entries: some(3),
      cursor: NO_SLICE,
      answer: (_, __, page) => (isHeld ? held : page),
    });
    await vendor.run();
    isHeld = false;
    await vendor.clock.advance(30 * MINUTE);
    const early = await vendor.run();
    expect(early.asked).toEqual([]);
    expect(early.summary).toMatchObject({
      end: 'parked',
      problem: { code: 'rate-limit-blocked' },
      until: iso(START + HOUR),
    });
    await vendor.clock.advance(20 * MINUTE);
    // What is left is short enough to wait for.
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 3 });
    expect(vendor.calls.slice(1).every(({ at }) => at >= START + HOUR)).toBe(true);
  });

  test('is not asked by another lane of the same API either', async () => {
    const other = {
      record: { entry: 'entries' },
      event: 'inventory_info',
      mappings: { own: 'own.jsonata' },
      unvalidated: ['own'],
    };
    const vendor = journal({ cursor: NO_SLICE, streams: { more: other, most: other }, answer: () => held });
    const { summaries, asked } = await vendor.run();
    expect(summaries.map(({ end }) => end)).toEqual(['parked', 'parked', 'parked']);
    // Two lanes are at work at once.
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  test('and says 429 each minute is asked some times, not for ever', async () => {
    const vendor = journal({
      cursor: NO_SLICE,
      answer: () => ({ status: 429, headers: { 'retry-after': '60' } }),
    });
    const { summary, asked, transitions } = await vendor.run();
    expect(summary.end).toBe('parked');
    expect(asked.length).toBeLessThan(10);
    expect(transitions.length).toBeLessThan(40);
    for (const [index, { at }] of vendor.calls.entries())
      if (index > 0) expect(at - (vendor.calls[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE);
  });
});

describe('a vendor that pages in circles', () => {
  test('under ever new names and contents is asked from the beginning once more, then left', async () => {
    const pages = Array.from({ length: 4 }, (_, page) => some(40).slice(page * 10, page * 10 + 10));
    const vendor = journal({
      cursor: NO_SLICE,
      answer: (_, count) => ({
        headers: next(count + 1),
        body: { items: (pages[count % 4] ?? []).map((one) => ({ ...one, at: iso(START - HOUR + count) })) },
      }),
    });
    const { summary, asked } = await vendor.run();
    expect(summary).toMatchObject({ end: 'parked', problem: { code: 'page-loop' } });
    expect(summary.problem?.message).toContain('also after the list was begun anew');
    expect(asked.length).toBeLessThan(2 * (4 + PAGES_WITHOUT_NEW_KEYS_MAX + 4));
    expect(vendor.checkpoint()?.watermark).toBeUndefined();
  });

  test('only once is forgiven', async () => {
    let isLooping = true;
    const vendor = journal({
      entries: some(40),
      cursor: NO_SLICE,
      answer: (request, count, page) => {
        if (count >= 4) isLooping = false;
        return isLooping && position(request) >= 20 ? { ...page, headers: next(20) } : page;
      },
    });
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 40 });
  });

  test('a second run, which finds every record unchanged, is no circle', async () => {
    const vendor = journal({ entries: some(100), cursor: NO_SLICE });
    await vendor.run();
    expect((await vendor.run({ full: true })).summary).toMatchObject({ end: 'done', unchanged: 100 });
  });
});
