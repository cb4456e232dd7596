import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { none } from '../../../engine/auth/none.ts';
import { parseInstant } from '../../../engine/checkpoint/instant.ts';
import { RateLimiter } from '../../../engine/fetch/rate-limit.ts';
import { requestBase } from '../../../engine/fetch/request.ts';
import { Walk } from '../../../engine/fetch/walk.ts';
import { nodeEnv } from '../../../engine/node-env.ts';
import { endpointOf } from '../../support/endpoint-of.ts';
import { failureOf } from '../../support/failure-of.ts';
import { scriptedNetwork } from '../../support/scripted-network.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

interface Thing {
  id: number;
  at?: string | null;
}

interface Vendor {
  things: Thing[];
  /** Pages of one answer that are linked before the links end; 1 for none. */
  linked?: number;
  /** Of a linked page. */
  linkedSize?: number;
  ignores?: '$orderby' | '$filter' | '$skip';
}

/** Of what a walk asks for, the values of one parameter. */
const asked = (urls: URL[], name: string) => urls.map(({ searchParams }) => searchParams.get(name));

/** Answers as OData has it: filter, order (records without a value first), skip, top. */
function answerOf({ things, linked = 1, linkedSize, ignores }: Vendor, url: URL): object {
  const query = (name: string) => (name === ignores ? null : url.searchParams.get(name));
  const bounds = [...(query('$filter') ?? '').matchAll(/at ge (\S+?)\)?(?= and |$)/g)].map(([, text]) =>
    parseInstant(text),
  );
  const instantOf = ({ at }: Thing) => parseInstant(at) ?? -1n;
  const found = things.filter((thing) => bounds.every((bound) => instantOf(thing) >= (bound ?? 0n)));
  if (query('$orderby')) found.sort((a, b) => Number(instantOf(a) - instantOf(b)));
  const top = Number(query('$top'));
  const [, depth = '0', from = query('$skip') ?? '0'] = /^(\d+),(\d+)$/.exec(query('token') ?? '') ?? [];
  const size = linked > 1 ? (linkedSize ?? top) : top;
  const value = found.slice(Number(from), Number(from) + size);
  const next = new URL(url);
  next.searchParams.set('token', `${Number(depth) + 1},${Number(from) + size}`);
  const isMore = Number(from) + size < found.length && Number(depth) + 1 < linked;
  return { value, ...(isMore && { '@odata.nextLink': next.href }) };
}

async function walkOver(vendor: Vendor, pageSize: number, filter?: string, own?: string) {
  const configured = await endpointOf({
    pagination: { type: 'odata_window', field: 'at', page_size: pageSize },
    ...(own !== undefined && { query: { $filter: own } }),
  });
  const network = scriptedNetwork(({ url }) => ({ body: answerOf(vendor, url) }));
  const clock = new SimulatedClock();
  const walk = new Walk({
    endpoint: configured.endpoint,
    base: await requestBase(
      configured.endpoint,
      configured.configuration,
      '2026-01-01T00:00:00Z',
      filter === undefined ? {} : { $filter: filter },
    ),
    authenticator: none(),
    rateLimiter: new RateLimiter([], clock),
    env: { ...nodeEnv(network), clock },
  });
  const ids: number[] = [];
  for (let steps = 0; ; steps++) {
    if (steps > 500) throw new Error('it does not end');
    const step = await walk.step();
    if (step.type !== 'page') break;
    const { records } = step.page;
    for (let index = 0; index < records.recordCount; index++) ids.push((records.record(index) as Thing).id);
  }
  return { ids, urls: network.requests.map(({ url }) => url) };
}

/** `count` things at each of the instants, in the vendor's own order: the last first. */
function thingsAt(...instants: [string, number][]): Thing[] {
  const things = instants.flatMap(([at, count]) => Array.from({ length: count }, () => at));
  return things.map((at, id) => ({ id, at })).reverse();
}

const T1 = '2026-01-01T00:00:01Z';
const T2 = '2026-01-01T00:00:01.1234567Z';
const T3 = '2026-01-01T00:00:01.12345670Z';
const T4 = '2026-01-01T00:00:02.000Z';
const all = (count: number) => Array.from({ length: count }, (_, id) => id);

