import { describe, expect, test } from 'vitest';
import type { Json, Loose } from '../support/tenant.ts';
import { startVendor, type Told, type Vendor } from '../support/vendor.ts';

/** Things, each with details that are asked for. */
function connector(lookup: Json = {}): Loose {
  return {
    endpoints: {
      things: { path: '/things', records: 'value', key: 'id' },
      details: { path: '/things/${input.thing.id}' },
    },
    streams: {
      things: {
        record: { thing: 'things' },
        removed: { absent: true },
        lookup: { details: { endpoint: 'details', ...lookup } },
      },
    },
  };
}

const named = (...ids: string[]): Json[] => ids.map((id) => ({ id }));

/** Answers for details by id; `status` in place of an answer where it is a number. */
async function vendorOf(
  definition: Loose,
  answers: Record<string, unknown>,
  ...ids: string[]
): Promise<Vendor> {
  const vendor = await startVendor(definition);
  vendor.lists = { '/things': named(...ids) };
  vendor.reply = (url) => {
    const [, , id] = url.pathname.split('/');
    if (id === undefined)
      return url.pathname === '/things' ? { body: { value: vendor.lists['/things'] } } : undefined;
    const answer = answers[id];
    return typeof answer === 'number' ? { status: answer, body: {} } : { body: answer };
  };
  return vendor;
}

const told = (events: readonly Told[]) =>
  events.map(({ thing, details, change }) => [thing.id, change.type, details?.size]);

test('the answer reaches the mapping, and is asked for only of what is new or changed', async () => {
  const answers: Record<string, unknown> = { a: { size: 1 }, b: { size: 2 } };
  const vendor = await vendorOf(connector(), answers, 'a', 'b');
  const first = await vendor.run();
  expect(told(first.events)).toEqual([
    ['a', 'create', 1],
    ['b', 'create', 2],
  ]);
  expect(first.asked).toEqual(['/things', '/things/a', '/things/b']);
  answers.b = { size: 3 };
  const second = await vendor.run();
  expect([second.events, second.asked]).toEqual([[], ['/things']]);
  vendor.lists['/things'] = [{ id: 'a', n: 1 }, { id: 'b' }];
  const third = await vendor.run();
  expect([told(third.events), third.asked]).toEqual([[['a', 'update', 1]], ['/things', '/things/a']]);
});

test('what is gone is not asked for', async () => {
  const vendor = await vendorOf(connector(), { a: { size: 1 }, b: { size: 2 } }, 'a', 'b');
  await vendor.run();
  vendor.lists['/things'] = named('a');
  const { events, asked } = await vendor.run();
  expect([told(events), asked]).toEqual([[['b', 'remove', undefined]], ['/things']]);
});

describe('an optional question that fails', () => {
  test('leaves its event without the answer, and is asked again until it has one', async () => {
    const answers: Record<string, unknown> = { a: { size: 1 }, b: 404 };
    const vendor = await vendorOf(connector({ optional: true }), answers, 'a', 'b');
    const first = await vendor.run();
    expect(told(first.events)).toEqual([
      ['a', 'create', 1],
      ['b', 'create', undefined],
    ]);
    expect(first.summary).toMatchObject({ end: 'done', events: 2, dead: 0 });
    expect(first.summary.missing).toEqual([{ code: 'http-not-found', count: 1, sample: expect.any(String) }]);

    const again = await vendor.run();
    expect([again.events, again.asked]).toEqual([[], ['/things', '/things/b']]);
    expect(again.summary).toMatchObject({ records: 2, unchanged: 2, events: 0, missing: [{ count: 1 }] });

    answers.b = { size: 2 };
    const answered = await vendor.run();
    expect(told(answered.events)).toEqual([['b', 'update', 2]]);
    expect(answered.events[0].change.uid).not.toBe(first.events[1].change.uid);
    expect(answered.summary.missing).toEqual([]);

    const last = await vendor.run();
    expect([last.events, last.asked]).toEqual([[], ['/things']]);
  });

  test('is asked again also of a record that changed meanwhile, and of one that is gone is told so', async () => {
    const vendor = await vendorOf(connector({ optional: true }), { a: 404, b: 404 }, 'a', 'b');
    await vendor.run();
    vendor.lists['/things'] = [{ id: 'a', n: 1 }];
    const { events, summary } = await vendor.run();
    expect(told(events)).toEqual([
      ['a', 'update', undefined],
      ['b', 'remove', undefined],
    ]);
    expect(summary).toMatchObject({ end: 'done', removed: 1, missing: [{ count: 1 }] });
    expect((await vendor.run()).asked).toEqual(['/things', '/things/a']);
  });

  test('for want of a permission is refused once, not once a record', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
    const refused = Object.fromEntries(ids.map((id) => [id, 403]));
    const vendor = await vendorOf(connector({ optional: true }), refused, ...ids);
    const { summary, asked, events } = await vendor.run();
    expect(asked).toEqual(['/things', '/things/t0']);
    expect([summary.end, events.length]).toEqual(['done', 60]);
    expect(summary.missing).toMatchObject([{ code: 'permission-missing', count: 60 }]);
  });
});

