/** S20: whatever a token endpoint says of the life and the kind of its token, it is asked rarely, and its answer ends as a token or as a coded error. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuth2ClientCredentials } from '../../engine/auth/index.ts';
import { oauth2ClientCredentials } from '../../engine/auth/oauth2-client-credentials.ts';
import { TokenStore } from '../../engine/auth/token-store.ts';
import type { Env } from '../../engine/env.ts';
import { REAUTHENTICATIONS_MAX } from '../../engine/limits.ts';
import { Secret } from '../../engine/secret.ts';
import { failureOf } from '../support/failure-of.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { grant, startTokenServer, type TokenServer } from '../support/token-server.ts';

const MINUTE = 60;
const DAY = 24 * 3600;
const SHARE = 0.8;

let server: TokenServer;
let clock: SimulatedClock;
let env: Env;
let credentials: OAuth2ClientCredentials;

beforeEach(async () => {
  server = await startTokenServer();
  clock = new SimulatedClock();
  env = loopbackEnv(clock, server.origin);
  credentials = {
    type: 'oauth2_client_credentials',
    tokenUrl: server.tokenUrl,
    clientId: 'client',
    client: { method: 'secret', secret: new Secret('s'), in: 'body' },
  };
});
afterEach(async () => {
  await env.network.close();
  await server.close();
});

function door() {
  const authenticator = oauth2ClientCredentials(credentials, env, new TokenStore(clock));
  return {
    ...authenticator,
    call: async () => {
      const request = { url: new URL(server.origin), headers: {} as Record<string, string> };
      await authenticator.authorize(request);
      return request.headers.authorization;
    },
  };
}

/** JSON as it may be written, since not all of it is a value here. */
function answerOf(expiresIn: string | undefined): { body: string } {
  const rest = expiresIn === undefined ? '' : `, "expires_in": ${expiresIn}`;
  return { body: `{"access_token": "t", "token_type": "Bearer"${rest}}` };
}

describe('the life of a token', () => {
  it.each<[expiresIn: string | undefined, lifeSeconds: number]>([
    ['3600', 3_600],
    ['"3600"', 3_600],
    ['"3600 seconds"', 3_600],
    ['59.9', MINUTE],
    ['60', MINUTE],
    ['-1', MINUTE],
    ['"-1"', MINUTE],
    ['0', MINUTE],
    ['-0', MINUTE],
    ['0.0001', MINUTE],
    ['86401', DAY],
    ['1e12', DAY],
    ['"1e12"', DAY],
    ['1e308', DAY],
    ['9007199254740993', DAY],
    // What is no number says nothing, and what says nothing is taken for the shortest.
    [undefined, MINUTE],
    ['null', MINUTE],
    ['""', MINUTE],
    ['"abc"', MINUTE],
    ['"Infinity"', MINUTE],
    ['"NaN"', MINUTE],
    ['1e999', MINUTE],
    ['true', MINUTE],
    ['[3600]', MINUTE],
    ['{"seconds": 3600}', MINUTE],
  ])('that is said to be %s is %i s', async (expiresIn, lifeSeconds) => {
    server.script(answerOf(expiresIn));
    const { call } = door();
    // Many requests in that time, at first and at the end, and one for a token.
    for (let count = 0; count < 20; count++) await call();
    await clock.advance(lifeSeconds * SHARE * 1_000 - 1);
    for (let count = 0; count < 20; count++) await call();
    expect(server.requests).toHaveLength(1);
    await clock.advance(1);
    expect(await call()).toBe('Bearer t');
    expect(server.requests).toHaveLength(2);
  });
});

describe('a token', () => {
  it.each<[string, unknown]>([
    ['without a type', { access_token: 't', expires_in: 3_600 }],
    ['of the type `mac`', grant('t', { token_type: 'mac' })],
    ['of the type `DPoP`', grant('t', { token_type: 'DPoP' })],
    ['of a type that only begins so', grant('t', { token_type: 'Bearer, mac' })],
    ['of a type that is null', grant('t', { token_type: null })],
    ['of a type that is a list', grant('t', { token_type: ['Bearer'] })],
    ['that is empty', grant('')],
    ['that is a number', { ...grant(''), access_token: 12 }],
    ['that is a list', { ...grant(''), access_token: ['t'] }],
    ['that is missing', { token_type: 'Bearer' }],
    ['inside of a list', [grant('t')]],
    ['that is null', null],
    ['in HTML', '<html>t</html>'],
    ['in half of an answer', '{"access_token": "t", "token_type": "Bearer"'],
    [
      'behind another one',
      '{"token_type":"Bearer","access_token":"a"}{"token_type":"Bearer","access_token":"b"}',
    ],
    ['in an answer of 10 MB', grant('t'.repeat(10 * 1024 * 1024))],
    ['beside 10 MB of something else', grant('t', { more: 'x'.repeat(10 * 1024 * 1024) })],
    ['in an answer nested a hundred thousand times', '['.repeat(100_000)],
    [
      'of 100,000 levels',
      `{"token_type":"Bearer","access_token":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
  ])('%s is none, and is told with a code', async (_, body) => {
    server.script({
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const error = await failureOf(door().call);
    expect(error.code).toMatch(/^auth-/);
    expect(error.message.length).toBeLessThan(500);
    expect(server.requests).toHaveLength(1);
  });

  it.each(['a\r\nx-injected: 1', 'a\nb', 'a\0b', 'a\u2028b', '\ud83d\ude00'])(
    '%j cannot be sent, and is not',
    async (token) => {
      server.script({ body: grant(token) });
      expect((await failureOf(door().call)).code).toBe('auth-header-value');
    },
  );

  it('may be called bearer in any spelling', async () => {
    server.script({ body: grant('t', { token_type: 'BEARER' }) });
    expect(await door().call()).toBe('Bearer t');
  });
});

it.each([-1, 0, 1, 3_600])(
  'a vendor that refuses each token, with a life of %i, is asked for few',
  async (expires_in) => {
    let count = 0;
    server.script(async () => ({ body: grant(`t${count++}`, { expires_in }) }));
    const { call, refused } = door();
    let isWorthAnother = true;
    for (let calls = 0; isWorthAnother && calls < 100; calls++) {
      await call();
      isWorthAnother = refused();
    }
    expect(server.requests.length).toBe(REAUTHENTICATIONS_MAX + 1);
  },
);
