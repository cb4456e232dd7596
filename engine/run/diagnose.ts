/** Can the streams of a connector be collected with what the operator gave? Token by token, permission by permission, list by list. */
import { credentialsOf } from '../auth/credentials.ts';
import { type Authenticator, createAuthenticator } from '../auth/index.ts';
import { TokenStore } from '../auth/token-store.ts';
import type { Auth, Connector, Endpoint, Stream } from '../compile/connector.ts';
import { configure, type GivenSettings } from '../compile/settings.ts';
import type { Env } from '../env.ts';
import { RateLimiter } from '../fetch/rate-limit.ts';
import { requestBase } from '../fetch/request.ts';
import { Walk } from '../fetch/walk.ts';
import { type Problem, problemOf } from './lane-machine.ts';

export interface Check {
  what: string;
  detail?: string;
  problem?: Problem;
  /** Streams that stay empty because of the problem. */
  empties: string[];
}

export interface DiagnoseOptions extends GivenSettings {
  connector: Connector;
  env: Env;
}

/** One check a credential, one a permission, one a list. What depends on a credential that fails is not tried. */
export async function diagnose(streams: readonly Stream[], options: DiagnoseOptions): Promise<Check[]> {
  const configuration = await configure(options.connector, options);
  const { env } = options;
  const tokens = new TokenStore(env.clock);
  const checks: Check[] = [];
  const doors = new Map<string, Authenticator | undefined>();
  const usedBy = streamsByEndpoint(streams);
  for (const [endpoint, names] of usedBy) {
    const { auth } = endpoint.api;
    if (!doors.has(auth?.name ?? '')) {
      const door = createAuthenticator(await credentialsOf(auth, configuration), env, tokens);
      const check = await checkCredential(
        auth,
        endpoint,
        door,
        [...usedBy].filter(([other]) => other.api.auth?.name === auth?.name).flatMap(([, used]) => used),
      );
      if (check) checks.push(check);
      doors.set(auth?.name ?? '', check?.problem ? undefined : door);
    }
    const door = doors.get(auth?.name ?? '');
    if (!door) continue;
    const permission = await checkPermission(endpoint, door, names);
    if (permission) checks.push(permission);
    if (permission?.problem) continue;
    checks.push(
      await attempt(`list \`${endpoint.name}\``, names, async () => {
        const base = await requestBase(
          withSmallPages(endpoint),
          configuration,
          new Date(env.clock.now()).toISOString(),
        );
        const step = await new Walk({
          endpoint: withSmallPages(endpoint),
          base,
          authenticator: door,
          rateLimiter: new RateLimiter([], env.clock),
          env,
        }).step();
        return step.type === 'page'
          ? `answers with ${step.page.records.recordCount} on the first page`
          : 'answers, and is empty';
      }),
    );
  }
  return checks;
}

async function checkCredential(
  auth: Auth | undefined,
  endpoint: Endpoint,
  door: Authenticator,
  names: string[],
): Promise<Check | undefined> {
  if (!auth) return undefined;
  return attempt(`credential \`${auth.name}\``, [...new Set(names)], async () => {
    await door.authorize({ url: new URL('https://localhost'), headers: {} });
    const permissions = await door.permissions();
    return permissions ? `permissions: ${permissions.join(', ') || 'none'}` : `for ${endpoint.api.name}`;
  });
}

/** Undefined where the token does not tell: then the list itself does. */
async function checkPermission(
  endpoint: Endpoint,
  door: Authenticator,
  names: string[],
): Promise<Check | undefined> {
  const wanted = endpoint.definition.permissions ?? [];
  const granted = await door.permissions();
  if (wanted.length === 0 || granted === undefined) return undefined;
  const what = `permission ${wanted[0]}`;
  if (wanted.some((permission) => granted.includes(permission)))
    return { what, empties: [], detail: `for list \`${endpoint.name}\`` };
  return {
    what,
    empties: names,
    problem: {
      code: 'permission-missing',
      kind: 'permission',
      message: `${wanted.join(' or ')} is not granted, and the list \`${endpoint.name}\` needs it`,
      fix: `grant ${wanted[0]} to the application, with admin consent, and wait some minutes`,
      at: endpoint.at,
    },
  };
}

async function attempt(what: string, names: string[], tried: () => Promise<string>): Promise<Check> {
  try {
    return { what, empties: [], detail: await tried() };
  } catch (error) {
    return { what, empties: names, problem: problemOf(error) };
  }
}

function streamsByEndpoint(streams: readonly Stream[]): Map<Endpoint, string[]> {
  const used = new Map<Endpoint, string[]>();
  for (const stream of streams) {
    for (const endpoint of [stream.endpoint, ...stream.joins.map((join) => join.endpoint)]) {
      used.set(endpoint, [...(used.get(endpoint) ?? []), stream.name]);
    }
  }
  return used;
}

/** The same list, one record at a time: enough to see that it answers. */
function withSmallPages(endpoint: Endpoint): Endpoint {
  const { pagination } = endpoint.definition;
  if (!pagination || pagination.type === 'none' || pagination.type === 'export_files') return endpoint;
  return { ...endpoint, definition: { ...endpoint.definition, pagination: { ...pagination, page_size: 1 } } };
}
