import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OAuth2Client, OAuth2ClientCredentials } from '../../engine/auth/index.ts';
import { requestToken } from '../../engine/auth/token-request.ts';
import type { Env } from '../../engine/env.ts';
import type { EngineError } from '../../engine/errors.ts';
import { Secret } from '../../engine/secret.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../support/authorization-server.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { grant, startTokenServer, type TokenServer } from '../support/token-server.ts';

// With every character that form encoding, and the encoding inside of HTTP Basic, treat in their own way.
const SECRET = "s3cret+/=~ -_.!*'()%&";
const certificate = selfSignedCertificate();
let directory: string;
let pemFile: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tributary-token-'));
  pemFile = join(directory, 'client.pem');
  await writeFile(pemFile, certificate.certificatePem + certificate.privateKeyPem);
});
afterAll(() => rm(directory, { recursive: true }));

function decoded(jwtPart: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwtPart ?? '', 'base64url').toString());
}

describe('a real authorization server', () => {
  let server: AuthorizationServer;
  let env: Env;
  beforeAll(async () => {
    server = await startAuthorizationServer(SECRET, certificate.publicKey);
    env = loopbackEnv(new SimulatedClock(Date.now()), server.origin);
  });
  afterAll(async () => {
    await env.network.close();
    await server.close();
  });

  function credentials(clientId: string, client: OAuth2Client): OAuth2ClientCredentials {
    const { tokenUrl, resource } = server;
    return { type: 'oauth2_client_credentials', tokenUrl, clientId, client, resource };
  }

  test.each<[string, string, () => OAuth2Client]>([
    ['a secret in the body', 'post', () => ({ method: 'secret', secret: new Secret(SECRET) })],
    [
      'a secret in the header',
      'basic',
      () => ({ method: 'secret', secret: new Secret(SECRET), in: 'header' }),
    ],
    ['a certificate', 'certificate', () => ({ method: 'certificate', certificateFile: pemFile })],
  ])('gives a token for %s', async (_, clientId, client) => {
    const token = await requestToken(credentials(clientId, client()), env);
    expect(token.lifeSeconds).toBe(3600);
    expect(decoded(token.value.reveal().split('.')[1])).toMatchObject({
      client_id: clientId,
      aud: server.resource,
      roles: ['Machine.Read.All', 'Alert.Read.All'],
    });
  });

  test.each<[string, string, OAuth2Client]>([
    ['a wrong secret in the body', 'post', { method: 'secret', secret: new Secret('wrong-secret') }],
    [
      'a wrong secret in the header',
      'basic',
      { method: 'secret', secret: new Secret('wrong-secret'), in: 'header' },
    ],
    ['an unknown client', 'nobody', { method: 'secret', secret: new Secret('wrong-secret') }],
  ])('refuses %s', async (_, clientId, client) => {
    const error = await requestToken(credentials(clientId, client), env).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'auth-rejected', kind: 'credentials', retry: 'never' });
    expect(error.message).toBe(
      `token request to \`${server.tokenUrl}\` was refused: 401, \`invalid_client\``,
    );
  });

  test('refuses an assertion that another key signed', async () => {
    const other = selfSignedCertificate();
    const certificateFile = join(directory, 'other.pem');
    await writeFile(certificateFile, other.certificatePem + other.privateKeyPem);
    const client: OAuth2Client = { method: 'certificate', certificateFile };
    await expect(requestToken(credentials('certificate', client), env)).rejects.toMatchObject({
      code: 'auth-rejected',
    });
  });
});

