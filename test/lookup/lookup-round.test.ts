import { describe, expect, test } from 'vitest';
import { none } from '../../engine/auth/none.ts';
import { EngineError } from '../../engine/errors.ts';
import { ATTEMPTS_MAX, LOOKUP_FAILURES_IN_A_ROW_MAX } from '../../engine/limits.ts';
import { failureOf } from '../support/failure-of.ts';
import { type LookupSetting, lookupLane } from '../support/lookup-lane.ts';

const ONE: Omit<LookupSetting, 'answer'> = {
  endpoints: { details: { path: '/things/${input.thing.id}' } },
  lookups: { details: { endpoint: 'details' } },
};

const LIST: Omit<LookupSetting, 'answer'> = {
  endpoints: {
    members: {
      path: '/things/${input.thing.id}/members',
      records: 'value',
      pagination: { type: 'odata_next_link' },
    },
  },
  lookups: { members: { endpoint: 'members' } },
};

const things = (...ids: unknown[]): Record<string, unknown>[] => ids.map((id) => ({ thing: { id } }));

describe('an endpoint without `records`', () => {
  test('gives the record that the lookup is known by, once for all that ask the same', async () => {
    const lane = await lookupLane({ ...ONE, answer: ({ target }) => ({ body: { at: target } }) });
    const inputs = things('a', 'b', 'a');
    await lane.play(lane.round(inputs));
    expect(inputs.map(({ details }) => details)).toEqual([
      { at: '/things/a' },
      { at: '/things/b' },
      { at: '/things/a' },
    ]);
    expect(lane.asked.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /things/a',
      'GET /things/b',
    ]);
  });

  test('one call a step, and nothing more once it is done', async () => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ body: {} }) });
    const round = lane.round(things('a', 'b'));
    expect(round.endpoint?.name).toBe('details');
    expect([await round.step(), lane.asked.length]).toEqual([{ type: 'asked' }, 1]);
    expect([await round.step(), lane.asked.length]).toEqual([{ type: 'asked' }, 2]);
    expect([await round.step(), lane.asked.length]).toEqual([{ type: 'done' }, 2]);
    expect(round.endpoint).toBeUndefined();
  });

  test('names its members in camel case where the endpoint asks for that', async () => {
    const lane = await lookupLane({
      ...ONE,
      endpoints: { details: { path: '/things/${input.thing.id}', member_names: 'camel_case' } },
      answer: () => ({ body: { DeviceId: 'd', OSPlatform: 'Linux' } }),
    });
    const inputs = things('a');
    await lane.play(lane.round(inputs));
    expect(inputs[0]?.details).toEqual({ deviceId: 'd', osPlatform: 'Linux' });
  });

  test('that answers with a list has a failure of its own', async () => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ body: [{ id: 1 }] }) });
    const round = lane.round(things('a'));
    await lane.play(round);
    expect(round.failures.get(0)?.error).toMatchObject({ code: 'lookup-no-record', kind: 'contract' });
  });
});

describe('`into`', () => {
  const INTO = {
    ...ONE,
    endpoints: { details: { path: '/others/${input.other.id}' } },
    lookups: { details: { endpoint: 'details', into: 'other' } },
  };

  test('completes the members of another record, which stays as it was for others', async () => {
    const lane = await lookupLane({
      ...INTO,
      answer: () => ({ body: { id: 'o1', mac: 'aa', memory: 8, notes: null, name: '', empty: null } }),
    });
    const other = { id: 'o1', mac: null, memory: 0, notes: 'n', name: 'N' };
    const inputs = [{ thing: { id: 'a' }, other }];
    await lane.play(lane.round(inputs));
    expect(inputs).toEqual([
      {
        thing: { id: 'a' },
        other: { id: 'o1', mac: 'aa', memory: 8, notes: 'n', name: 'N', empty: null },
      },
    ]);
    expect(other.mac).toBeNull();
  });

  test('asks nothing where there is no such record', async () => {
    const lane = await lookupLane({
      ...INTO,
      endpoints: ONE.endpoints,
      answer: () => ({ body: { mac: 'aa' } }),
    });
    const inputs = [{ thing: { id: 'a' } }, { thing: { id: 'b' }, other: null }];
    await lane.play(lane.round(inputs));
    expect(lane.asked).toEqual([]);
    expect(inputs).toEqual([{ thing: { id: 'a' } }, { thing: { id: 'b' }, other: null }]);
  });

  test('takes no prototype from an answer', async () => {
    const lane = await lookupLane({
      ...INTO,
      answer: () => ({ body: JSON.parse('{"__proto__": {"x": 1}}') }),
    });
    const inputs = [{ thing: { id: 'a' }, other: { id: 'o1' } as Record<string, unknown> }];
    await lane.play(lane.round(inputs));
    expect(inputs[0]?.other.x).toBeUndefined();
  });
});

