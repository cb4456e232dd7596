import { describe, expect, test } from 'vitest';
import type { Authenticator } from '../../engine/auth/index.ts';
import { none } from '../../engine/auth/none.ts';
import type { EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { EngineError } from '../../engine/errors.ts';
import { RateLimiter, type RateWindow } from '../../engine/fetch/rate-limit.ts';
import { Walk } from '../../engine/fetch/walk.ts';
import { ERROR_BODY_BYTES_MAX } from '../../engine/limits.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { baseOf, endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { type Reply, scriptedNetwork } from '../support/scripted-network.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const NEXT_LINK: Partial<EndpointDefinition> = { pagination: { type: 'odata_next_link' } };
const SKIP: Partial<EndpointDefinition> = { pagination: { type: 'odata_skip', page_size: 2 } };

interface Setting {
  authenticator?: Authenticator;
  windows?: RateWindow[];
  pagesMax?: number;
}

async function walkOver(
  definition: Partial<EndpointDefinition>,
  reply: Parameters<typeof scriptedNetwork>[0],
  setting: Setting = {},
) {
  const configured = await endpointOf(definition);
  const network = scriptedNetwork(reply);
  const clock = new SimulatedClock();
  const walk = new Walk({
    endpoint: configured.endpoint,
    base: await baseOf(configured),
    authenticator: setting.authenticator ?? none(),
    rateLimiter: new RateLimiter(setting.windows ?? [], clock),
    env: { ...nodeEnv(network), clock },
    ...(setting.pagesMax !== undefined && { pagesMax: setting.pagesMax }),
  });
  return { walk, network, clock };
}

/** Keys of all records up to the end of the list; at most 50 pages. */
async function keysOf(walk: Walk): Promise<number[][]> {
  const pages: number[][] = [];
  for (let count = 0; count < 50; count++) {
    const step = await walk.step();
    if (step.type === 'end') return pages;
    if (step.type === 'wait') throw new Error(`it waits ${step.ms} ms`);
    const { records } = step.page;
    pages.push(
      Array.from({ length: records.recordCount }, (_, index) => (records.record(index) as { id: number }).id),
    );
  }
  throw new Error('it does not end');
}

const list = (ids: number[], rest: object = {}): Reply => ({
  body: { ...rest, value: ids.map((id) => ({ id })) },
});
const link = (page: number) => ({ '@odata.nextLink': `https://api.example.com/things?page=${page}` });

describe('a walk', () => {
  test('gives page after page, counted from 1, until the list says that it is over', async () => {
    const pages = [list([1, 2], link(2)), list([3], link(3)), list([4])];
    const { walk, network } = await walkOver(NEXT_LINK, (_, count) => pages[count] ?? {});
    expect(await walk.step()).toMatchObject({
      type: 'page',
      page: { number: 1, fetchedAt: Date.UTC(2025, 0, 1) },
    });
    expect(await keysOf(walk)).toEqual([[3], [4]]);
    expect(await walk.step()).toEqual({ type: 'end' });
    expect(network.requests.map(({ url }) => url.search)).toEqual(['', '?page=2', '?page=3']);
    expect(walk.calls).toBe(3);
  });

  test('an empty last page is no page', async () => {
    const pages = [list([1, 2]), list([3]), list([])];
    const { walk, network } = await walkOver(SKIP, (_, count) => pages[count] ?? {});
    expect(await keysOf(walk)).toEqual([[1, 2], [3]]);
    expect(network.requests.map(({ url }) => url.search)).toEqual([
      '?$top=2',
      '?$top=2&$skip=2',
      '?$top=2&$skip=3',
    ]);
  });

  test('an empty page with a link is a page, and the walk goes on', async () => {
    const pages = [list([1], link(2)), list([], link(3)), list([], link(4)), list([2])];
    const { walk } = await walkOver(NEXT_LINK, (_, count) => pages[count] ?? {});
    expect(await keysOf(walk)).toEqual([[1], [], [], [2]]);
  });

  test('an empty page that links to itself ends the list: there is nothing more for now', async () => {
    const pages = [list([1], link(2)), list([], link(2))];
    const { walk, network } = await walkOver(NEXT_LINK, (_, count) => pages[count] ?? {});
    expect(await keysOf(walk)).toEqual([[1]]);
    expect(network.requests).toHaveLength(2);
    expect(await walk.step()).toEqual({ type: 'end' });
  });

  test('204 is no page of a list, the first neither, unless a rule says so', async () => {
    const pages = [{ status: 204 }, list([1, 2]), { status: 204 }, list([])];
    const { walk } = await walkOver(SKIP, (_, count) => pages[count] ?? {});
    const refused = { code: 'page-empty-body', kind: 'transient', retry: 'backoff' };
    expect(await failureOf(() => walk.step())).toMatchObject(refused);
    expect(await walk.step()).toMatchObject({ type: 'page' });
    expect(await failureOf(() => walk.step())).toMatchObject(refused);
    expect(await walk.step()).toEqual({ type: 'end' });
    const rule: Partial<EndpointDefinition> = {
      responses: [{ when: 'status = 204', outcome: 'empty' }],
    };
    const declared = await walkOver({ ...SKIP, ...rule }, () => ({ status: 204 }));
    expect(await keysOf(declared.walk)).toEqual([]);
  });

  test('takes an error by its status and headers where its body cannot be read', async () => {
    const broken = {
      status: 429,
      headers: { 'retry-after': '7', 'content-encoding': 'br' },
      body: 'no brotli',
    };
    const { walk } = await walkOver(SKIP, () => broken);
    const told = { code: 'http-rate-limited', kind: 'rate_limit', retry: { afterMs: 7_000 } };
    expect(await failureOf(() => walk.step())).toMatchObject(told);
  });

  test('waits for its budget and asks nothing meanwhile', async () => {
    const pages = [list([1, 2]), list([])];
    const { walk, network, clock } = await walkOver(SKIP, (_, count) => pages[count] ?? {}, {
      windows: [{ calls: 1, per_ms: 60_000 }],
    });
    expect(await walk.step()).toMatchObject({ type: 'page' });
    await clock.advance(1_000);
    expect(await walk.step()).toEqual({ type: 'wait', ms: 59_000 });
    expect(network.requests).toHaveLength(1);
    await clock.advance(59_000);
    expect(await walk.step()).toEqual({ type: 'end' });
  });
});

describe('paging in circles', () => {
  test('one page that comes again and again at its own address is found at once', async () => {
    const { walk, network } = await walkOver(NEXT_LINK, () => list([1], link(1)));
    expect(await failureOf(() => keysOf(walk))).toMatchObject({
      code: 'page-loop',
      kind: 'contract',
      retry: 'never',
    });
    expect(network.requests).toHaveLength(3);
  });

  test('so is a circle of several pages', async () => {
    const pages = [list([1], link(2)), list([2], link(3)), list([3], link(2))];
    const { walk, network } = await walkOver(
      NEXT_LINK,
      ({ url }) => pages[Number(url.searchParams.get('page') ?? 1) - 1] ?? {},
    );
    expect(await failureOf(() => keysOf(walk))).toMatchObject({ code: 'page-loop' });
    expect(network.requests).toHaveLength(4);
  });

  test('a vendor that does not know $skip is found after three pages of the same, whatever time each page bears', async () => {
    const { walk, network } = await walkOver(SKIP, (_, count) => list([1, 2], { at: count }));
    expect(await failureOf(() => keysOf(walk))).toMatchObject({ code: 'page-loop' });
    expect(network.requests).toHaveLength(4);
  });

  test('tokens that differ each time do not hide it', async () => {
    const { walk, network } = await walkOver(NEXT_LINK, (_, count) =>
      list([[1], [2], [3]][count % 3] ?? [], link(count + 2)),
    );
    expect(await failureOf(() => keysOf(walk))).toMatchObject({ code: 'page-loop' });
    expect(network.requests).toHaveLength(6);
  });

  test('an empty page that leads back is found', async () => {
    const pages = [list([1], link(2)), list([], link(3)), list([], link(2))];
    const { walk } = await walkOver(
      NEXT_LINK,
      ({ url }) => pages[Number(url.searchParams.get('page') ?? 1) - 1] ?? {},
    );
    expect(await failureOf(() => keysOf(walk))).toMatchObject({ code: 'page-loop' });
  });

  test('records that come twice on different pages are no circle', async () => {
    const pages = [list([1, 2]), list([2, 3]), list([3, 1]), list([])];
    const { walk } = await walkOver(SKIP, (_, count) => pages[count] ?? {});
    expect(await keysOf(walk)).toEqual([
      [1, 2],
      [2, 3],
      [3, 1],
    ]);
  });
});

describe('the end of a list', () => {
  test('is not 204 in the place of a page that the vendor has named', async () => {
    const pages = [list([1], link(2)), { status: 204 }, list([2])];
    const { walk } = await walkOver(NEXT_LINK, (_, count) => pages[count] ?? {});
    await walk.step();
    expect(await failureOf(() => walk.step())).toMatchObject({ code: 'page-empty-body', retry: 'backoff' });
    expect(await keysOf(walk)).toEqual([[2]]);
  });

  test('comes for a vendor that pages for ever with ever new records, too, and says so', async () => {
    const { walk, network } = await walkOver(NEXT_LINK, (_, count) => list([count], link(count + 2)), {
      pagesMax: 30,
    });
    expect(await failureOf(() => keysOf(walk))).toMatchObject({ code: 'page-too-many', kind: 'contract' });
    expect(network.requests).toHaveLength(30);
  });

  test.each([400, 404, 410])(
    'a token for the next page that is answered with %i has expired',
    async (status) => {
      const token: Partial<EndpointDefinition> = {
        pagination: { type: 'cursor', parameter: 'after', next: 'body.after' },
      };
      const pages = [list([1], { after: 'x' }), { status }];
      const { walk } = await walkOver(token, (_, count) => pages[count] ?? {});
      await walk.step();
      expect(await failureOf(() => walk.step())).toMatchObject({
        code: 'page-link-expired',
        retry: 'backoff',
      });
    },
  );
});

describe('a failed step', () => {
  test.each<[string, Reply, string, string]>([
    [
      'a body that ends too early',
      { body: '{"value":[', headers: { 'content-length': '999' } },
      'http-body-truncated',
      'backoff',
    ],
    ['JSON that ends too early', { body: '{"value":[{"id":1},{"i' }, 'page-truncated', 'backoff'],
    ['an empty body', { body: '' }, 'page-empty-body', 'backoff'],
    ['502 with HTML', { status: 502, body: '<html>' }, 'http-server-error', 'backoff'],
    ['200 with HTML', { body: '<html><body>sign in</body></html>' }, 'page-not-json', 'backoff'],
    ['200 with an error in it', { body: { error: { code: 'x' } } }, 'page-no-records', 'backoff'],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://evil.example.net/' } },
      'http-redirect',
      'never',
    ],
    ['404 with HTML', { status: 404, body: '<html>' }, 'http-not-found', 'never'],
  ])('%s: the next step makes the same request again', async (_, bad, code, retry) => {
    const pages = [list([1, 2]), bad, list([3]), list([])];
    const { walk, network } = await walkOver(SKIP, (_request, count) => pages[count] ?? {});
    await walk.step();
    expect(await failureOf(() => walk.step())).toMatchObject({ code, retry });
    expect(await keysOf(walk)).toEqual([[3]]);
    const [, failed, again] = network.requests;
    expect(again?.url.href).toBe(failed?.url.href);
    expect(network.requests.every(({ url }) => url.origin === 'https://api.example.com')).toBe(true);
  });

  test('what the network throws comes through as it is', async () => {
    const lost = new EngineError({
      code: 'http-unreachable',
      kind: 'transient',
      message: 'gone',
      retry: 'backoff',
    });
    const { walk } = await walkOver(SKIP, () => {
      throw lost;
    });
    expect(await failureOf(() => walk.step())).toBe(lost);
  });

  test.each<[string, Reply]>([
    ['is too long to be read', { status: 503, body: 'x'.repeat(ERROR_BODY_BYTES_MAX + 1) }],
    [
      'has an encoding that nobody knows',
      { status: 503, body: 'x', headers: { 'content-encoding': 'zstd' } },
    ],
    ['is no JSON', { status: 503, body: '{' }],
  ])('an error answer whose body %s is judged by its status', async (_, reply) => {
    const { walk } = await walkOver(SKIP, () => ({
      ...reply,
      headers: { ...reply.headers, 'retry-after': '3' },
    }));
    expect(await failureOf(() => walk.step())).toMatchObject({
      code: 'http-server-error',
      retry: { afterMs: 3_000 },
    });
  });

  test('a link that is refused sends nothing', async () => {
    const { walk, network } = await walkOver(NEXT_LINK, () =>
      list([1], { '@odata.nextLink': 'https://evil.example.net/2' }),
    );
    await walk.step();
    expect(await failureOf(() => walk.step())).toMatchObject({ code: 'http-origin-refused', retry: 'never' });
    expect(network.requests).toHaveLength(1);
  });

  test('a next link that is no longer good is told apart from a wrong path', async () => {
    const pages = [list([1], link(2)), { status: 410 }];
    const { walk } = await walkOver(NEXT_LINK, (_, count) => pages[count] ?? {});
    await walk.step();
    expect(await failureOf(() => walk.step())).toMatchObject({ code: 'page-link-expired' });
  });
});

