import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Authenticator,
  createAuthenticator,
  type OAuth2ClientCredentials,
} from '../../engine/auth/index.ts';
import { TokenStore } from '../../engine/auth/token-store.ts';
import type { Env } from '../../engine/env.ts';
import { Secret, scrub } from '../../engine/secret.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { grant, startTokenServer, type TokenServer } from '../support/token-server.ts';

const SECRET = 'client-secret-value~+';
let server: TokenServer;
let clock: SimulatedClock;
let env: Env;
let tokens: TokenStore;

beforeEach(async () => {
  server = await startTokenServer();
  clock = new SimulatedClock();
  env = loopbackEnv(clock, server.origin);
  tokens = new TokenStore(clock);
});
afterEach(async () => {
  await env.network.close();
  await server.close();
});

function authenticator(change: Partial<OAuth2ClientCredentials> = {}): Authenticator {
  const credentials: OAuth2ClientCredentials = {
    type: 'oauth2_client_credentials',
    tokenUrl: server.tokenUrl,
    clientId: 'client',
    client: { method: 'secret', secret: new Secret(SECRET) },
    ...change,
  };
  return createAuthenticator(credentials, env, tokens);
}

async function authorization(by: Authenticator): Promise<string | undefined> {
  const request = { url: new URL('https://api.test'), headers: {} as Record<string, string> };
  await by.authorize(request);
  return request.headers.authorization;
}

describe('a token', () => {
  test('is asked for once by a hundred requests', async () => {
    const lanes = Array.from({ length: 100 }, () => authenticator());
    const all = await Promise.all(lanes.map(authorization));
    expect(new Set(all)).toEqual(new Set(['Bearer token-1']));
    expect(server.requests.length).toBe(1);
  });

  test('is renewed before it expires', async () => {
    const lane = authenticator();
    await authorization(lane);
    await clock.advance(2879_000);
    expect(await authorization(lane)).toBe('Bearer token-1');
    await clock.advance(1_000);
    expect(await authorization(lane)).toBe('Bearer token-2');
  });

  test('that could not be had fails all who wait, and is asked for again', async () => {
    server.script({ status: 503 }, { body: grant('later') });
    const lanes = Array.from({ length: 100 }, () => authenticator());
    const all = await Promise.allSettled(lanes.map(authorization));
    expect(all.every((one) => one.status === 'rejected' && one.reason.code === 'auth-unavailable')).toBe(
      true,
    );
    expect(server.requests.length).toBe(1);
    expect(await authorization(authenticator())).toBe('Bearer later');
  });

  test.each<[string, Partial<OAuth2ClientCredentials>]>([
    ['another scope', { scope: 'other' }],
    ['another client', { clientId: 'other' }],
    ['another secret of the same client', { client: { method: 'secret', secret: new Secret('other') } }],
    ['another audience', { audience: 'other' }],
    ['another resource', { resource: 'other' }],
    ['another parameter', { extraParameters: { tenant: 'other' } }],
  ])('is not shared with %s', async (_, change) => {
    expect(await authorization(authenticator())).toBe('Bearer token-1');
    expect(await authorization(authenticator(change))).toBe('Bearer token-2');
    expect(await authorization(authenticator())).toBe('Bearer token-1');
  });

  test('that no header can carry is refused', async () => {
    server.script({ body: grant('line\nbreak') });
    await expect(authorization(authenticator())).rejects.toMatchObject({ code: 'auth-header-value' });
  });
});

describe('a refused token', () => {
  test('is replaced', async () => {
    const lane = authenticator();
    await authorization(lane);
    expect(lane.refused()).toBe(true);
    expect(await authorization(lane)).toBe('Bearer token-2');
  });

  test('is thrown away once, whichever lane is told first', async () => {
    const [a, b] = [authenticator(), authenticator()];
    await Promise.all([authorization(a), authorization(b)]);
    expect(a.refused()).toBe(true);
    expect(await authorization(a)).toBe('Bearer token-2');
    expect(b.refused()).toBe(true);
    expect(await authorization(b)).toBe('Bearer token-2');
  });

  test('counts once', async () => {
    const lane = authenticator();
    expect(lane.refused()).toBe(false);
    await authorization(lane);
    expect([lane.refused(), lane.refused()]).toEqual([true, false]);
  });

  test('that comes again is not worth another try', async () => {
    server.script({ body: grant('the same') });
    const lane = authenticator();
    await authorization(lane);
    expect(lane.refused()).toBe(true);
    await authorization(lane);
    expect(lane.refused()).toBe(false);
  });

  test('is replaced three times in a row', async () => {
    const lane = authenticator();
    const answers = [];
    for (let count = 0; count < 5; count++) {
      await authorization(lane);
      answers.push(lane.refused());
    }
    expect(answers).toEqual([true, true, true, false, false]);
  });

  test('is replaced without end when requests are let in between', async () => {
    const lane = authenticator();
    for (let count = 0; count < 8; count++) {
      await authorization(lane);
      expect(lane.refused()).toBe(true);
      await authorization(lane);
      lane.accepted();
    }
  });
});

describe('permissions', () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

  test.each<[string, string, string[] | undefined]>([
    ['a list', jwt({ roles: ['A.Read', 'B.Read'] }), ['A.Read', 'B.Read']],
    ['words', jwt({ roles: 'A.Read B.Read' }), ['A.Read', 'B.Read']],
    ['none, where the claim is missing', jwt({ aud: 'x' }), []],
    ['nothing that can be told, where the claim is something else', jwt({ roles: 7 }), undefined],
    ['nothing that can be told, where the token is no JWT', 'opaque', undefined],
    ['nothing that can be told, where the token only looks like a JWT', 'a.b.c', undefined],
  ])('are %s', async (_, token, expected) => {
    server.script({ body: grant(token) });
    expect(await authenticator({ permissionsClaim: 'roles' }).permissions()).toEqual(expected);
  });

  test('are not looked for without a claim', async () => {
    expect(await authenticator().permissions()).toBeUndefined();
    expect(server.requests).toEqual([]);
  });
});

describe('secrets', () => {
  test('are the one of the client, the token and the token before it', async () => {
    const lane = authenticator();
    await authorization(lane);
    lane.refused();
    await authorization(lane);
    expect(scrub(`${SECRET} | token-1 | token-2`, lane.secrets())).toBe('[secret] | [secret] | [secret]');
  });

  test('show in nothing that is printed', async () => {
    const lane = authenticator();
    await authorization(lane);
    const printed = [lane, tokens].map(
      (it) => inspect(it, { depth: 9, showHidden: true }) + JSON.stringify(it),
    );
    expect(printed.join()).not.toContain('token-1');
    expect(printed.join()).not.toContain(SECRET);
  });
});
