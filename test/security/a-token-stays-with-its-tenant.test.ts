/** S19: of two tenants at one vendor no request of one bears the token of the other, whichever way their runs meet. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import type { Connector } from '../../engine/compile/connector.ts';
import { SourceText } from '../../engine/definition/source.ts';
import type { Env } from '../../engine/env.ts';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { run } from '../../engine/pipeline.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { Secret } from '../../engine/secret.ts';
import { listen } from '../support/listen.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { filesIn, readNdjson } from '../support/tenant.ts';

const PAGES = 2;

/** What a request was for, and whose token came with it. */
interface Asked {
  tenant: string;
  bearer: string;
}

interface Given {
  tenant: string;
  client: string;
  secret: string;
}

let origin: string;
let asked: Asked[];
/** What the token endpoint knows: the tenant of a client and its secret. */
let owners: Map<string, string>;
let env: Env;
let home: string;
let connector: Connector;
let grants: number;

beforeEach(async () => {
  asked = [];
  owners = new Map();
  grants = 0;
  const server = await listen(async (request, response) => {
    let sent = '';
    for await (const chunk of request) sent += chunk;
    const url = new URL(request.url ?? '', origin);
    // Answers of both tenants come in between each other.
    await new Promise((resolve) => setTimeout(resolve, 1));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url.pathname === '/token' ? tokenFor(sent) : pageOf(url, request.headers)));
  });
  origin = server.origin;
  const network = createNetwork({ grants: Grants.of({ allowed: [origin] }) });
  onTestFinished(async () => {
    await network.close();
    await server.close();
  });
  env = { ...nodeEnv(network), random: () => 0 };
  home = temporaryDirectory();
  connector = compiled();
});

/** A token says whose it is; its life is over at once, so that it is asked for as often as it may be. */
function tokenFor(sent: string): object {
  const form = new URLSearchParams(sent);
  const tenant = owners.get(`${form.get('client_id')} ${form.get('client_secret')}`);
  grants++;
  return { access_token: `token-of-${tenant}-${grants}`, token_type: 'Bearer', expires_in: 3_600 };
}

function pageOf(url: URL, headers: { authorization?: string | undefined }): object {
  const tenant = url.pathname.split('/')[1] ?? '';
  asked.push({ tenant, bearer: headers.authorization?.replace(/^Bearer token-of-|-\d+$/g, '') ?? 'nobody' });
  const page = Number(url.searchParams.get('page') ?? 1);
  const next = `${origin}${url.pathname}?page=${page + 1}`;
  return {
    value: [0, 1].map((row) => ({ id: `${tenant}-${page}-${row}` })),
    ...(page < PAGES && { '@odata.nextLink': next }),
  };
}

function compiled(): Connector {
  const list = { api: 'acme', records: 'value', key: 'id', pagination: { type: 'odata_next_link' } };
  const stream = { event: 'inventory_info', mappings: { own: 'own.jsonata' }, unvalidated: ['own'] };
  const text = stringify({
    connector: 'acme',
    settings: { tenant: { identity: true }, client: {}, secret: { secret: true } },
    auth: {
      door: {
        type: 'oauth2_client_credentials',
        token_url: `${origin}/token`,
        client_id: '${settings.client}',
        client_secret: '${settings.secret}',
      },
    },
    apis: { acme: { base_url: origin, auth: 'door' } },
    endpoints: {
      things: { ...list, path: '/${settings.tenant}/things' },
      users: { ...list, path: '/${settings.tenant}/users' },
    },
    streams: {
      things: { ...stream, record: { thing: 'things' } },
      users: { ...stream, record: { user: 'users' } },
    },
  });
  const mapping = compileMapping(new SourceText('own.jsonata', '{"class_uid": 5001, "unmapped": $}'));
  const { connector: made, diagnostics } = compileConnector(
    parseConnector(new SourceText('connector.yaml', text)),
    '/acme',
    new Map([['own.jsonata', mapping]]),
  );
  if (!made) throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return made;
}

function runOf({ tenant, client, secret }: Given, out = tenant): Promise<LaneSummary[]> {
  owners.set(`${client} ${secret}`, tenant);
  return run(connector, {
    env,
    settings: { tenant, client },
    secrets: { secret: new Secret(secret) },
    to: [`ndjson:${join(home, out)}`],
    state: join(home, 'state'),
  });
}

const idsIn = (out: string) =>
  filesIn(join(home, out))
    .flatMap(readNdjson)
    .map(
      ({ unmapped }) => Object.values(unmapped as Record<string, { id?: string }>).find(({ id }) => id)?.id,
    );

/** Each request of a tenant bears its own token, and each tenant got all of its pages and nothing else. */
function expectApart(tenants: readonly string[], requests = 2 * PAGES): void {
  for (const tenant of tenants) {
    const own = asked.filter((one) => one.tenant === tenant);
    expect(own).toEqual(Array(requests).fill({ tenant, bearer: tenant }));
    expect(new Set(idsIn(tenant).map((id) => id?.split('-')[0]))).toEqual(new Set([tenant]));
    expect(idsIn(tenant)).toHaveLength(4 * PAGES);
  }
}

const A: Given = { tenant: 'alpha', client: 'one', secret: 'secret-a' };
const B: Given = { tenant: 'beta', client: 'two', secret: 'secret-b' };

/** Two tenants that have as much in common as two can have. */
const PAIRS: [name: string, a: Given, b: Given][] = [
  ['clients of their own', A, B],
  ['the same client and other secrets', A, { ...B, client: A.client }],
  ['the same secret and other clients', A, { ...B, secret: A.secret }],
  [
    'credentials that read the same when put together',
    { ...A, client: 'ab', secret: 'c' },
    { ...B, client: 'a', secret: 'bc' },
  ],
  [
    'the credentials of the other',
    { ...A, client: B.client, secret: B.secret },
    { ...B, client: A.client, secret: A.secret },
  ],
];

describe.each(PAIRS)('two tenants with %s', (_, a, b) => {
  it('keep their tokens apart in runs at the same time', async () => {
    const ran = await Promise.all([runOf(a), runOf(b)]);
    expect(ran.flat().map(({ end }) => end)).toEqual(['done', 'done', 'done', 'done']);
    expectApart(['alpha', 'beta']);
    expect(grants).toBe(2);
  });

  it('keep their tokens apart in one run after the other', async () => {
    for (const given of [a, b]) await runOf(given);
    expectApart(['alpha', 'beta']);
  });
});

it('a tenant whose credentials are exchanged is asked with the new ones from then on', async () => {
  await Promise.all([runOf(A), runOf(B)]);
  asked.length = 0;
  const [a, b] = [
    { ...A, client: B.client, secret: B.secret },
    { ...B, client: A.client, secret: A.secret },
  ];
  await Promise.all([runOf(a, 'alpha-2'), runOf(b, 'beta-2')]);
  for (const tenant of ['alpha', 'beta']) {
    expect(asked.filter((one) => one.tenant === tenant)).toEqual(
      Array(2 * PAGES).fill({ tenant, bearer: tenant }),
    );
  }
  // Their states are apart, too: nothing is new.
  expect([...idsIn('alpha-2'), ...idsIn('beta-2')]).toEqual([]);
});
