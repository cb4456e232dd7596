/** A page that cannot be read, however often it is asked for: the lane stops there, or leaves a gap that is told. */
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../engine/env.ts';
import { GAPS_PER_RUN_MAX, POISON_FETCHES_MAX } from '../../engine/limits.ts';
import { type Entry, HOUR, type JournalOptions, journal, START } from '../support/journal.ts';
import type { Reply } from '../support/scripted-network.ts';

const some = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `e${index}`,
    at: new Date(START - HOUR + index * 1_000).toISOString(),
  }));
const NO_SLICE = { slice: undefined, query: { since: '${cursor}' }, start: '1d' };
const positionOf = ({ url }: HttpRequest) => Number(url.searchParams.get('position') ?? 0);

/** The page of this position is a sign-in page; the headers are the vendor's. */
const poisonedAt =
  (...positions: number[]) =>
  (request: HttpRequest, _: number, page: Reply): Reply =>
    positions.includes(positionOf(request)) ? { ...page, body: '<html>sign in</html>' } : page;

const poisoned = (options: JournalOptions = {}) =>
  journal({ entries: some(30), cursor: NO_SLICE, answer: poisonedAt(10), ...options });

describe('a page that cannot be read', () => {
  test('is asked for some times, with waits between, then stops the lane: nothing after it is committed', async () => {
    const vendor = poisoned();
    const { summary, asked } = await vendor.run();
    expect(summary).toMatchObject({ end: 'parked', events: 10, problem: { code: 'page-not-json' } });
    expect(summary.problem?.message).toContain(`page 2 cannot be read, ${POISON_FETCHES_MAX} times in a row`);
    expect(summary.problem?.fix).toContain('--skip-poison');
    expect(asked.filter((one) => one.endsWith('#10'))).toHaveLength(POISON_FETCHES_MAX);
    expect(vendor.checkpoint()).toMatchObject({ parked: { code: 'page-not-json' } });
    expect(vendor.checkpoint()?.gaps).toBeUndefined();
    expect(vendor.dead()).toEqual([]);
  });

  test('that can be read at last costs nothing', async () => {
    let left = POISON_FETCHES_MAX - 1;
    const vendor = poisoned({
      answer: (request, count, page) =>
        positionOf(request) === 10 && left-- > 0 ? poisonedAt(10)(request, count, page) : page,
    });
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 30, gaps: [] });
  });

  test('is passed over where the operator says so: the gap is committed and delivered, and counted as no record', async () => {
    const vendor = poisoned();
    const { summary } = await vendor.run({ skipPoison: true });
    expect(summary).toMatchObject({ end: 'done', records: 20, events: 20, dead: 0, gaps: [{ page: 2 }] });
    const [gap] = vendor.checkpoint()?.gaps ?? [];
    expect(gap).toMatchObject({
      endpoint: 'entries',
      page: 2,
      code: 'page-not-json',
      lo: '2026-01-09T00:00:00Z',
    });
    const [letter] = vendor.dead() as {
      stage: string;
      code: string;
      record: { base64: string; bytes: number };
    }[];
    expect(letter).toMatchObject({ stage: 'decode', code: 'page-not-json', record: { page: 2, bytes: 20 } });
    expect(Buffer.from(letter?.record.base64 ?? '', 'base64').toString()).toBe('<html>sign in</html>');
    expect(vendor.dead()).toHaveLength(1);
  });

  test('says that it cannot be passed over where only its body names the next one', async () => {
    const pages: Reply[] = [
      { body: { items: [{ id: 'a' }], next: 'https://log.example.com/entries?position=10' } },
      { body: '<html>' },
    ];
    const vendor = poisoned({
      endpoint: { pagination: { type: 'next_link', next: 'body.next' } },
      answer: (request) => pages[positionOf(request) / 10] ?? {},
    });
    const { summary } = await vendor.run({ skipPoison: true });
    expect(summary).toMatchObject({ end: 'parked', events: 1, gaps: [] });
    expect(summary.problem?.fix).toContain('it cannot be passed over');
    expect(vendor.checkpoint()?.gaps).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ['an offset', { type: 'offset', parameter: 'position', page_size: 10 }, 'position'],
    ['a page number', { type: 'page_number', parameter: 'page', first: 0, page_size: 10 }, 'page'],
  ])('is passed over with %s by what the page before held', async (_, pagination, parameter) => {
    const all = some(30);
    const vendor = journal({
      cursor: NO_SLICE,
      endpoint: { pagination },
      answer: ({ url }) => {
        const at = Number(url.searchParams.get(parameter) ?? 0) * (parameter === 'page' ? 10 : 1);
        return at === 10 ? { body: '[' } : { body: { items: all.slice(at, at + 10) } };
      },
    });
    const { summary } = await vendor.run({ skipPoison: true });
    expect(summary).toMatchObject({ end: 'done', events: 20, gaps: [{ page: 2 }] });
  });

  test('is the vendor when there are many of them', async () => {
    const vendor = journal({
      entries: some(300),
      cursor: NO_SLICE,
      answer: (request, _, page) => (positionOf(request) > 0 ? { ...page, body: '<' } : page),
    });
    const { summary } = await vendor.run({ skipPoison: true });
    expect(summary.end).toBe('parked');
    expect(summary.gaps).toHaveLength(GAPS_PER_RUN_MAX);
  });

  test('that is missing makes no record gone', async () => {
    const sweeping = {
      streams: {
        all: {
          record: { entry: 'entries' },
          removed: { absent: true },
          event: 'inventory_info',
          mappings: { own: 'own.jsonata' },
          unvalidated: ['own'],
        },
      },
    };
    let isPoisoned = false;
    const vendor = poisoned({
      ...sweeping,
      answer: (request, count, page) => (isPoisoned ? poisonedAt(10)(request, count, page) : page),
    });
    await vendor.run({ streams: ['all'] });
    isPoisoned = true;
    const { summary } = await vendor.run({ streams: ['all'], skipPoison: true });
    expect(summary).toMatchObject({ end: 'done', removed: 0, gaps: [{ page: 2 }] });
    vendor.entries.splice(15, 1);
    isPoisoned = false;
    expect((await vendor.run({ streams: ['all'] })).summary).toMatchObject({ removed: 1 });
  });
});