describe('an endpoint with `records`', () => {
  test('is walked to its end, page by page', async () => {
    const lane = await lookupLane({
      ...LIST,
      answer: ({ target, headers }) =>
        target.includes('page=2')
          ? { body: { value: [{ id: 3 }] } }
          : {
              body: {
                value: [{ id: 1 }, { id: 2 }],
                '@odata.nextLink': `http://${headers.host}${target}?page=2`,
              },
            },
    });
    const inputs = things('a', 'b');
    const round = lane.round(inputs);
    await lane.play(round);
    expect(inputs.map(({ members }) => members)).toEqual([
      [{ id: 1 }, { id: 2 }, { id: 3 }],
      [{ id: 1 }, { id: 2 }, { id: 3 }],
    ]);
    expect(lane.asked.map(({ target }) => target)).toEqual([
      '/things/a/members',
      '/things/a/members?page=2',
      '/things/b/members',
      '/things/b/members?page=2',
    ]);
    expect(round.failures.size).toBe(0);
  });

  test('may be empty, which is an answer', async () => {
    const lane = await lookupLane({ ...LIST, answer: () => ({ body: { value: [] } }) });
    const inputs = things('a');
    await lane.play(lane.round(inputs));
    expect(inputs[0]?.members).toEqual([]);
  });

  test('whose link has expired is begun anew once, and then fails', async () => {
    const lane = await lookupLane({
      ...LIST,
      answer: ({ target, headers }) =>
        target.includes('page=2')
          ? { status: 410 }
          : { body: { value: [{ id: 1 }], '@odata.nextLink': `http://${headers.host}${target}?page=2` } },
    });
    const inputs = things('a');
    const round = lane.round(inputs);
    await lane.play(round);
    expect(lane.asked.map(({ target }) => target.slice(17))).toEqual(['', '?page=2', '', '?page=2']);
    expect(round.failures.get(0)?.error).toMatchObject({ code: 'page-link-expired', kind: 'contract' });
    expect(inputs[0]).not.toHaveProperty('members');
  });

  test('whose link leads elsewhere is a failure of one record, and nothing is sent there', async () => {
    const lane = await lookupLane({
      ...LIST,
      answer: ({ target }) => ({
        body: {
          value: [],
          ...(target.includes('/a/') && { '@odata.nextLink': 'https://evil.example.net/2' }),
        },
      }),
    });
    const round = lane.round(things('a', 'b'));
    await lane.play(round);
    expect([...round.failures].map(([index, { error }]) => [index, error.code])).toEqual([
      [0, 'http-origin-refused'],
    ]);
  });
});

describe('a value in the path', () => {
  test.each([
    ['../../admin', '/things/..%2F..%2Fadmin'],
    ['a/b?x=1', '/things/a%2Fb%3Fx%3D1'],
    ['a#b', '/things/a%23b'],
    ['%2e%2e', '/things/%252e%252e'],
    ['..;/x', '/things/..%3B%2Fx'],
    ['..\\admin', '/things/..%5Cadmin'],
    ["x'); drop", '/things/x%27%29%3B%20drop'],
    ['Büro 🙂', '/things/B%C3%BCro%20%F0%9F%99%82'],
    ['a\n\tb', '/things/a%0A%09b'],
    ['va-_-vendor-_-edge', '/things/va-_-vendor-_-edge'],
    [7, '/things/7'],
  ])('of %j stays one segment', async (id, target) => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ body: {} }) });
    await lane.play(lane.round(things(id)));
    expect(lane.asked.map((asked) => asked.target)).toEqual([target]);
  });

  test.each([['.'], ['..'], [''], [null], [undefined], ['\ud800']])('of %j asks nothing', async (id) => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ body: {} }) });
    const inputs = things(id);
    const round = lane.round(inputs);
    await lane.play(round);
    expect(lane.asked).toEqual([]);
    expect(round.failures.size).toBe(0);
    expect(inputs).toEqual(things(id));
  });

  test('that is no text is a failure of its record', async () => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ body: { good: true } }) });
    const inputs = things({ nested: 1 }, 'b');
    const round = lane.round(inputs);
    await lane.play(round);
    expect(round.failures.get(0)?.error.code).toBe('expr-failed');
    expect(inputs[1]?.details).toEqual({ good: true });
  });

  test('leaves what the author wrote as it is, and the base URL in its place', async () => {
    const lane = await lookupLane({
      ...ONE,
      endpoints: { details: { path: '/v1.0/$x;y/${input.thing.id}/z' } },
      answer: () => ({ body: {} }),
    });
    await lane.play(lane.round(things('../..')));
    expect(lane.asked[0]?.target).toBe('/v1.0/$x;y/..%2F../z');
  });
});

