/** S1, S2, S23: whatever a vendor answers, no other origin gets a connection, and so no header and no body. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearer } from '../../engine/auth/bearer.ts';
import { requestToken } from '../../engine/auth/token-request.ts';
import type { EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { Secret } from '../../engine/secret.ts';
import { endpointOf, walkOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { type Listening, listen } from '../support/listen.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { type RawServer, startRawServer } from '../support/raw-server.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const TOKEN = 'canary-token-7f3a';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

let vendor: Listening;
let evil: RawServer;
let answer: (path: string) => Answer;

beforeEach(async () => {
  evil = await startRawServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
  vendor = await listen((request, response) => {
    const { status = 200, headers = {}, body = '{}' } = answer(request.url ?? '');
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  });
});

afterEach(async () => {
  await vendor.close();
  await evil.close();
});

/** All pages, with a bearer token; even the evil origin is granted, so that only the rule on credentials is in its way. */
async function walk(definition: Partial<EndpointDefinition>): Promise<unknown> {
  const configured = await endpointOf(definition, { base_url: vendor.origin });
  const env = loopbackEnv(new SimulatedClock(), vendor.origin, evil.origin);
  const walked = await walkOf(configured, env, bearer({ type: 'bearer', token: new Secret(TOKEN) }));
  try {
    for (let count = 0; count < 3; count++) if ((await walked.step()).type === 'end') return undefined;
    return undefined;
  } finally {
    await env.network.close();
  }
}

function heardNothing(): void {
  expect(evil.connectionCount()).toBe(0);
  expect(evil.received()).toBe('');
}

const port = (origin: string) => new URL(origin).port;

const LINKS: [name: string, link: () => string][] = [
  ['another port', () => `${evil.origin}/things?page=2`],
  ['a relative one to another host', () => `//127.0.0.1:${port(evil.origin)}/things`],
  ['backslashes', () => `\\\\127.0.0.1:${port(evil.origin)}\\things`],
  ['a tab in the scheme', () => `ht\ttp://127.0.0.1:${port(evil.origin)}/things`],
  [
    'a user name that looks like the vendor',
    () => `http://${new URL(vendor.origin).host}@127.0.0.1:${port(evil.origin)}/`,
  ],
  ['a user name at the vendor', () => vendor.origin.replace('//', '//user@')],
  ['https at the vendor', () => vendor.origin.replace('http:', 'https:')],
  ['another name of the host', () => `http://localhost:${port(evil.origin)}/`],
  ['the vendor’s host with a dot behind it', () => `http://127.0.0.1.:${port(evil.origin)}/`],
  ['a look-alike digit', () => `http://１27.0.0.1:${port(evil.origin)}/`],
  ['a number for the address', () => `http://2130706433:${port(evil.origin)}/`],
  ['a blob', () => `blob:${vendor.origin}/1`],
  ['a file', () => 'file:///etc/passwd'],
  ['data', () => 'data:application/json,{}'],
];

describe('a link to the next page', () => {
  it.each(LINKS)('is not followed when it is %s', async (_, link) => {
    answer = () => ({ body: JSON.stringify({ value: [{ id: 1 }], '@odata.nextLink': link() }) });
    const error = await failureOf(() => walk({ pagination: { type: 'odata_next_link' } }));
    expect(error.code).toMatch(/^(http-origin-refused|page-bad-link)$/);
    expect(error.message).not.toContain(TOKEN);
    heardNothing();
  });

  it.each(LINKS.slice(0, 2))('in a Link header is not followed when it is %s', async (_, link) => {
    answer = () => ({
      headers: { link: `<${link()}>; rel="next"` },
      body: JSON.stringify({ value: [{ id: 1 }] }),
    });
    const error = await failureOf(() => walk({ pagination: { type: 'link_header' } }));
    expect(error.code).toBe('http-origin-refused');
    heardNothing();
  });
});

describe.each([301, 302, 303, 307, 308])('a redirect with %i', (status) => {
  it.each([
    ['another port', () => `${evil.origin}/`],
    ['a relative one to another host', () => `//127.0.0.1:${port(evil.origin)}/`],
    ['the vendor itself', () => '/elsewhere'],
  ])('to %s is an error, and is not followed', async (_, location) => {
    const asked: string[] = [];
    answer = (path) => {
      asked.push(path);
      return { status, headers: { location: location() } };
    };
    const error = await failureOf(() => walk({}));
    expect(error.code).toBe('http-redirect');
    expect(asked).toHaveLength(1);
    heardNothing();
  });

  it('of a token request sends the secret nowhere', async () => {
    answer = () => ({ status, headers: { location: `${evil.origin}/token` } });
    const env = loopbackEnv(new SimulatedClock(), vendor.origin, evil.origin);
    const error = await failureOf(() =>
      requestToken(
        {
          type: 'oauth2_client_credentials',
          tokenUrl: `${vendor.origin}/token`,
          clientId: 'client',
          client: { method: 'secret', secret: new Secret('canary-secret-91bc'), in: 'body' },
        },
        env,
      ),
    );
    expect(error.code).toBe('auth-redirect');
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain('canary-secret-91bc');
    heardNothing();
    await env.network.close();
  });
});
