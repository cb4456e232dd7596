import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Credentials, createAuthenticator } from '../../engine/auth/index.ts';
import { TokenStore } from '../../engine/auth/token-store.ts';
import type { EngineError } from '../../engine/errors.ts';
import { Secret, scrub } from '../../engine/secret.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const clock = new SimulatedClock();

function authenticator(credentials: Credentials) {
  return createAuthenticator(credentials, loopbackEnv(clock), new TokenStore(clock));
}

async function authorized(credentials: Credentials, url = 'https://api.test/x') {
  const request = { url: new URL(url), headers: {} as Record<string, string> };
  await authenticator(credentials).authorize(request);
  return { url: request.url.href, headers: request.headers };
}

describe('none', () => {
  test('adds nothing', async () => {
    expect(await authorized({ type: 'none' })).toEqual({ url: 'https://api.test/x', headers: {} });
  });
});

describe('api key', () => {
  const value = new Secret('k+e/y 1');

  test('goes into the named header, after its prefix', async () => {
    const credentials = {
      type: 'api_key',
      in: 'header',
      name: 'Authorization',
      prefix: 'Token ',
      value,
    } as const;
    expect((await authorized(credentials)).headers).toEqual({ authorization: 'Token k+e/y 1' });
  });

  test('goes into the query and leaves the rest of the query as it is written', async () => {
    const credentials = { type: 'api_key', in: 'query', name: 'api_key', value } as const;
    const { url, headers } = await authorized(credentials, 'https://api.test/x?$filter=a%20ge%201&b=%2B');
    expect(url).toBe('https://api.test/x?$filter=a%20ge%201&b=%2B&api_key=k%2Be%2Fy%201');
    expect(headers).toEqual({});
  });

  test('replaces a key that stands in a next link', async () => {
    const credentials = { type: 'api_key', in: 'query', name: 'key', value: new Secret('new') } as const;
    expect((await authorized(credentials, 'https://api.test/x?key=old&page=2')).url).toBe(
      'https://api.test/x?page=2&key=new',
    );
  });

  test('can be scrubbed from a URL that it was put into', async () => {
    const credentials = { type: 'api_key', in: 'query', name: 'key', value } as const;
    const { url } = await authorized(credentials);
    expect(scrub(url, authenticator(credentials).secrets())).toBe('https://api.test/x?key=[secret]');
  });
});

describe('basic', () => {
  const credentials = { type: 'basic', username: 'user', password: new Secret('pässword') } as const;

  test('joins name and password in UTF-8', async () => {
    const { headers } = await authorized(credentials);
    expect(headers).toEqual({ authorization: `Basic ${Buffer.from('user:pässword').toString('base64')}` });
  });

  test('can be scrubbed in its encoded form', async () => {
    const { headers } = await authorized(credentials);
    expect(scrub(headers.authorization ?? '', authenticator(credentials).secrets())).toBe('Basic [secret]');
  });
});

describe('bearer', () => {
  test('goes into the authorization header', async () => {
    const { headers } = await authorized({ type: 'bearer', token: new Secret('abc') });
    expect(headers).toEqual({ authorization: 'Bearer abc' });
  });

  test('has nothing to renew and tells no permissions', async () => {
    const fixed = authenticator({ type: 'bearer', token: new Secret('abc') });
    await fixed.authorize({ url: new URL('https://api.test'), headers: {} });
    expect(fixed.refused()).toBe(false);
    expect(await fixed.permissions()).toBeUndefined();
  });

  test('with a line break in it is refused without being shown', async () => {
    const error = await authorized({ type: 'bearer', token: new Secret('abc-123\n') }).catch(
      (e: EngineError) => e,
    );
    expect(error).toMatchObject({ code: 'auth-header-value', kind: 'credentials', retry: 'never' });
    expect(inspect(error, { depth: 9 })).not.toContain('abc-123');
  });
});