describe('a value in the query', () => {
  const QUERY = {
    ...ONE,
    endpoints: { details: { path: '/find', query: { key: '${input.thing.id}', all: 'no', at: '${now}' } } },
  };

  test('cannot add another parameter', async () => {
    const lane = await lookupLane({ ...QUERY, answer: () => ({ body: {} }) });
    await lane.play(lane.round(things('a&all=yes#')));
    expect(lane.asked[0]?.target).toBe('/find?key=a%26all%3Dyes%23&all=no&at=2026-01-01T00:00:00Z');
  });

  test('that is absent asks nothing: the question would be one for everything', async () => {
    const lane = await lookupLane({ ...QUERY, answer: () => ({ body: {} }) });
    await lane.play(lane.round(things(undefined)));
    expect(lane.asked).toEqual([]);
  });
});

describe('a question that fails', () => {
  test('with 404 for good leaves the others alone, and is no call for help', async () => {
    const lane = await lookupLane({
      ...ONE,
      answer: ({ target }) => (target.endsWith('/a') ? { status: 404 } : { body: { ok: 1 } }),
    });
    const inputs = things('a', 'b');
    const round = lane.round(inputs);
    expect((await lane.play(round)).errors).toEqual([]);
    expect(round.failures.get(0)).toMatchObject({
      lookup: { name: 'details' },
      error: { code: 'http-not-found', kind: 'contract' },
    });
    expect(inputs[0]).not.toHaveProperty('details');
    expect(inputs[1]?.details).toEqual({ ok: 1 });
  });

  test('with a 404 that means nothing there has no answer and no failure', async () => {
    const responses = [{ when: "body.code = 'Gone'", outcome: 'empty' as const }];
    const lane = await lookupLane({
      ...ONE,
      endpoints: { details: { path: '/things/${input.thing.id}', responses } },
      answer: () => ({ status: 404, body: { code: 'Gone' } }),
    });
    const inputs = things('a');
    const round = lane.round(inputs);
    await lane.play(round);
    expect([round.failures.size, inputs]).toEqual([0, things('a')]);
  });

  test('for a passing reason is the lane to try again, and the same is asked then', async () => {
    const lane = await lookupLane({
      ...ONE,
      answer: (_, count) =>
        count === 0 ? { status: 503, headers: { 'retry-after': '3' } } : { body: { ok: 1 } },
    });
    const inputs = things('a');
    const round = lane.round(inputs);
    expect(await failureOf(() => round.step())).toMatchObject({
      kind: 'transient',
      retry: { afterMs: 3_000 },
    });
    expect(await round.step()).toEqual({ type: 'asked' });
    expect(inputs[0]?.details).toEqual({ ok: 1 });
  });

  test('too often is given up, and the round goes on', async () => {
    const lane = await lookupLane({
      ...ONE,
      answer: ({ target }) => (target.endsWith('/a') ? { status: 500 } : { body: { ok: 1 } }),
    });
    const inputs = things('a', 'b');
    const round = lane.round(inputs);
    const { errors } = await lane.play(round);
    expect(errors).toHaveLength(ATTEMPTS_MAX);
    expect(round.failures.get(0)?.error.code).toBe('http-server-error');
    expect(inputs[1]?.details).toEqual({ ok: 1 });
  });

  test('is not asked what comes after it, unless it can go on without the answer', async () => {
    const chain = (optional: boolean): LookupSetting => ({
      endpoints: {
        first: { path: '/first/${input.thing.id}' },
        second: { path: '/second/${input.thing.id}' },
      },
      lookups: { first: { endpoint: 'first', optional }, second: { endpoint: 'second' } },
      answer: ({ target }) => (target.startsWith('/first') ? { status: 404 } : { body: { ok: 1 } }),
    });
    for (const optional of [false, true]) {
      const lane = await lookupLane(chain(optional));
      const inputs = things('a');
      const round = lane.round(inputs);
      await lane.play(round);
      expect(round.failures.get(0)?.lookup.name).toBe('first');
      expect(inputs[0]?.second).toEqual(optional ? { ok: 1 } : undefined);
    }
  });
});

