import { describe, expect, test } from 'vitest';
import { none } from '../../engine/auth/none.ts';
import { ATTEMPTS_MAX } from '../../engine/limits.ts';
import { failureOf } from '../support/failure-of.ts';
import {
  type Answered,
  type Asked,
  batchOf,
  type LookupLane,
  type LookupSetting,
  lookupLane,
} from '../support/lookup-lane.ts';

const BATCH: Omit<LookupSetting, 'answer'> = {
  endpoints: {
    details: { path: '/v1.0/things/${input.thing.id}', batch: { path: '/v1.0/$batch', size: 20 } },
  },
  lookups: { details: { endpoint: 'details' } },
};

const things = (...ids: unknown[]): Record<string, unknown>[] => ids.map((id) => ({ thing: { id } }));
const letters = [...'abcdefghijklmnopqrstuvwxyz'];

/** Every question has its own address as the answer, unless the test says otherwise; single ones too. */
function answering(
  special: (url: string, count: number) => Answered | undefined | 'missing' = () => undefined,
): LookupSetting['answer'] {
  const counts = new Map<string, number>();
  const one = (url: string): Answered | undefined => {
    const count = counts.get(url) ?? 0;
    counts.set(url, count + 1);
    const answered = special(url, count);
    return answered === 'missing' ? undefined : (answered ?? { body: { at: url } });
  };
  return (asked) =>
    asked.method === 'POST' ? batchOf(asked, one) : (one(asked.target.replace('/v1.0', '')) ?? {});
}

const calls = (lane: LookupLane) =>
  lane.asked.map(({ method, target, body }) =>
    method === 'POST' ? body.requests.map(({ url }) => url).join(' ') : `GET ${target}`,
  );

describe('questions of an endpoint with `batch`', () => {
  test('are sent together, and answered in whatever order', async () => {
    const lane = await lookupLane({ ...BATCH, answer: answering() });
    const inputs = things(...letters, 'a');
    const round = lane.round(inputs);
    await lane.play(round);
    expect(inputs.map(({ details }) => details)).toEqual(
      [...letters, 'a'].map((letter) => ({ at: `/things/${letter}` })),
    );
    expect(round.failures.size).toBe(0);
    expect(lane.asked.map(({ target, body }) => [target, body.requests.length])).toEqual([
      ['/v1.0/$batch', 20],
      ['/v1.0/$batch', 6],
    ]);
    expect(lane.asked[0]?.body.requests[0]).toEqual({
      id: '1',
      method: 'GET',
      url: '/things/a',
      headers: { accept: 'application/json' },
    });
  });

  test('carry the headers of the endpoint, and never a credential', async () => {
    const authenticator = {
      ...none(),
      authorize: async ({ headers, url }: { headers: Record<string, string>; url: URL }) => {
        headers.authorization = 'Bearer canary-token';
        url.searchParams.set('key', 'canary-key');
      },
    };
    const lane = await lookupLane({
      ...BATCH,
      authenticator,
      api: { headers: { Prefer: 'all-members', Authorization: 'Basic canary-basic', Cookie: 'canary' } },
      answer: answering(),
    });
    await lane.play(lane.round(things('a', 'b')));
    const [asked] = lane.asked as [Asked];
    expect(asked.headers.authorization).toBe('Bearer canary-token');
    expect(asked.headers['content-type']).toBe('application/json');
    expect(asked.body.requests.map(({ headers }) => headers)).toEqual([
      { accept: 'application/json', prefer: 'all-members' },
      { accept: 'application/json', prefer: 'all-members' },
    ]);
    expect(JSON.stringify(asked.body)).not.toContain('canary');
  });

  test('are relative to where the batch lies, and absolute paths elsewhere', async () => {
    const lane = await lookupLane({
      ...BATCH,
      endpoints: {
        details: {
          path: '/v2/things/${input.thing.id}',
          query: { $select: 'a,b' },
          batch: { path: '/v1.0/$batch' },
        },
      },
      api: {},
      answer: answering(),
    });
    await lane.play(lane.round(things('../../admin', 'a/b?x=1')));
    expect(lane.asked[0]?.body.requests.map(({ url }) => url)).toEqual([
      '/v2/things/..%2F..%2Fadmin?$select=a,b',
      '/v2/things/a%2Fb%3Fx%3D1?$select=a,b',
    ]);
  });

  test('are a plain call where there is only one', async () => {
    const lane = await lookupLane({ ...BATCH, answer: answering() });
    const inputs = things('a');
    await lane.play(lane.round(inputs));
    expect(calls(lane)).toEqual(['GET /v1.0/things/a']);
    expect(inputs[0]?.details).toEqual({ at: '/things/a' });
  });

  test('each count as a call of the budget, and a batch is never larger than the budget', async () => {
    const windows = [{ calls: 4, per_ms: 60_000 }];
    const lane = await lookupLane({ ...BATCH, windows, answer: answering() });
    const { waits } = await lane.play(lane.round(things(...letters.slice(0, 10))));
    expect(lane.asked.map(({ body }) => body.requests.length)).toEqual([4, 4, 2]);
    expect(waits).toEqual([60_000, 60_000]);
  });
});