describe('a question that must have an answer', () => {
  test('makes its record a dead letter where it has none, which is tried again', async () => {
    const answers: Record<string, unknown> = { a: { size: 1 }, b: 404 };
    const vendor = await vendorOf(connector(), answers, 'a', 'b');
    const { events, dead, summary } = await vendor.run();
    expect(told(events)).toEqual([['a', 'create', 1]]);
    expect(dead).toMatchObject([{ stage: 'lookup', code: 'http-not-found', key: 'b', record: { id: 'b' } }]);
    expect(summary).toMatchObject({ end: 'done', records: 2, dead: 1, missing: [] });
    answers.b = { size: 2 };
    expect(told((await vendor.run()).events)).toEqual([['b', 'create', 2]]);
  });

  test('parks the lane where the permission is missing, and nothing is written', async () => {
    const vendor = await vendorOf(connector(), { a: 403, b: 403 }, 'a', 'b');
    const { events, dead, summary, asked } = await vendor.run();
    expect([events, dead, asked]).toEqual([[], [], ['/things', '/things/a']]);
    expect(summary).toMatchObject({ end: 'parked', problem: { kind: 'permission' } });
  });

  test('is asked again after a passing fault', async () => {
    const vendor = await vendorOf(connector(), {}, 'a');
    vendor.reply = (url, before) =>
      url.pathname === '/things'
        ? { body: { value: named('a') } }
        : before < 2
          ? { status: 503, body: {} }
          : { body: { size: before } };
    const { events, summary } = await vendor.run();
    expect([told(events), summary.retries]).toEqual([[['a', 'create', 2]], 2]);
  });
});

test('a stop while a question waits ends the lane; what was not committed comes once, in the next run', async () => {
  // Two batches of one page: the first is written when the second has to wait.
  const ids = Array.from({ length: 520 }, (_, index) => `t${index}`);
  const vendor = await vendorOf(connector({ when: 'true' }), {}, ...ids);
  const answered = vendor.reply;
  vendor.reply = (url, before) =>
    url.pathname === '/things/t505'
      ? { status: 429, headers: { 'retry-after': '600' }, body: {} }
      : answered(url, before);
  const stop = new AbortController();
  const stopped = await vendor.run({
    stop: stop.signal,
    onTransition: ({ to }) => {
      if (to === 'waiting') stop.abort();
    },
  });
  expect([stopped.summary.end, stopped.events, stopped.summary.records]).toEqual(['stopped', [], 0]);
  vendor.reply = answered;
  // The vendor's ten minutes hold the next run, too, unless it keeps to no limits.
  const { events, summary } = await vendor.run({ rateLimitOff: true });
  expect(summary.end).toBe('done');
  expect(events.map(({ thing }) => thing.id)).toEqual(ids);
}, 30_000);

test.each([
  ['a lookup', connector({ optional: true })],
  [
    'a list that is joined',
    {
      endpoints: {
        things: { path: '/things', records: 'value', key: 'id' },
        details: { path: '/things/b', records: 'value', key: 'id' },
      },
      streams: {
        things: {
          record: { thing: 'things' },
          join: { details: { endpoint: 'details', on: { 'thing.id': 'id' }, optional: true } },
        },
      },
    },
  ],
])(
  'a disk that fails while %s is asked for is no answer: no record goes on without it',
  async (_, definition) => {
    const vendor = await startVendor(definition);
    vendor.lists = { '/things': named('b') };
    vendor.reply = (url, before) =>
      url.pathname === '/things/b' && before === 0
        ? { status: 429, headers: { 'retry-after': '1' } }
        : undefined;
    const { files } = vendor.env;
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    vendor.env.files = {
      ...files,
      replace: async (path, content) => {
        if (path.endsWith('.calls')) throw full;
        return files.replace(path, content);
      },
    };
    const { summary, events } = await vendor.run();
    expect([summary.end, summary.problem?.code, events]).toEqual(['failed', 'state-unwritable', []]);
  },
);