describe('a token endpoint', () => {
  let server: TokenServer;
  let env: Env;
  let clock: SimulatedClock;
  let credentials: OAuth2ClientCredentials;
  beforeEach(async () => {
    server = await startTokenServer();
    clock = new SimulatedClock(Date.UTC(2026, 0, 2));
    env = loopbackEnv(clock, server.origin);
    credentials = {
      type: 'oauth2_client_credentials',
      tokenUrl: server.tokenUrl,
      clientId: 'client',
      client: { method: 'secret', secret: new Secret(SECRET) },
    };
  });
  afterEach(async () => {
    await env.network.close();
    await server.close();
  });
  const failure = () => requestToken(credentials, env).catch((caught) => caught) as Promise<EngineError>;

  test('gets a form with every parameter, and those of the grant last', async () => {
    await requestToken(
      {
        ...credentials,
        scope: 'https://api.test/.default',
        resource: 'urn:resource',
        audience: 'urn:audience',
        extraParameters: { realm: 'r', grant_type: 'password' },
      },
      env,
    );
    expect(server.requests[0]?.method).toBe('POST');
    expect(server.requests[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(server.requests[0]?.form).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client',
      client_secret: SECRET,
      scope: 'https://api.test/.default',
      resource: 'urn:resource',
      audience: 'urn:audience',
      realm: 'r',
    });
  });

  test('gets an assertion signed with PS256 for a certificate', async () => {
    credentials.client = { method: 'certificate', certificateFile: pemFile };
    await requestToken(credentials, env);
    await requestToken(credentials, env);
    const [first, second] = server.requests.map(({ form }) => (form.client_assertion ?? '').split('.'));
    expect(decoded(first?.[0])).toEqual({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': createHash('sha256').update(certificate.certificateDer).digest('base64url'),
    });
    const now = Date.UTC(2026, 0, 2) / 1000;
    const claims = decoded(first?.[1]);
    expect(claims).toEqual({
      aud: server.tokenUrl,
      iss: 'client',
      sub: 'client',
      jti: expect.stringMatching(/^[\w-]{22}$/),
      nbf: now,
      iat: now,
      exp: now + 300,
    });
    expect(decoded(second?.[1]).jti).not.toBe(claims.jti);
    expect(server.requests[0]?.form).toMatchObject({
      client_id: 'client',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    expect(server.requests[0]?.form.client_secret).toBeUndefined();
  });

  test('gets the assertion file as it is at each request', async () => {
    const file = join(directory, 'assertion.jwt');
    credentials.client = { method: 'assertion_file', file };
    await writeFile(file, 'first.of.all\n');
    await requestToken(credentials, env);
    await writeFile(file, '  second.of.all ');
    await requestToken(credentials, env);
    expect(server.requests.map(({ form }) => form.client_assertion)).toEqual([
      'first.of.all',
      'second.of.all',
    ]);
    expect(server.requests[1]?.form).toMatchObject({
      client_id: 'client',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
  });

  test.each([
    ['is missing', undefined, 'auth-file-unreadable'],
    ['is empty', '\n', 'auth-file-empty'],
  ])('is not asked when the assertion file %s', async (name, content, code) => {
    const file = join(directory, `${name}.jwt`);
    if (content !== undefined) await writeFile(file, content);
    credentials.client = { method: 'assertion_file', file };
    const error = await failure();
    expect(error).toMatchObject({ code, kind: 'credentials' });
    expect(error.message).toContain(`client assertion file \`${file}\``);
    expect(server.requests).toEqual([]);
  });

  test.each<[string, Partial<OAuth2ClientCredentials>]>([
    ['the client secret is empty', { client: { method: 'secret', secret: new Secret('') } }],
    ['the client id is empty', { clientId: '' }],
    ['the token URL is not an absolute URL', { tokenUrl: 'login/token' }],
  ])('is not asked when %s', async (what, change) => {
    Object.assign(credentials, change);
    const error = await failure();
    expect(error).toMatchObject({ code: 'auth-incomplete', kind: 'credentials' });
    expect(error.message).toContain(what);
    expect(server.requests).toEqual([]);
  });

  test.each([
    ['as a number', 3599, 3599],
    ['as a string', '3599', 3599],
    ['as a fraction', 10.5, 10.5],
    ['not at all', undefined, undefined],
    ['as null', null, undefined],
    ['as a word', 'soon', undefined],
    ['as a negative number', -1, -1],
    ['as an endless number', 1e300, 1e300],
  ])('says the life %s', async (_, expires_in, expected) => {
    server.script({ body: grant('abc', { expires_in }) });
    expect((await requestToken(credentials, env)).lifeSeconds).toBe(expected);
  });

  test('may say `bearer` and put anything into optional fields', async () => {
    const odd = { token_type: 'bearer', scope: ['a'], refresh_token: '', id_token: 'x', ext_expires_in: 'y' };
    server.script({ body: grant('abc', odd) });
    expect((await requestToken(credentials, env)).value.reveal()).toBe('abc');
  });

  test('may compress its answer', async () => {
    const bytes = gzipSync(JSON.stringify(grant('abc')));
    const env = {
      network: {
        send: async () => ({
          status: 200,
          headers: { 'content-encoding': 'gzip' },
          body: (async function* () {
            yield bytes;
          })(),
        }),
      },
    };
    expect((await requestToken(credentials, { ...env, clock } as unknown as Env)).value.reveal()).toBe('abc');
  });

  test.each([301, 302, 303, 307, 308])(
    'that redirects with %i gets an error, and nobody else the secret',
    async (status) => {
      const other = await startTokenServer();
      const env = loopbackEnv(clock, server.origin, other.origin);
      server.script({ status, headers: { location: `${other.tokenUrl}?stolen=1` } });
      const error = await requestToken(credentials, env).catch((caught) => caught);
      expect(error).toMatchObject({ code: 'auth-redirect', kind: 'contract', retry: 'never' });
      expect(error.message).toContain(`redirected to \`${other.origin}\` (${status})`);
      expect(other.requests).toEqual([]);
      expect(server.requests.length).toBe(1);
      await env.network.close();
      await other.close();
    },
  );

  test('that nobody granted is the network’s to refuse', async () => {
    credentials.tokenUrl = 'http://127.0.0.1:9/token';
    expect(await failure()).toMatchObject({ code: 'http-address-refused', kind: 'definition' });
  });

  test('that takes longer than openid-client waits is worth another try', async () => {
    const send = () => Promise.reject(new DOMException('too long', 'TimeoutError'));
    env = { ...env, network: { ...env.network, send } };
    expect(await failure()).toMatchObject({ code: 'auth-unavailable', kind: 'transient', retry: 'backoff' });
  });

  test('that is gone is worth another try', async () => {
    await server.close();
    expect(await failure()).toMatchObject({ code: 'http-unreachable', kind: 'transient', retry: 'backoff' });
    server = await startTokenServer();
  });
});
