/** An endpoint as a connector file describes it, compiled and configured, for tests of what asks it. */
import { stringify } from 'yaml';
import type { Authenticator } from '../../engine/auth/index.ts';
import { none } from '../../engine/auth/none.ts';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import type { Connector, Endpoint } from '../../engine/compile/connector.ts';
import { type Configuration, configure } from '../../engine/compile/settings.ts';
import type { ApiDefinition, EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { SourceText } from '../../engine/definition/source.ts';
import type { Env } from '../../engine/env.ts';
import { RateLimiter } from '../../engine/fetch/rate-limit.ts';
import { requestBase } from '../../engine/fetch/request.ts';
import { Walk } from '../../engine/fetch/walk.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';

export interface Configured {
  connector: Connector;
  endpoint: Endpoint;
  configuration: Configuration;
}

/** `https://api.example.com/things`, whose records are in `value`, unless told otherwise. */
export async function endpointOf(
  definition: Partial<EndpointDefinition> = {},
  api: Partial<ApiDefinition> = {},
  settings: Record<string, unknown> = {},
): Promise<Configured> {
  const text = stringify({
    connector: 'acme',
    settings: Object.fromEntries(Object.keys(settings).map((name) => [name, { optional: true }])),
    apis: { acme: { base_url: 'https://api.example.com', ...api } },
    endpoints: { things: { api: 'acme', path: '/things', records: 'value', key: 'id', ...definition } },
    streams: {
      things: { record: { thing: 'things' }, event: 'inventory_info', mappings: { own: 'own.jsonata' } },
    },
  });
  const mapping = compileMapping(new SourceText('own.jsonata', '{"class_uid": 5001}'));
  const { connector, diagnostics } = compileConnector(
    parseConnector(new SourceText('connector.yaml', text)),
    '/acme',
    new Map([['own.jsonata', mapping]]),
  );
  const endpoint = connector?.streams.things?.endpoint;
  if (!connector || !endpoint) throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return { connector, endpoint, configuration: await configure(connector, { settings }) };
}

/** The base of its requests. */
export function baseOf({ endpoint, configuration }: Configured) {
  return requestBase(endpoint, configuration, '2026-01-01T00:00:00Z');
}

/** A walk over its pages, without a rate limit. */
export async function walkOf(
  configured: Configured,
  env: Env,
  authenticator: Authenticator = none(),
): Promise<Walk> {
  return new Walk({
    endpoint: configured.endpoint,
    base: await baseOf(configured),
    authenticator,
    rateLimiter: new RateLimiter([], env.clock),
    env,
  });
}