describe('an answer of a batch', () => {
  test('that is missing is asked for again', async () => {
    const lane = await lookupLane({
      ...BATCH,
      answer: answering((url, count) => (url === '/things/b' && count === 0 ? 'missing' : undefined)),
    });
    const inputs = things('a', 'b', 'c');
    const { errors } = await lane.play(lane.round(inputs));
    expect(errors).toEqual([]);
    expect(inputs[1]?.details).toEqual({ at: '/things/b' });
    expect(calls(lane)).toEqual(['/things/a /things/b /things/c', 'GET /v1.0/things/b']);
  });

  test('of 429 holds until its time, and just those are asked again', async () => {
    const slow = ['/things/b', '/things/d'];
    const lane = await lookupLane({
      ...BATCH,
      answer: answering((url, count) =>
        slow.includes(url) && count === 0
          ? { status: 429, headers: { 'Retry-After': url === '/things/b' ? '5' : '7' } }
          : undefined,
      ),
    });
    const inputs = things('a', 'b', 'c', 'd');
    const { waits, errors } = await lane.play(lane.round(inputs));
    expect(errors).toEqual([]);
    expect(waits).toEqual([7_000]);
    expect(calls(lane)).toEqual(['/things/a /things/b /things/c /things/d', '/things/b /things/d']);
    expect(inputs.every(({ details }) => details)).toBe(true);
  });

  test('of 429 to all of them is the lane to treat', async () => {
    const lane = await lookupLane({
      ...BATCH,
      answer: answering((_, count) =>
        count === 0 ? { status: 429, headers: { 'retry-after': '9' } } : undefined,
      ),
    });
    const round = lane.round(things('a', 'b'));
    expect(await failureOf(() => round.step())).toMatchObject({
      code: 'http-rate-limited',
      retry: { afterMs: 9_000 },
    });
    expect(await round.step()).toEqual({ type: 'wait', ms: 9_000 });
    await lane.clock.advance(9_000);
    expect(await round.step()).toEqual({ type: 'asked' });
    expect(round.failures.size).toBe(0);
  });

  test('of 429 for an hour is told to the lane, which need not hold the process', async () => {
    const lane = await lookupLane({
      ...BATCH,
      answer: answering((url) =>
        url === '/things/b' ? { status: 429, headers: { 'retry-after': '3600' } } : undefined,
      ),
    });
    const round = lane.round(things('a', 'b'));
    expect(await failureOf(() => round.step())).toMatchObject({ retry: { afterMs: 3_600_000 } });
  });

  test('of 500 is asked for again, later and with others', async () => {
    const lane = await lookupLane({
      ...BATCH,
      endpoints: {
        details: { path: '/v1.0/things/${input.thing.id}', batch: { path: '/v1.0/$batch', size: 3 } },
      },
      answer: answering((url, count) => (url === '/things/a' && count === 0 ? { status: 500 } : undefined)),
    });
    const inputs = things('a', 'b', 'c', 'd', 'e');
    await lane.play(lane.round(inputs));
    expect(calls(lane)).toEqual(['/things/a /things/b /things/c', '/things/a /things/d /things/e']);
    expect(inputs[0]?.details).toEqual({ at: '/things/a' });
  });

  test('of 500 again and again is asked for alone, and fails then', async () => {
    const broken = ['/things/a', '/things/b'];
    const lane = await lookupLane({
      ...BATCH,
      answer: (asked, count) =>
        answering((url) =>
          broken.includes(url) && (asked.method === 'POST' || url === '/things/a')
            ? { status: 503 }
            : undefined,
        )(asked, count),
    });
    const inputs = things('a', 'b', 'c');
    const round = lane.round(inputs);
    await lane.play(round);
    expect(calls(lane)).toEqual([
      '/things/a /things/b /things/c',
      ...Array.from({ length: ATTEMPTS_MAX - 1 }, () => '/things/a /things/b'),
      'GET /v1.0/things/a',
      'GET /v1.0/things/b',
    ]);
    expect([...round.failures].map(([index, { error }]) => [index, error.code])).toEqual([
      [0, 'http-server-error'],
    ]);
    expect(inputs[1]?.details).toEqual({ at: '/things/b' });
  });

  test('of 404 is a failure of its question, or no answer where a rule says so', async () => {
    const answer = answering((url) =>
      url === '/things/b' ? { status: 404, body: { error: { code: 'NotFound' } } } : undefined,
    );
    for (const isRuled of [false, true]) {
      const lane = await lookupLane({
        ...BATCH,
        ...(isRuled && {
          api: { responses: [{ when: "body.error.code = 'NotFound'", outcome: 'empty' as const }] },
        }),
        answer,
      });
      const inputs = things('a', 'b', 'c');
      const round = lane.round(inputs);
      expect((await lane.play(round)).errors).toEqual([]);
      expect([...round.failures.values()].map(({ error }) => error.code)).toEqual(
        isRuled ? [] : ['http-not-found'],
      );
      expect(inputs.map(({ details }) => details !== undefined)).toEqual([true, false, true]);
    }
  });

  test('of 403 refuses the whole lookup, and what came with it counts', async () => {
    const lane = await lookupLane({
      ...BATCH,
      endpoints: {
        details: { path: '/v1.0/things/${input.thing.id}', batch: { path: '/v1.0/$batch', size: 2 } },
      },
      answer: answering((url) => (url === '/things/b' ? { status: 403 } : undefined)),
    });
    const inputs = things('a', 'b', 'c', 'd');
    const round = lane.round(inputs);
    await lane.play(round);
    expect([...round.failures].map(([index, { error }]) => [index, error.code])).toEqual([
      [1, 'permission-missing'],
      [2, 'permission-missing'],
      [3, 'permission-missing'],
    ]);
    expect(inputs[0]?.details).toEqual({ at: '/things/a' });
    expect(lane.asked).toHaveLength(1);
  });

  test('of 401 asks for a new token, once for the batch, and then for those without an answer', async () => {
    let refusals = 0;
    const authenticator = { ...none(), refused: () => ++refusals < 3 };
    const lane = await lookupLane({
      ...BATCH,
      authenticator,
      answer: answering((url, count) => (url !== '/things/a' && count === 0 ? { status: 401 } : undefined)),
    });
    const inputs = things('a', 'b', 'c');
    const { errors } = await lane.play(lane.round(inputs));
    expect(errors.map(({ code, retry }) => [code, retry])).toEqual([['auth-refused', 'new_token']]);
    expect(refusals).toBe(1);
    expect(calls(lane)).toEqual(['/things/a /things/b /things/c', '/things/b /things/c']);
    expect(inputs.every(({ details }) => details)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['is no object', { body: 'PGh0bWw+' }],
    ['has no body', {}],
  ])('that %s is a failure of its question', async (_, part) => {
    const lane = await lookupLane({
      ...BATCH,
      answer: ({ body }) => ({
        body: { responses: body.requests.map(({ id }) => ({ id, status: 200, ...(part as object) })) },
      }),
    });
    const round = lane.round(things('a', 'b'));
    await lane.play(round);
    expect([...round.failures.values()].map(({ error }) => error.code)).toEqual([
      'lookup-no-record',
      'lookup-no-record',
    ]);
  });

  test('without an id, without a status, with an id that nobody gave or twice is not taken for another', async () => {
    const lane = await lookupLane({
      ...BATCH,
      answer: (asked, count) =>
        count > 0
          ? answering()(asked, count)
          : {
              body: {
                responses: [
                  { status: 200, body: { wrong: 1 } },
                  { id: '9', status: 200, body: { wrong: 2 } },
                  { id: '2', body: { wrong: 3 } },
                  null,
                  { id: '1', status: 200, body: { right: 1 } },
                  { id: '1', status: 200, body: { wrong: 4 } },
                ],
              },
            },
    });
    const inputs = things('a', 'b');
    await lane.play(lane.round(inputs));
    expect(inputs.map(({ details }) => details)).toEqual([{ right: 1 }, { at: '/things/b' }]);
  });
});

describe('a batch as a whole', () => {
  test.each<[string, Answered, string]>([
    ['answers 503', { status: 503 }, 'http-server-error'],
    ['answers 404', { status: 404 }, 'http-not-found'],
    ['has no responses', { body: { value: [] } }, 'lookup-bad-batch'],
    ['has no answer at all', { body: { responses: [] } }, 'lookup-unanswered'],
  ])('that %s fails all of its questions when it is given up, and no others', async (_, answer, code) => {
    const lane = await lookupLane({
      ...BATCH,
      endpoints: {
        details: {
          path: '/v1.0/things/${input.thing.id}',
          batch: { path: '/v1.0/$batch', size: 2 },
          // Of one question it means nothing; of a batch it must not.
          responses: [{ when: 'status = 404', outcome: 'empty' }],
        },
      },
      answer: () => answer,
    });
    const round = lane.round(things('a', 'b', 'c', 'd'));
    const error = await failureOf(() => round.step());
    expect(error.code).toBe(code);
    round.giveUp(error);
    expect([...round.failures.keys()]).toEqual([0, 1]);
    expect(round.endpoint?.name).toBe('details');
  });

  test('that nobody answers comes to its end', async () => {
    const lane = await lookupLane({
      ...BATCH,
      answer: ({ method }) => (method === 'POST' ? { body: { responses: [] } } : { status: 500 }),
    });
    const round = lane.round(things('a', 'b', 'c'));
    await lane.play(round);
    expect(round.failures.size).toBe(3);
  });
});

describe('lists in a batch', () => {
  const LISTS: Omit<LookupSetting, 'answer'> = {
    endpoints: {
      members: {
        path: '/v1.0/things/${input.thing.id}',
        records: 'members',
        member_names: 'camel_case',
        pagination: { type: 'odata_next_link' },
        batch: { path: '/v1.0/$batch' },
      },
    },
    lookups: { members: { endpoint: 'members' } },
  };

  test('go on page by page outside of it', async () => {
    const lane = await lookupLane({
      ...LISTS,
      answer: (asked) => {
        const link = (page: number) => `http://${asked.headers.host}/v1.0/more?page=${page}`;
        if (asked.method === 'GET')
          return asked.target.endsWith('page=2')
            ? { body: { members: [{ Id: 3 }], '@odata.nextLink': link(3) } }
            : { body: { members: [{ Id: 4 }] } };
        return batchOf(asked, (url) =>
          url === '/things/a'
            ? { body: { members: [{ Id: 1 }, { Id: 2 }], '@odata.nextLink': link(2) } }
            : { body: { members: [] } },
        );
      },
    });
    const inputs = things('a', 'b');
    const round = lane.round(inputs);
    await lane.play(round);
    expect(round.failures.size).toBe(0);
    expect(inputs.map(({ members }) => members)).toEqual([[{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }], []]);
    expect(lane.asked).toHaveLength(3);
  });

  test('that are none fail', async () => {
    const lane = await lookupLane({
      ...LISTS,
      answer: (asked) =>
        batchOf(asked, (url) => ({ body: url === '/things/a' ? { members: 1 } : { members: [] } })),
    });
    const round = lane.round(things('a', 'b'));
    await lane.play(round);
    expect([...round.failures].map(([index, { error }]) => [index, error.code])).toEqual([
      [0, 'page-no-records'],
    ]);
  });
});
