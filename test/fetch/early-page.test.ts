import { describe, expect, test } from 'vitest';
import { none } from '../../engine/auth/none.ts';
import type { EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { nextTurn } from '../../engine/env.ts';
import { pageHead } from '../../engine/fetch/page-head.ts';
import { readingHere } from '../../engine/fetch/page-reader.ts';
import { RateLimiter, type RateWindow } from '../../engine/fetch/rate-limit.ts';
import { Walk } from '../../engine/fetch/walk.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { baseOf, endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { type Reply, scriptedNetwork } from '../support/scripted-network.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const NEXT_LINK: Partial<EndpointDefinition> = { pagination: { type: 'odata_next_link' } };
const PADDING = 'x'.repeat(300_000);
const THINGS = 'https://api.example.com/things';

const linkTo = (url: string) => ({ '@odata.nextLink': url });
const page = (number: number | string) => linkTo(`${THINGS}?page=${number}`);

/** A large page of one record. */
function large(id: number, before: object = {}, after: object = {}): Reply {
  return { body: { ...before, value: [{ id, PADDING }], ...after } };
}

interface Setting {
  definition?: Partial<EndpointDefinition>;
  windows?: RateWindow[];
  pagesMax?: number;
}

async function walkOver(
  reply: (search: string) => Reply,
  { definition = NEXT_LINK, windows = [], pagesMax }: Setting = {},
) {
  const configured = await endpointOf(definition);
  const network = scriptedNetwork((request) => reply(request.url.search));
  const clock = new SimulatedClock();
  const asked = () => network.requests.map(({ url }) => url.search);
  /** How many requests there were when a page was about to be read. */
  const before: number[] = [];
  const walk = new Walk({
    endpoint: configured.endpoint,
    base: await baseOf(configured),
    authenticator: none(),
    rateLimiter: new RateLimiter(windows, clock),
    env: { ...nodeEnv(network), clock },
    pages: {
      ...readingHere,
      read: async (bytes, path) => {
        await nextTurn();
        before.push(network.requests.length);
        return readingHere.read(bytes, path);
      },
    },
    ...(pagesMax !== undefined && { pagesMax }),
  });
  const ids = async () => {
    const found: unknown[] = [];
    for (let step = await walk.step(); step.type === 'page'; step = await walk.step())
      found.push(...step.page.records.records(0, step.page.records.recordCount));
    return found.map((record) => (record as { id: unknown }).id);
  };
  return { walk, asked, before, ids, clock };
}

const three = (search: string) =>
  search === '' ? large(1, page(2)) : search === '?page=2' ? large(2, page(3)) : large(3);

describe('the page after a large one', () => {
  test('is asked for before that one is read, and each once', async () => {
    const { walk, asked, before, ids } = await walkOver(three);
    expect(await ids()).toEqual([1, 2, 3]);
    expect(before).toEqual([2, 3, 3]);
    expect(asked()).toEqual(['', '?page=2', '?page=3']);
    expect(walk.calls).toBe(3);
  });

  test('is asked for where the headers name it', async () => {
    const definition: Partial<EndpointDefinition> = { pagination: { type: 'link_header' } };
    const headers = { link: `<${THINGS}?page=2>; rel="next"` };
    const reply = (search: string) => (search === '' ? { ...large(1), headers } : large(2));
    const { ids, before } = await walkOver(reply, { definition });
    expect([await ids(), before]).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test.each<[string, Reply]>([
    ['is small', { body: { ...page(2), value: [{ id: 1 }] } }],
    ['names it behind its records', large(1, {}, page(2))],
  ])('is asked for when that one is read, where that one %s', async (_, first) => {
    const { ids, before } = await walkOver((search) => (search === '' ? first : large(2)));
    expect([await ids(), before]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('is another one where the page has another link at its end', async () => {
    const text = JSON.stringify(large(1, page('wrong')).body);
    const pages: Record<string, Reply> = {
      '': { body: text.replace(/}$/, `,${JSON.stringify(page(2)).slice(1)}`) },
      '?page=2': large(2),
      '?page=wrong': large(7, page('worse')),
    };
    const { asked, ids } = await walkOver((search) => pages[search] ?? { status: 404 });
    expect(await ids()).toEqual([1, 2]);
    expect(asked()).toEqual(['', '?page=wrong', '?page=2']);
  });

  test('is asked for again where it came with an error, which is told in its turn', async () => {
    let times = 0;
    const { walk, asked, ids } = await walkOver((search) =>
      search === '?page=2' && times++ === 0 ? { status: 503 } : three(search),
    );
    expect(await walk.step()).toMatchObject({ type: 'page', page: { number: 1 } });
    expect(await failureOf(() => walk.step())).toMatchObject({ kind: 'transient' });
    expect(await ids()).toEqual([2, 3]);
    expect(asked()).toEqual(['', '?page=2', '?page=2', '?page=3']);
    expect(walk.calls).toBe(4);
  });

  test('is asked for again after one that has to be', async () => {
    let times = 0;
    const broken = `${JSON.stringify(three('').body)}]`;
    const { walk, ids, asked } = await walkOver((search) =>
      search === '' && times++ === 0 ? { body: broken } : three(search),
    );
    expect(await failureOf(() => walk.step())).toMatchObject({ code: 'page-not-json' });
    expect(await ids()).toEqual([1, 2, 3]);
    expect(asked()).toEqual(['', '?page=2', '', '?page=2', '?page=3']);
  });

  test.each([
    ['at another origin', linkTo('https://elsewhere.example.com/things')],
    ['at the same URL', linkTo(THINGS)],
    ['at what is no URL', linkTo('https://')],
  ])('is not asked for %s', async (_, link) => {
    const { walk, asked } = await walkOver(() => large(1, link));
    await walk.step();
    expect(asked()).toEqual(['']);
  });

  test('is not asked for where there may be no more pages', async () => {
    const { walk, asked } = await walkOver(three, { pagesMax: 2 });
    await walk.step();
    await walk.step();
    expect(asked()).toEqual(['', '?page=2']);
  });

  test('leaves when the budget has a call for it, and is counted once', async () => {
    const { walk, asked, clock } = await walkOver(three, { windows: [{ calls: 1, per_ms: 1_000 }] });
    expect(await walk.step()).toMatchObject({ type: 'page' });
    expect(asked()).toEqual(['']);
    expect(await walk.step()).toEqual({ type: 'wait', ms: 1_000 });
    await clock.advance(1_000);
    expect(await walk.step()).toMatchObject({ type: 'page', page: { number: 2 } });
    expect([asked(), walk.calls]).toEqual([['', '?page=2'], 2]);
  });
});

describe('the beginning of an answer', () => {
  test.each<[string, string, object | undefined]>([
    ['all members before the list', '{"a":1,"b":{"c":[2]}, "value" : [{"x":1', { a: 1, b: { c: [2] } }],
    ['none', '\ufeff {"value":[', {}],
    ['names and texts with escapes', String.raw`{"a\u0062":"\n","value":[`, { ab: '\n' }],
    ['a list whose name is written in another way', String.raw`{"a":1,"v\u0061lue":[`, { a: 1 }],
    ['a list that has not come yet', '{"a":1,"b":[1,2', undefined],
    ['no list at all', '{"a":1}', undefined],
    ['no JSON', '{"a":1,value:[', undefined],
    ['HTML', '<html>', undefined],
    ['no object', '[{"value":[', undefined],
    ['nothing', '', undefined],
    ['more than is looked at', `{"a":"${'x'.repeat(20_000)}","value":[`, undefined],
  ])('has %s', (_, text, members) => {
    expect(pageHead(Buffer.from(text), ['value'])).toEqual(members);
  });

  test('is not known of a list that lies deeper, or is the answer itself', () => {
    expect(pageHead(Buffer.from('{"a":1,"d":{"value":['), ['d', 'value'])).toBeUndefined();
    expect(pageHead(Buffer.from('[1'), [])).toBeUndefined();
  });
});
