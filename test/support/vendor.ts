/** A vendor of a few lists on loopback, and runs of a small connector against it that write what its mapping was given. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
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
import type { RunRequest } from '../../engine/run/open-lanes.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { listen } from './listen.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { type Directories, filesIn, type Json, type Loose, readNdjson } from './tenant.ts';

/** What the mapping of an event knew: by name the records, `settings` and `change`. */
export type Told = Loose;

export interface VendorRan {
  summary: LaneSummary;
  summaries: LaneSummary[];
  events: Told[];
  dead: Json[];
  /** Path and query of each request of this run. */
  asked: string[];
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface Vendor extends Directories {
  /** By path, the list as it is now; paged by `$skip` and `$top`, or by links of `PAGE` records where no `$top` comes. */
  lists: Record<string, Json[]>;
  /** Answers in place of the lists, where it gives an answer; told how often the target was asked before in this run. */
  reply: (url: URL, before: number) => Reply | undefined;
  /** The simulated now of a run, unless its request says otherwise. */
  now: number;
  connector: Connector;
  env: Env;
  /** Another connector for the same vendor, with another mapping where one is given. */
  compile(change: (definition: Loose) => void, mapping?: string): Connector;
  run(request?: Partial<RunRequest>, connector?: Connector, directories?: Directories): Promise<VendorRan>;
}

/** Records in a page of a list that is paged by links. */
export const PAGE = 10;

export const START = Date.UTC(2026, 0, 15, 12);

/** `definition` without `connector` and `apis`: endpoints belong to one API, streams have one mapping unless they name theirs, which tells all that it knows. */
export async function startVendor(definition: Loose, mapping = MAPPING): Promise<Vendor> {
  let asked: string[] = [];
  const server = await listen((request, response) => {
    const target = request.url ?? '';
    const url = new URL(target, server.origin);
    const before = asked.filter((one) => one === target).length;
    asked.push(target);
    const { status = 200, headers = {}, body } = vendor.reply(url, before) ?? listed(vendor.lists, url);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body ?? {}));
  });
  const network = createNetwork({ grants: Grants.of({ allowed: [server.origin] }) });
  onTestFinished(async () => {
    await network.close();
    await server.close();
  });
  // No jitter, so that a back-off takes no time.
  const env: Env = { ...nodeEnv(network), random: () => 0 };
  const home = temporaryDirectory();
  const vendor: Vendor = {
    env,
    lists: {},
    reply: () => undefined,
    now: START,
    state: join(home, 'state'),
    out: join(home, 'out'),
    connector: compiled(definition, server.origin, mapping),
    compile: (change, text = mapping) => {
      const copy = structuredClone(definition);
      change(copy);
      return compiled(copy, server.origin, text);
    },
    run: async (request = {}, connector = vendor.connector, { state, out } = vendor) => {
      asked = [];
      const before = new Set([...filesIn(out), ...filesIn(join(out, 'dead'))]);
      const summaries = await run(connector, {
        env,
        settings: {},
        secrets: {},
        to: [`ndjson:${out}`],
        state,
        now: vendor.now,
        ...request,
      });
      const added = (folder: string) => filesIn(folder).filter((file) => !before.has(file));
      return {
        summary: summaries[0] as LaneSummary,
        summaries,
        events: added(out)
          .flatMap(readNdjson)
          .map(({ unmapped }) => unmapped),
        dead: added(join(out, 'dead')).flatMap(readNdjson),
        asked,
      };
    },
  };
  return vendor;
}

function compiled(definition: Loose, origin: string, mapping: string): Connector {
  const api = { api: 'acme' };
  const own = { event: 'inventory_info', mappings: { own: 'own.jsonata' }, unvalidated: ['own'] };
  const withDefaults = (group: Loose, defaults: Loose) =>
    Object.fromEntries(
      Object.entries(group).map(([name, value]) => [name, { ...defaults, ...(value as object) }]),
    );
  const text = stringify({
    connector: 'acme',
    ...definition,
    apis: { acme: { base_url: origin } },
    endpoints: withDefaults(definition.endpoints, api),
    streams: withDefaults(definition.streams, own),
  });
  const { connector, diagnostics } = compileConnector(
    parseConnector(new SourceText('connector.yaml', text)),
    '/acme',
    new Map([['own.jsonata', compileMapping(new SourceText('own.jsonata', mapping))]]),
  );
  if (!connector) throw new Error(JSON.stringify(diagnostics.map(({ message, fix }) => [message, fix])));
  return connector;
}

const MAPPING = '{"class_uid": 5001, "unmapped": $}';

function listed(lists: Record<string, Json[]>, url: URL): Reply {
  const list = lists[url.pathname];
  if (!list) return { status: 404, body: { error: { code: 'NoSuchList' } } };
  const skip = Number(url.searchParams.get('$skip') ?? 0);
  const top = url.searchParams.get('$top');
  const size = top === null ? PAGE : Number(top);
  const next = new URL(url);
  next.searchParams.set('$skip', String(skip + size));
  const hasLink = top === null && skip + size < list.length;
  return {
    body: { value: list.slice(skip, skip + size), ...(hasLink && { '@odata.nextLink': next.href }) },
  };
}
