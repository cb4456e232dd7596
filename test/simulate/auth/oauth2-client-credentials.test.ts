import { constants, createHash, randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../../engine/simulate/index.ts';
import { selfSignedCertificate } from '../../support/self-signed-certificate.ts';
import {
  askToken,
  bearer,
  clockAtNow,
  GRAPH_SCOPE,
  getJson,
  NOW,
  startMicrosoft,
} from '../support/simulators.ts';

const registered = selfSignedCertificate();
const stranger = selfSignedCertificate();
const clock = clockAtNow();
let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startMicrosoft({ clock, certificates: [registered.certificatePem] });
});
afterAll(() => simulator.close());

const decode = (token: unknown, part: number) =>
  JSON.parse(Buffer.from(String(token).split('.')[part] ?? '', 'base64url').toString());

describe('a token request', () => {
  it('gets a JWT with the audience, the roles and the life of its scope', async () => {
    const { status, body } = await askToken(simulator);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['token_type', 'expires_in', 'ext_expires_in', 'access_token']);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 });
    const now = Math.floor(clock.now() / 1000);
    expect(decode(body.access_token, 0)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    expect(decode(body.access_token, 1)).toMatchObject({
      aud: 'https://api.securitycenter.microsoft.com',
      iss: `https://sts.windows.net/${simulator.settings.tenant_id}/`,
      appid: simulator.settings.client_id,
      tid: simulator.settings.tenant_id,
      roles: expect.arrayContaining(['Machine.Read.All', 'Vulnerability.Read.All', 'Software.Read.All']),
      iat: now,
      exp: now + 3599,
    });
    const graph = await askToken(simulator, { scope: GRAPH_SCOPE });
    expect(decode(graph.body.access_token, 1)).toMatchObject({
      aud: 'https://graph.microsoft.com',
      roles: expect.arrayContaining(['DeviceManagementManagedDevices.Read.All', 'SecurityIncident.Read.All']),
    });
  });

  it('may carry the secret in HTTP Basic, form-encoded', async () => {
    const { client_id: id = '' } = simulator.settings;
    const coded = `${encodeURIComponent(id)}:${encodeURIComponent(simulator.secrets.client_secret ?? '')}`;
    const authorization = `Basic ${Buffer.from(coded).toString('base64')}`;
    const init = { headers: { authorization } };
    expect((await askToken(simulator, { client_id: undefined, client_secret: undefined }, init)).status).toBe(
      200,
    );
    const wrong = { headers: { authorization: `Basic ${Buffer.from(`${id}:nonsense`).toString('base64')}` } };
    expect(
      (await askToken(simulator, { client_id: undefined, client_secret: undefined }, wrong)).status,
    ).toBe(401);
  });

  it('may name the tenant by its domain', async () => {
    const url = `${simulator.origin}/example.onmicrosoft.com/oauth2/v2.0/token`;
    expect((await askToken(simulator, {}, { url })).status).toBe(200);
  });

  it.each([
    ['a wrong secret', { client_secret: 'no' }, 401, 'invalid_client', 7000215],
    ['an expired secret', { client_secret: 'simulated~secret-of-last-year' }, 401, 'invalid_client', 7000222],
    ['no secret', { client_secret: undefined }, 401, 'invalid_client', 7000216],
    ['an unknown application', { client_id: randomUUID() }, 400, 'unauthorized_client', 700016],
    ['an unknown scope', { scope: 'https://other.example/.default' }, 400, 'invalid_scope', 70011],
    ['two scopes', { scope: `${GRAPH_SCOPE} ${GRAPH_SCOPE}` }, 400, 'invalid_scope', 70011],
    [
      'a scope of one permission',
      { scope: 'https://graph.microsoft.com/User.Read' },
      400,
      'invalid_scope',
      1002012,
    ],
    ['the name of an object member as scope', { scope: 'constructor' }, 400, 'invalid_scope', 1002012],
    ['no scope', { scope: undefined }, 400, 'invalid_request', 900144],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
  ])('with %s is refused as the vendor does', async (_what, form, status, error, code) => {
    const { status: observed, body } = await askToken(simulator, form);
    expect({ status: observed, error: body.error, codes: body.error_codes }).toEqual({
      status,
      error,
      codes: [code],
    });
    expect(body.error_description).toMatch(
      new RegExp(
        `^AADSTS${code}: [^$]+\r\nTrace ID: [0-9a-f-]{36}\r\nCorrelation ID: [0-9a-f-]{36}\r\nTimestamp: 2026-11-20 \\d\\d:\\d\\d:\\d\\dZ$`,
      ),
    );
    expect(body.timestamp).toBe('2026-11-20 00:00:00Z');
  });

  it('for an unknown tenant is refused with its name', async () => {
    const url = `${simulator.origin}/${randomUUID()}/oauth2/v2.0/token`;
    const { status, body } = await askToken(simulator, {}, { url });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'invalid_request', error_codes: [90002] });
    expect(body.error_description).toContain(`Tenant '${url.split('/')[3]}' not found.`);
  });

  it('is a POST', async () => {
    expect((await fetch(simulator.settings.token_url as string)).status).toBe(405);
  });
});

