/** Can the streams of a connector be collected with what the operator gave? Token by token, permission by permission, list by list. */

import { credentialsOf } from '../auth/credentials.ts';
import { type Authenticator, createAuthenticator } from '../auth/index.ts';
import { TokenStore } from '../auth/token-store.ts';
import { formatInstant, instantOfMs } from '../checkpoint/instant.ts';
import type { Auth, Connector, Endpoint, Stream } from '../compile/connector.ts';
import { type Configuration, configure, type GivenSettings } from '../compile/settings.ts';
import type { Env } from '../env.ts';
import { RateLimiter } from '../fetch/rate-limit.ts';
import { requestBase } from '../fetch/request.ts';
import { Walk } from '../fetch/walk.ts';
import { type Consequences, consequencesOf, type EndpointUse, endpointUses } from './endpoint-uses.ts';
import { type Problem, problemOf } from './lane-machine.ts';
import { cursorQuery } from './open-lanes.ts';

/** `empties` and `goesOn` are the consequences of the problem; both are empty where there is none. */
export interface Check extends Consequences {
  what: string;
  detail?: string;
  problem?: Problem;
}

export interface DiagnoseOptions extends GivenSettings {
  connector: Connector;
  env: Env;
}

/** How far back the list of changes is asked from. */
const CHANGES_SINCE_MS = 3_600_000;

/**
 * One check a credential, one a permission, one a list, of what the settings turn on. What depends on a credential that
 * fails is not tried. Nothing is asked of a lookup, which takes a record, nor for export files, which take the vendor's time.
 */
export async function diagnose(streams: readonly Stream[], options: DiagnoseOptions): Promise<Check[]> {
  const configuration = await configure(options.connector, options);
  const tokens = new TokenStore(options.env.clock);
  const checks: Check[] = [];
  const doors = new Map<string, Authenticator | undefined>();
  const usesOf = await endpointUses(streams, configuration);
  for (const [endpoint, uses] of usesOf) {
    const { auth } = endpoint.api;
    if (!doors.has(auth?.name ?? '')) {
      const door = createAuthenticator(await credentialsOf(auth, configuration), options.env, tokens);
      const behind = [...usesOf].filter(([other]) => other.api.auth?.name === auth?.name);
      const all = behind.flatMap(([, used]) => used);
      const check = await checkCredential(auth, endpoint, door, all);
      if (check) checks.push(check);
      doors.set(auth?.name ?? '', check?.problem ? undefined : door);
    }
    const door = doors.get(auth?.name ?? '');
    if (!door) continue;
    const permission = await checkPermission(endpoint, door, uses);
    if (permission) checks.push(permission);
    if (permission?.problem || isLookup(uses) || endpoint.exportFiles) continue;
    checks.push(await checkList(endpoint, door, uses, configuration, options.env));
  }
  return checks;
}

async function checkCredential(
  auth: Auth | undefined,
  endpoint: Endpoint,
  door: Authenticator,
  uses: readonly EndpointUse[],
): Promise<Check | undefined> {
  if (!auth) return undefined;
  return attempt(`credential \`${auth.name}\``, uses, async () => {
    await door.authorize({ url: new URL('https://localhost'), headers: {} });
    const permissions = await door.permissions();
    return permissions ? `permissions: ${permissions.join(', ') || 'none'}` : `for ${endpoint.api.name}`;
  });
}

/** Undefined where the token does not tell: then the list itself does. */
async function checkPermission(
  endpoint: Endpoint,
  door: Authenticator,
  uses: readonly EndpointUse[],
): Promise<Check | undefined> {
  const wanted = endpoint.definition.permissions ?? [];
  const granted = await door.permissions();
  if (wanted.length === 0 || granted === undefined) return undefined;
  const what = `permission ${wanted[0]}`;
  const user = `${isLookup(uses) ? 'lookup' : 'list'} \`${endpoint.name}\``;
  if (wanted.some((permission) => granted.includes(permission)))
    return { what, empties: [], goesOn: [], detail: `for ${user}` };
  return {
    what,
    ...consequencesOf(uses, 'permission'),
    problem: {
      code: 'permission-missing',
      kind: 'permission',
      message: `${wanted.join(' or ')} is not granted, and the ${user} needs it`,
      fix: `grant ${wanted[0]} to the application, with admin consent, and wait some minutes`,
      at: endpoint.at,
    },
  };
}

async function checkList(
  endpoint: Endpoint,
  authenticator: Authenticator,
  uses: readonly EndpointUse[],
  configuration: Configuration,
  env: Env,
): Promise<Check> {
  return attempt(`list \`${endpoint.name}\``, uses, async () => {
    const small = withSmallPages(endpoint);
    const now = env.clock.now();
    // A list of changes wants to know since when.
    const changed = uses.find(({ as }) => as === 'changes')?.stream;
    const since = formatInstant(instantOfMs(now - CHANGES_SINCE_MS));
    const until = formatInstant(instantOfMs(now));
    const query = changed ? await cursorQuery(changed, configuration, now, since, until) : {};
    const base = await requestBase(small, configuration, new Date(now).toISOString(), query);
    const rateLimiter = new RateLimiter([], env.clock);
    const step = await new Walk({ endpoint: small, base, authenticator, rateLimiter, env }).step();
    return step.type === 'page'
      ? `answers with ${step.page.records.recordCount} on the first page`
      : 'answers, and is empty';
  });
}

async function attempt(
  what: string,
  uses: readonly EndpointUse[],
  tried: () => Promise<string>,
): Promise<Check> {
  try {
    return { what, empties: [], goesOn: [], detail: await tried() };
  } catch (error) {
    const problem = problemOf(error);
    return { what, ...consequencesOf(uses, problem.kind), problem };
  }
}

function isLookup(uses: readonly EndpointUse[]): boolean {
  return uses.every(({ as }) => as === 'lookup');
}

/** The same list, one record at a time: enough to see that it answers. */
function withSmallPages(endpoint: Endpoint): Endpoint {
  const { pagination } = endpoint.definition;
  if (!pagination || pagination.type === 'none' || pagination.type === 'export_files') return endpoint;
  return { ...endpoint, definition: { ...endpoint.definition, pagination: { ...pagination, page_size: 1 } } };
}
