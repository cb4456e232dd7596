/** An endpoint as a connector file describes it, compiled and configured, for tests of what asks it. */
import { stringify } from 'yaml';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import type { Connector, Endpoint } from '../../engine/compile/connector.ts';
import { type Configuration, configure } from '../../engine/compile/settings.ts';
import type { ApiDefinition, EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { requestBase } from '../../engine/fetch/request.ts';
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