describe('a lookup after another', () => {
  test('may name the answer to it, and is not asked where there is none', async () => {
    const lane = await lookupLane({
      endpoints: {
        first: { path: '/first/${input.thing.id}' },
        second: { path: '/second/${input.first.next}' },
      },
      lookups: { first: { endpoint: 'first' }, second: { endpoint: 'second' } },
      answer: ({ target }) => ({
        body: target === '/first/a' ? { next: 'x/y' } : target === '/first/b' ? {} : { at: target },
      }),
    });
    const inputs = things('a', 'b');
    await lane.play(lane.round(inputs));
    expect(inputs.map(({ second }) => second)).toEqual([{ at: '/second/x%2Fy' }, undefined]);
  });
});

describe('what is refused', () => {
  test.each([
    [403, 'permission-missing'],
    [401, 'auth-refused'],
  ])(
    'with %i is refused to all of this round and of those to come, at the price of one call',
    async (status, code) => {
      const lane = await lookupLane({ ...ONE, answer: () => ({ status }) });
      const first = lane.round(things('a', 'b', 'c'));
      await lane.play(first);
      expect([...first.failures.values()].map(({ error }) => error.code)).toEqual([code, code, code]);
      const second = lane.round([...things('d'), {}]);
      await lane.play(second);
      expect([...second.failures.keys()]).toEqual([0]);
      expect(lane.asked).toHaveLength(1);
    },
  );

  test('by a service that answers nobody is not asked for ever', async () => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ status: 400 }) });
    const ids = Array.from({ length: 200 }, (_, index) => index);
    const round = lane.round(things(...ids));
    await lane.play(round);
    expect(round.failures.size).toBe(200);
    expect(lane.asked).toHaveLength(LOOKUP_FAILURES_IN_A_ROW_MAX);
  });

  test('by records that are gone says nothing of the service', async () => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ status: 404 }) });
    const ids = Array.from({ length: LOOKUP_FAILURES_IN_A_ROW_MAX + 20 }, (_, index) => index);
    await lane.play(lane.round(things(...ids)));
    expect(lane.asked).toHaveLength(ids.length);
  });

  test('by the place that gives tokens is refused to all of the round, also before the first call', async () => {
    const lane = await lookupLane({ ...ONE, answer: () => ({ body: {} }) });
    const round = lane.round(things('a', 'b'));
    await round.prepare();
    round.giveUp(new EngineError({ code: 'auth-wrong-secret', kind: 'credentials', message: 'wrong' }));
    expect(await round.step()).toEqual({ type: 'done' });
    expect([...round.failures.keys()]).toEqual([0, 1]);
    expect(lane.asked).toEqual([]);
  });

  test('as a token that has ended is asked again with a new one', async () => {
    let token = 'old';
    const authenticator = {
      ...none(),
      authorize: async ({ headers }: { headers: Record<string, string> }) => {
        headers.authorization = `Bearer ${token}`;
      },
      refused: () => {
        token = 'new';
        return true;
      },
    };
    const lane = await lookupLane({
      ...ONE,
      authenticator,
      answer: ({ headers }) =>
        headers.authorization === 'Bearer new' ? { body: { ok: 1 } } : { status: 401 },
    });
    const inputs = things('a');
    const round = lane.round(inputs);
    const { errors } = await lane.play(round);
    expect(errors.map(({ retry }) => retry)).toEqual(['new_token']);
    expect(inputs[0]?.details).toEqual({ ok: 1 });
    expect(JSON.stringify(errors)).not.toContain('Bearer');
  });
});

test('the budget of the API holds', async () => {
  const lane = await lookupLane({
    ...ONE,
    windows: [{ calls: 2, per_ms: 60_000 }],
    answer: () => ({ body: {} }),
  });
  const { waits } = await lane.play(lane.round(things('a', 'b', 'c', 'd', 'e')));
  expect(waits).toEqual([60_000, 60_000]);
  expect(lane.asked).toHaveLength(5);
});
