import { describe, expect, test } from 'vitest';
import type { EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { classify, type ErrorAnswer } from '../../engine/fetch/classify.ts';
import { endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';

const URL_ASKED = new URL('https://api.example.com/things?$filter=secret%20word');
const NOW = Date.UTC(2026, 0, 1);

/** What an answer comes to: `empty`, or the error. */
async function meaning(
  answer: Partial<ErrorAnswer> & { status: number },
  definition: Partial<EndpointDefinition> = {},
  isNextLink = false,
) {
  const { endpoint } = await endpointOf(definition);
  const whole = { headers: {}, body: undefined, ...answer };
  const context = { url: URL_ASKED, now: NOW, isNextLink };
  return failureOf(async () => {
    if ((await classify(whole, endpoint, context)) === 'empty') throw new Error('empty');
  }).catch((error: Error) => error.message as 'empty');
}

async function failed(...of: Parameters<typeof meaning>) {
  const error = await meaning(...of);
  if (error === 'empty') throw new Error('it is an empty list');
  return error;
}

describe('the status of an answer', () => {
  test.each([
    [400, 'http-refused', 'contract', 'never'],
    [401, 'auth-refused', 'credentials', 'new_token'],
    [403, 'permission-missing', 'permission', 'never'],
    [404, 'http-not-found', 'contract', 'never'],
    [408, 'http-server-error', 'transient', 'backoff'],
    [410, 'http-refused', 'contract', 'never'],
    [425, 'http-server-error', 'transient', 'backoff'],
    [429, 'http-rate-limited', 'rate_limit', 'backoff'],
    [500, 'http-server-error', 'transient', 'backoff'],
    [502, 'http-server-error', 'transient', 'backoff'],
    [503, 'http-server-error', 'transient', 'backoff'],
    [504, 'http-server-error', 'transient', 'backoff'],
    [301, 'http-redirect', 'contract', 'never'],
    [302, 'http-redirect', 'contract', 'never'],
    [307, 'http-redirect', 'contract', 'never'],
    [308, 'http-redirect', 'contract', 'never'],
  ])('%i is %s, of kind %s, tried again: %s', async (status, code, kind, retry) => {
    expect(await failed({ status })).toMatchObject({ code, kind, retry });
  });

  test.each([400, 404, 410])('%i to a next link says that the link is no longer good', async (status) => {
    expect(await failed({ status }, {}, true)).toMatchObject({
      code: 'page-link-expired',
      kind: 'transient',
      retry: 'backoff',
    });
  });

  test('401, 403 and 429 to a next link mean what they mean elsewhere', async () => {
    const codes = await Promise.all(
      [401, 403, 429].map(async (status) => (await failed({ status }, {}, true)).code),
    );
    expect(codes).toEqual(['auth-refused', 'permission-missing', 'http-rate-limited']);
  });
});

describe('Retry-After', () => {
  test.each([
    ['30', 30_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:45 GMT', 45_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['9999999', 86_400_000],
  ])('%s is a wait of %i ms, for 429 and 503', async (value, afterMs) => {
    for (const status of [429, 503])
      expect((await failed({ status, headers: { 'retry-after': value } })).retry).toEqual({ afterMs });
  });

  test.each(['-5', 'soon', ''])('"%s" is none', async (value) => {
    expect((await failed({ status: 429, headers: { 'retry-after': value } })).retry).toBe('backoff');
  });
});

describe('the words of an error', () => {
  test("name endpoint, address without query, status and the vendor's code", async () => {
    const error = await failed({ status: 400, body: { error: { code: 'ODataError', message: 'id 4711' } } });
    expect(error.message).toBe('endpoint `things` (https://api.example.com/things) answers 400 `ODataError`');
    expect(error.at).toMatchObject({ file: 'connector.yaml' });
  });

  test.each([
    [{ error: 'slow_down' }, 'slow_down'],
    [{ errorCode: 'E0000011' }, 'E0000011'],
    [{ code: 1305 }, '1305'],
    [{ error: { code: { nested: true } }, errorCode: 'X1' }, 'X1'],
  ])('%j tells the code %s', async (body, code) => {
    expect((await failed({ status: 500, body })).message).toContain(` \`${code}\``);
  });

  test.each([
    { error: 'user jane@example.com not found' },
    { error: { code: 'x'.repeat(65) } },
    'text',
    null,
    [],
  ])('nothing of %j is repeated', async (body) => {
    expect((await failed({ status: 500, body })).message).toBe(
      'endpoint `things` (https://api.example.com/things) answers 500',
    );
  });

  test('403 names the permissions of the endpoint and which to grant', async () => {
    const { message, fix } = await failed({ status: 403 }, { permissions: ['Thing.Read', 'Thing.Write'] });
    expect(message).toContain('lacks the permission Thing.Read or Thing.Write');
    expect(fix).toContain('grant Thing.Read ');
  });
});

describe('a rule of the connector', () => {
  const responses: EndpointDefinition['responses'] = [
    { when: "status = 404 and body.error.code = 'NotFound'", outcome: 'empty' },
    { when: "status = 400 and body.code = 'busy'", outcome: 'retry', message: 'the vendor is busy' },
    { when: "body.code = 'off'", outcome: 'fail', message: 'the API is turned off', fix: 'turn it on' },
    { when: 'status = 503', outcome: 'fail', message: 'shadowed below' },
  ];

  test("makes an empty list of the service's own 404, and of no other", async () => {
    expect(await meaning({ status: 404, body: { error: { code: 'NotFound' } } }, { responses })).toBe(
      'empty',
    );
    expect(await failed({ status: 404, body: { error: { code: 'Other' } } }, { responses })).toMatchObject({
      code: 'http-not-found',
    });
    expect(await failed({ status: 404, body: undefined }, { responses })).toMatchObject({
      code: 'http-not-found',
    });
  });

  test('tries again what HTTP would give up on', async () => {
    expect(await failed({ status: 400, body: { code: 'busy' } }, { responses })).toMatchObject({
      code: 'http-retry',
      kind: 'transient',
      retry: 'backoff',
    });
  });

  test('lends a refusal its words; the status says whose fault it is', async () => {
    for (const [status, kind] of [
      [400, 'contract'],
      [401, 'credentials'],
      [403, 'permission'],
    ] as const) {
      const error = await failed({ status, body: { code: 'off' } }, { responses });
      expect(error).toMatchObject({ kind, retry: 'never', fix: 'turn it on' });
      expect(error.message).toContain('the API is turned off');
    }
  });

  test('comes before what HTTP says, also before 5xx', async () => {
    expect(await failed({ status: 503 }, { responses })).toMatchObject({
      code: 'http-refused',
      retry: 'never',
    });
  });

  test('sees the headers', async () => {
    const byHeader: EndpointDefinition['responses'] = [
      { when: 'status = 403 and $lookup(headers, "x-limit") = "0"', outcome: 'retry' },
    ];
    expect(await failed({ status: 403, headers: { 'x-limit': '0' } }, { responses: byHeader })).toMatchObject(
      {
        code: 'http-retry',
      },
    );
    expect(await failed({ status: 403 }, { responses: byHeader })).toMatchObject({
      code: 'permission-missing',
    });
  });

  test('of a 429 that says when in its body waits until then', async () => {
    const at: EndpointDefinition['responses'] = [
      { when: 'status = 429', outcome: 'retry', retry_at: '$lookup(headers, "x-reset")' },
    ];
    const answer = { status: 429, headers: { 'x-reset': String(NOW / 1000 + 7) } };
    expect(await failed(answer, { responses: at })).toMatchObject({
      kind: 'rate_limit',
      retry: { afterMs: 7_000 },
    });
  });
});