describe('a client assertion', () => {
  type Signer = { privateKey: Parameters<typeof sign>[2]; certificateDer: Buffer };

  function assertion(
    signer: Signer,
    other: { alg?: string; header?: object; claims?: Record<string, unknown> } = {},
  ): Record<string, string | undefined> {
    const now = Math.floor(clock.now() / 1000);
    const { client_id: id, token_url: url } = simulator.settings;
    const alg = other.alg ?? 'PS256';
    const digest = createHash('sha256').update(signer.certificateDer).digest('base64url');
    const header = other.header ?? { alg, typ: 'JWT', 'x5t#S256': digest };
    const claims = {
      aud: url,
      iss: id,
      sub: id,
      jti: randomUUID(),
      nbf: now,
      iat: now,
      exp: now + 300,
      ...other.claims,
    };
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const text = `${encode(header)}.${encode(claims)}`;
    const key = signer.privateKey as Parameters<typeof sign>[2] & object;
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as Parameters<
      typeof sign
    >[2];
    const signature = sign('sha256', Buffer.from(text), alg === 'PS256' ? pss : key).toString('base64url');
    return form(`${text}.${signature}`);
  }
  const form = (text: string) => ({
    client_secret: undefined,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: text,
  });
  const codeFor = async (fields: Record<string, string | undefined>) => {
    const { body } = await askToken(simulator, fields);
    return (body.error_codes as number[] | undefined)?.[0];
  };

  it('is accepted signed with PS256 and the SHA-256 thumbprint', async () => {
    expect((await askToken(simulator, assertion(registered))).status).toBe(200);
  });

  it('is accepted signed with RS256 and the SHA-1 thumbprint', async () => {
    const x5t = createHash('sha1').update(registered.certificateDer).digest('base64url');
    const header = { alg: 'RS256', typ: 'JWT', x5t };
    expect((await askToken(simulator, assertion(registered, { alg: 'RS256', header }))).status).toBe(200);
  });

  it('is refused from another certificate, with another algorithm, or without a thumbprint', async () => {
    expect(await codeFor(assertion(stranger))).toBe(700027);
    const digest = createHash('sha256').update(registered.certificateDer).digest('base64url');
    expect(await codeFor(assertion({ ...stranger, certificateDer: registered.certificateDer }))).toBe(700027);
    const header = { alg: 'none', 'x5t#S256': digest };
    expect(await codeFor(assertion(registered, { header }))).toBe(700027);
    expect(await codeFor(assertion(registered, { header: { alg: 'PS256' } }))).toBe(700027);
  });

  it('is refused when it is over or not yet begun', async () => {
    const now = Math.floor(clock.now() / 1000);
    expect(await codeFor(assertion(registered, { claims: { exp: now - 1 } }))).toBe(700024);
    expect(await codeFor(assertion(registered, { claims: { nbf: now + 900, exp: now + 1200 } }))).toBe(
      700024,
    );
  });

  it.each([
    ['another audience', { aud: 'https://login.example/token' }],
    ['another issuer', { iss: 'someone' }],
    ['another subject', { sub: 'someone' }],
    ['no id', { jti: undefined }],
  ])('is refused with %s', async (_what, claims) => {
    expect(await codeFor(assertion(registered, { claims }))).toBe(50027);
  });

  it('is refused the second time', async () => {
    const fields = assertion(registered);
    expect((await askToken(simulator, fields)).status).toBe(200);
    expect(await codeFor(fields)).toBe(50027);
  });

  it('of another identity provider is compared with the one expected', async () => {
    expect((await askToken(simulator, form('simulated-federated-assertion'))).status).toBe(200);
    expect(await codeFor(form('something else'))).toBe(50027);
  });

  it('of another identity provider is refused by name where no certificate is registered', async () => {
    const plain = await startMicrosoft();
    const { body } = await askToken(plain, { ...form('something else') });
    await plain.close();
    expect(body.error_codes).toEqual([700213]);
  });
});

describe('a token', () => {
  const machines = () => `${simulator.settings.api_url}/api/machines?$top=1`;

  it('opens the API of its audience only', async () => {
    expect((await getJson(machines(), await bearer(simulator))).answer.status).toBe(200);
    const other = await getJson(machines(), await bearer(simulator, GRAPH_SCOPE));
    expect(other.answer.status).toBe(403);
    const devices = `${simulator.settings.graph_url}/v1.0/deviceManagement/managedDevices`;
    const wrong = await getJson(devices, await bearer(simulator));
    expect({ status: wrong.answer.status, code: wrong.body.error?.code }).toEqual({
      status: 401,
      code: 'InvalidAuthenticationToken',
    });
  });

  it('without the role is refused with the roles that were asked and granted', async () => {
    const scope = 'https://api.security.microsoft.com/.default';
    const definitionScope = await bearer(simulator, scope);
    expect((await getJson(machines(), definitionScope)).answer.status).toBe(403);
    const bare = await startMicrosoft({ faults: [{ on: 'token', fault: { type: 'drop_roles' } }] });
    const { answer, body } = await getJson(`${bare.origin}/api/machines`, await bearer(bare));
    await bare.close();
    expect(answer.status).toBe(403);
    expect(body.error).toMatchObject({
      code: 'Forbidden',
      message:
        'Missing application roles. API required roles: Machine.Read.All,Machine.ReadWrite.All, application roles: .',
    });
  });

  it('is missing or unknown', async () => {
    expect((await getJson(machines(), {})).answer.status).toBe(401);
    expect((await getJson(machines(), { authorization: 'Bearer abc' })).body.error?.code).toBe(
      'Unauthorized',
    );
  });

  it('ends when its life is over', async () => {
    const ended = clockAtNow();
    const short = await startMicrosoft({ clock: ended, now: NOW });
    const headers = await bearer(short);
    await ended.advance(3_598_000);
    expect((await getJson(`${short.origin}/api/machines`, headers)).answer.status).toBe(200);
    await ended.advance(1000);
    const { answer } = await getJson(`${short.origin}/api/machines`, headers);
    await short.close();
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain(
      "The token expired at '2026-11-20T00:59:59.000Z'",
    );
  });
});