describe('a window', () => {
  test('asks in order, and after a full page from its last instant, as the vendor wrote it', async () => {
    const { ids, urls } = await walkOver({ things: thingsAt([T1, 2], [T2, 1], [T4, 1]) }, 3);
    expect(ids).toEqual([1, 0, 2, 2, 3]);
    expect(urls.map(({ search }) => search)).toEqual([
      '?$orderby=at%20asc&$top=3',
      '?$orderby=at%20asc&$top=3&$filter=at%20ge%202026-01-01T00:00:01.1234567Z',
    ]);
  });

  test('a short page ends the list, and so does an empty one', async () => {
    expect((await walkOver({ things: thingsAt([T1, 2]) }, 3)).urls).toHaveLength(1);
    expect((await walkOver({ things: [] }, 3)).urls).toHaveLength(1);
    expect((await walkOver({ things: thingsAt([T1, 1], [T2, 1], [T4, 1]) }, 3)).ids).toEqual([0, 1, 2, 2]);
  });

  test('follows links, and goes on from where they end', async () => {
    const { ids, urls } = await walkOver(
      { things: thingsAt([T1, 2], [T2, 2], [T4, 3]), linked: 2, linkedSize: 2 },
      2,
    );
    expect(new Set(ids)).toEqual(new Set(all(7)));
    expect(asked(urls, 'token').filter(Boolean).length).toBeGreaterThan(1);
  });

  test('an instant with more things than a page is walked by $skip, and left by its end', async () => {
    const { ids, urls } = await walkOver({ things: thingsAt([T1, 1], [T2, 7], [T4, 4]) }, 3);
    expect(new Set(ids)).toEqual(new Set(all(12)));
    expect(asked(urls, '$skip')).toEqual([null, null, '3', '6', null, '3']);
    expect(asked(urls, '$filter').at(-1)).toBe(`at ge ${T4}`);
  });

  test('instants are compared as such, not as texts', async () => {
    const { ids, urls } = await walkOver({ things: thingsAt([T2, 2], [T3, 2], [T4, 1]) }, 2);
    expect(new Set(ids)).toEqual(new Set(all(5)));
    expect(asked(urls, '$skip')).toContain('2');
  });

  test('things without the instant come first, and are all there', async () => {
    const things = [{ id: 5, at: T1 }, ...[0, 1, 2, 3].map((id) => ({ id, at: null })), { id: 4 }];
    const { ids } = await walkOver({ things }, 2);
    expect(new Set(ids)).toEqual(new Set(all(6)));
  });

  test('holds besides a filter that is asked for anyway', async () => {
    const { ids, urls } = await walkOver(
      { things: thingsAt([T1, 4], [T2, 2], [T4, 2]) },
      2,
      `at ge ${T2}`,
      "kind eq 'a' or kind eq 'b'",
    );
    expect(new Set(ids)).toEqual(new Set([4, 5, 6, 7]));
    expect(asked(urls, '$filter')[0]).toBe(`(kind eq 'a' or kind eq 'b') and at ge ${T2}`);
    expect(asked(urls, '$filter').at(-1)).toBe(
      `((kind eq 'a' or kind eq 'b') and at ge ${T2}) and at ge ${T4}`,
    );
  });

  test('loses nothing, however many things share an instant, whatever the page size', async () => {
    const run = fc.record({
      things: fc.array(fc.tuple(fc.constantFrom(T1, T2, T3, T4), fc.integer({ min: 1, max: 9 })), {
        maxLength: 5,
      }),
      pageSize: fc.integer({ min: 1, max: 6 }),
      linked: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ things, pageSize, linked }) => {
        const listed = thingsAt(...things);
        const { ids } = await walkOver({ things: listed, linked }, pageSize);
        expect(new Set(ids)).toEqual(new Set(all(listed.length)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a vendor that does not do as asked', () => {
  const things = thingsAt([T1, 1], [T2, 1], [T4, 1]);

  test.each(['$orderby', '$filter'] as const)('is found out when it ignores %s', async (ignores) => {
    const error = await failureOf(() => walkOver({ things, ignores }, 2));
    expect(error).toMatchObject({ code: 'page-unordered', kind: 'contract', retry: 'never' });
    expect(error.message).toContain('`things`');
    expect(error.at?.file).toBe('connector.yaml');
  });

  test('is believed when it ignores the order and a short page has everything', async () => {
    expect((await walkOver({ things, ignores: '$orderby' }, 9)).ids).toEqual([2, 1, 0]);
  });

  test('pages in circles when it ignores $skip', async () => {
    const many = { things: thingsAt([T1, 9]), ignores: '$skip' } as const;
    expect(await failureOf(() => walkOver(many, 2))).toMatchObject({ code: 'page-loop' });
  });
});