describe('credentials', () => {
  /** Tokens from a list; the one after the last is the last again. */
  function tokens(values: string[]) {
    let at = 0;
    const log: string[] = [];
    const authenticator: Authenticator = {
      ...none(),
      authorize: async ({ headers }) => {
        headers.authorization = `Bearer ${values[at]}`;
      },
      refused: () => {
        log.push('refused');
        at = Math.min(at + 1, values.length);
        return at < values.length;
      },
      accepted: () => {
        log.push('accepted');
      },
    };
    return { authenticator, log };
  }

  test('a refused token is worth another try when there is a new one', async () => {
    const { authenticator, log } = tokens(['old', 'new']);
    const { walk, network } = await walkOver(
      SKIP,
      ({ headers, url }) =>
        headers.authorization === 'Bearer old'
          ? { status: 401 }
          : list(url.searchParams.has('$skip') ? [] : [1, 2]),
      { authenticator },
    );
    expect(await failureOf(() => walk.step())).toMatchObject({ code: 'auth-refused', retry: 'new_token' });
    expect(await keysOf(walk)).toEqual([[1, 2]]);
    expect(network.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer new',
      'Bearer new',
    ]);
    expect(log).toEqual(['refused', 'accepted', 'accepted']);
  });

  test('it is not when there is none', async () => {
    const { authenticator } = tokens(['only']);
    const { walk } = await walkOver(SKIP, () => ({ status: 401 }), { authenticator });
    expect(await failureOf(() => walk.step())).toMatchObject({
      code: 'auth-refused',
      kind: 'credentials',
      retry: 'never',
    });
  });

  test('are asked for by `prepare`, and go with each page', async () => {
    const { authenticator } = tokens(['one']);
    const pages = [list([1, 2]), list([])];
    const { walk, network } = await walkOver(SKIP, (_, count) => pages[count] ?? {}, { authenticator });
    await walk.prepare();
    expect(network.requests).toHaveLength(0);
    await keysOf(walk);
    expect(network.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer one',
      'Bearer one',
    ]);
  });

  test("a key in the query is in no page's address of the walk: the next link stays the vendor's", async () => {
    const authenticator: Authenticator = {
      ...none(),
      authorize: async ({ url }) => {
        url.search = `${url.search}&key=k`;
      },
    };
    const pages = [list([1], link(2)), list([2])];
    const { walk, network } = await walkOver(NEXT_LINK, (_, count) => pages[count] ?? {}, { authenticator });
    await keysOf(walk);
    expect(network.requests.map(({ url }) => url.search)).toEqual(['?&key=k', '?page=2&key=k']);
    const itself = [list([1], link(2)), list([], link(2))];
    const again = await walkOver(NEXT_LINK, (_, count) => itself[count] ?? {}, { authenticator });
    expect(await keysOf(again.walk)).toEqual([[1]]);
  });
});

describe('404', () => {
  const definition: Partial<EndpointDefinition> = {
    ...SKIP,
    responses: [{ when: "status = 404 and body.error.code = 'NotFound'", outcome: 'empty' }],
  };

  test('of the service itself is an empty list, as its rule says', async () => {
    const { walk } = await walkOver(definition, () => ({
      status: 404,
      body: { error: { code: 'NotFound' } },
    }));
    expect(await walk.step()).toEqual({ type: 'end' });
    expect(await walk.step()).toEqual({ type: 'end' });
  });

  test('of a server that does not know the path is an error', async () => {
    const { walk } = await walkOver(definition, () => ({ status: 404, body: '<html>not found</html>' }));
    expect(await failureOf(() => walk.step())).toMatchObject({ code: 'http-not-found', kind: 'contract' });
  });
});
