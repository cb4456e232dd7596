import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { OAuth2ClientCredentials } from '../../engine/auth/index.ts';
import { requestToken } from '../../engine/auth/token-request.ts';
import type { Env } from '../../engine/env.ts';
import type { EngineError } from '../../engine/errors.ts';
import { Secret } from '../../engine/secret.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const SECRET = 'super-secret-value';
const NOW = Date.UTC(2026, 0, 2);
const clock = new SimulatedClock(NOW);

const credentials: OAuth2ClientCredentials = {
  type: 'oauth2_client_credentials',
  tokenUrl: 'https://login.test/tenant/token?hint=1',
  clientId: 'client',
  client: { method: 'secret', secret: new Secret(SECRET) },
  errorCode: async (body) => (body as { error_codes: string[] }).error_codes[0],
  errors: {
    7000215: { message: 'the client secret is wrong', fix: 'Copy the value of the secret, not its id.' },
    90006: { message: 'the service has a hiccup', fix: 'Wait.', kind: 'transient' },
  },
};

async function failure(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<EngineError> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const send = async () => ({
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
    body: (async function* () {
      yield Buffer.from(text);
    })(),
  });
  const env = { clock, network: { send } } as unknown as Env;
  return requestToken(credentials, env).then(
    () => expect.fail('a token was given'),
    (error: EngineError) => error,
  );
}

const html = '<!DOCTYPE html><title>Sign in</title>';

describe('the table of the connector', () => {
  test.each([
    ['a string', '7000215'],
    ['a number', 7000215],
  ])('gives a code that is %s its words and its fix', async (_, code) => {
    const error = await failure(401, {
      error: 'invalid_client',
      error_codes: [code],
      error_description: 'app 42',
    });
    expect(error).toMatchObject({ code: 'auth-rejected', kind: 'credentials', retry: 'never' });
    expect(error.message).toBe(
      'the client secret is wrong (token request to `https://login.test/tenant/token`: 401, `invalid_client`, code `7000215`)',
    );
    expect(error.fix).toBe('Copy the value of the secret, not its id.');
  });

  test('can say that a code passes by itself', async () => {
    const error = await failure(400, { error: 'invalid_request', error_codes: ['90006'] });
    expect(error).toMatchObject({ code: 'auth-rejected', kind: 'transient', retry: 'backoff' });
  });

  test('does not know the code: the code and the `error` are told, the description is not', async () => {
    const error = await failure(400, {
      error: 'invalid_scope',
      error_codes: ['70011'],
      error_description: 'app 42',
    });
    expect(error).toMatchObject({ code: 'auth-rejected', kind: 'credentials', retry: 'never' });
    expect(error.message).toBe(
      'token request to `https://login.test/tenant/token` was refused: 400, `invalid_scope`, code `70011`',
    );
  });

  test('is not asked for what every object has', async () => {
    const error = await failure(400, { error: 'invalid_scope', error_codes: ['constructor'] });
    expect(error.message).toMatch(/was refused: 400/);
  });

  test('is not needed when the body is not what its expression reads', async () => {
    const error = await failure(401, { error: 'invalid_client' });
    expect(error.message).toMatch(/was refused: 401, `invalid_client`$/);
  });

  test('serves an error that comes with 200', async () => {
    const error = await failure(200, { error: 'invalid_client', error_codes: ['7000215'] });
    expect(error).toMatchObject({ code: 'auth-rejected', kind: 'credentials' });
  });
});

describe('an answer without a code', () => {
  test.each<[string, number, unknown, string, string]>([
    ['400 without JSON', 400, html, 'auth-rejected', 'credentials'],
    ['401 with an empty body', 401, '', 'auth-rejected', 'credentials'],
    ['404 with a page', 404, html, 'auth-answer', 'contract'],
    ['200 with a page', 200, html, 'auth-answer', 'contract'],
    ['200 with an empty body', 200, '', 'auth-answer', 'contract'],
    ['200 with null', 200, null, 'auth-answer', 'contract'],
    ['200 with a list', 200, [1], 'auth-answer', 'contract'],
    ['200 without a token', 200, { token_type: 'Bearer' }, 'auth-answer', 'contract'],
    ['200 with an empty token', 200, { token_type: 'Bearer', access_token: '' }, 'auth-answer', 'contract'],
    [
      '200 with a token that is no text',
      200,
      { token_type: 'Bearer', access_token: {} },
      'auth-answer',
      'contract',
    ],
  ])('%s is not tried again', async (_, status, body, code, kind) => {
    expect(await failure(status, body)).toMatchObject({ code, kind, retry: 'never' });
  });

  test.each<[number, unknown]>([
    [500, html],
    [502, ''],
    [503, { error: 'temporarily_unavailable' }],
    [400, { error: 'temporarily_unavailable' }],
    [408, ''],
    [500, 'x'.repeat(2 * 1024 * 1024)],
  ])('%i is tried again after a back-off', async (status, body) => {
    expect(await failure(status, body)).toMatchObject({
      code: 'auth-unavailable',
      kind: 'transient',
      retry: 'backoff',
    });
  });

  test.each([
    [429, '7', 7000],
    [429, new Date(NOW + 90_000).toUTCString(), 90_000],
    [503, '2', 2000],
  ])('%i with Retry-After %s waits for it', async (status, value, afterMs) => {
    expect((await failure(status, '', { 'retry-after': value })).retry).toEqual({ afterMs });
  });

  test('429 without Retry-After backs off', async () => {
    expect(await failure(429, '')).toMatchObject({
      code: 'auth-rate-limited',
      kind: 'rate_limit',
      retry: 'backoff',
    });
  });

  test.each<[unknown, Record<string, string>, string]>([
    [html, {}, 'an HTML or XML page'],
    ['', {}, 'an empty body'],
    ['token=abc', { 'content-type': 'text/plain; charset=utf-8' }, 'text that is not JSON (`text/plain`)'],
    [{ token: 'abc' }, {}, 'JSON without `access_token`'],
    [{ access_token: 'abc', token_type: 'mac' }, {}, 'a token of type `mac`'],
    [{ access_token: 'abc' }, {}, 'a token of type `unknown`'],
    ['{"a":"'.padEnd(1024 * 1024 + 1, 'x'), {}, 'a body of more than 1048576 bytes'],
  ])('says what came: %#', async (body, headers, observed) => {
    expect((await failure(200, body, headers)).message).toBe(
      'token request to `https://login.test/tenant/token` was not answered with a token: ' +
        `200, ${observed}, expected JSON with \`access_token\` and \`token_type\` \`Bearer\``,
    );
  });
});

describe('no secret', () => {
  test.each<[string, number, unknown]>([
    ['that is repeated as `error`', 400, { error: SECRET }],
    ['that is repeated as the code', 400, { error: 'x', error_codes: [SECRET] }],
    ['that is repeated in the description', 400, { error: 'x', error_description: SECRET }],
    ['that is repeated in a page', 200, `<p>${SECRET}`],
    ['beside a token of another type', 200, { access_token: SECRET, token_type: 'mac' }],
  ])('%s is told', async (_, status, body) => {
    const error = await failure(status, body);
    const told = [
      error.message,
      error.stack,
      error.fix,
      JSON.stringify(error),
      inspect(error, { depth: 9, showHidden: true }),
    ];
    expect(told.join('\n')).not.toContain(SECRET);
  });
});
