/** Makes the lanes of a run: everything that reaches outside is opened here, and handed in. */
import { join, resolve } from 'node:path';
import { credentialsOf } from '../auth/credentials.ts';
import { createAuthenticator } from '../auth/index.ts';
import { TokenStore } from '../auth/token-store.ts';
import { openLane } from '../checkpoint/lane-store.ts';
import type { Connector, Endpoint, Stream } from '../compile/connector.ts';
import type { Configuration, GivenSettings } from '../compile/settings.ts';
import { texts } from '../compile/template.ts';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import { RateLimiter } from '../fetch/rate-limit.ts';
import { requestBase } from '../fetch/request.ts';
import { Walk } from '../fetch/walk.ts';
import { createJoinTable } from '../join/join-table.ts';
import { openDeadLetters } from '../write/dead-letters.ts';
import { type DestinationSpec, openDestination, parseDestination } from '../write/index.ts';
import type { Counters } from './counters.ts';
import { Lane } from './lane.ts';
import type { LaneContext } from './lane-machine.ts';
import { mappingOf } from './mapping-of.ts';
import type { Transition } from './run-lane.ts';

/** What the operator asks of a run. */
export interface RunRequest extends GivenSettings {
  env: Env;
  /** All streams of the connector when absent. */
  streams?: readonly string[];
  /** Name of the mapping; the first of the stream when absent. */
  as?: string;
  /** Destinations: `-` for standard output, `ndjson:DIR`. */
  to: readonly string[];
  /** Directory of the state: one file a lane. */
  state: string;
  /** Asks for everything, whatever the checkpoint says. */
  full?: boolean;
  /** Does not keep to the connector's rate limits: for a vendor that has none, such as a simulator. */
  rateLimitOff?: boolean;
  /** The mapping's time and the bound of the slice, in milliseconds since the epoch; the clock's when absent. */
  now?: number;
  /** Where `-` writes to. */
  output?: NodeJS.WritableStream;
  /** Aborted when the operator asks to stop. */
  stop?: AbortSignal;
  onTransition?(transition: Transition, context: LaneContext, counters: Counters): void;
}

export interface OpenLane {
  /** `connector/stream`, with what tells it from other lanes of the stream. */
  name: string;
  stream: Stream;
  lane: Lane;
}

/** Opens the lanes of the streams. When one cannot be opened, none stays open. */
export async function openLanes(
  connector: Connector,
  streams: readonly Stream[],
  configuration: Configuration,
  request: RunRequest,
): Promise<OpenLane[]> {
  const tokens = new TokenStore(request.env.clock);
  const limiters = new Map<string, RateLimiter>();
  const opened: OpenLane[] = [];
  try {
    for (const stream of streams) {
      opened.push(await openOne(connector, stream, configuration, request, tokens, limiters));
    }
    return opened;
  } catch (error) {
    await Promise.allSettled(opened.map(({ lane }) => lane.close()));
    throw error;
  }
}

async function openOne(
  connector: Connector,
  stream: Stream,
  configuration: Configuration,
  request: RunRequest,
  tokens: TokenStore,
  limiters: Map<string, RateLimiter>,
): Promise<OpenLane> {
  const { env, state, to } = request;
  const { as, mapping } = mappingOf(stream, request.as);
  const now = request.now ?? env.clock.now();
  // Another mapping, another tenant: another lane, whose progress is its own.
  const fileName = [stream.name, as === [...stream.mappings.keys()][0] ? '' : as, configuration.identity]
    .filter(Boolean)
    .join('.');
  const folder = join(state, connector.name);
  const limiterOf = (endpoint: Endpoint): RateLimiter => {
    const known = limiters.get(endpoint.api.name);
    if (known) return known;
    const windows = request.rateLimitOff
      ? []
      : endpoint.api.rateLimits.map(({ calls, perMs }) => ({ calls, per_ms: perMs }));
    const limiter = new RateLimiter(windows, env.clock);
    limiters.set(endpoint.api.name, limiter);
    return limiter;
  };
  const authenticators = new Map<string, ReturnType<typeof createAuthenticator>>();
  const authenticatorOf = async (endpoint: Endpoint) => {
    const { auth } = endpoint.api;
    const known = authenticators.get(auth?.name ?? '');
    if (known) return known;
    const made = createAuthenticator(await credentialsOf(auth, configuration), env, tokens);
    authenticators.set(auth?.name ?? '', made);
    return made;
  };
  // Credentials and URLs are resolved before anything is opened, so that a setting that is missing leaves nothing behind.
  const endpoints = [stream.endpoint, ...stream.joins.map(({ endpoint }) => endpoint)];
  for (const endpoint of endpoints) {
    await authenticatorOf(endpoint);
    await requestBase(endpoint, configuration, isoOf(now));
  }
  const specs = distinct(to.map((spec) => parseDestination(spec)));
  await makeStateDirectory(folder, env);
  const store = openLane(join(folder, `${fileName}.db`), {
    now: () => env.clock.now(),
    randomBytes: env.randomBytes,
  });
  try {
    const about = {
      stream: stream.name,
      lane: store.id,
      env,
      ...(request.output && { output: request.output }),
    };
    const directory = specs.find((spec) => spec.type === 'ndjson')?.directory ?? folder;
    const joins = [];
    for (const candidate of stream.joins) {
      const when = candidate.when ? await candidate.when.evaluate(configuration.scope) : true;
      const isKeyKnown = connector.evidence.knows(candidate.endpoint.name);
      if (when === true) joins.push({ join: candidate, isKeyKnown });
    }
    const lane = new Lane({
      name: `${connector.name}/${fileName}`,
      stream,
      mapping,
      store,
      destinations: specs.map((spec) => openDestination(spec, about)),
      deadLetters: openDeadLetters(join(directory, 'dead'), about),
      joins,
      isRecordKnown: connector.evidence.knows(stream.endpoint.name),
      isOnlyNew: stream.onlyNew ? (await stream.onlyNew.when.evaluate(configuration.scope)) === true : false,
      isFullAsked: request.full ?? false,
      now,
      mappingNow: request.now,
      joinTable: (name) => createJoinTable(join(folder, `${fileName}.join-${name}.db`)),
      walk: async (endpoint, from) =>
        new Walk({
          endpoint,
          base: await requestBase(
            endpoint,
            configuration,
            isoOf(now),
            await cursorQuery(stream, configuration, now, from),
          ),
          authenticator: await authenticatorOf(endpoint),
          rateLimiter: limiterOf(endpoint),
          env,
        }),
      random: () => env.random(),
      onRateLimited: (endpoint, ms) => limiterOf(endpoint).blockUntil(env.clock.monotonic() + ms),
    });
    return { name: `${connector.name}/${stream.name}`, stream, lane };
  } catch (error) {
    store.close();
    throw error;
  }
}

async function makeStateDirectory(folder: string, env: Env): Promise<void> {
  try {
    await env.files.makeDirectory(folder);
  } catch (cause) {
    throw new EngineError({
      code: 'state-unwritable',
      kind: 'state',
      message: `the state directory \`${folder}\` cannot be made: ${cause instanceof Error ? cause.message : cause}`,
      fix: 'give this user write access there, or choose another --state',
      cause,
    });
  }
}

/** One directory under two spellings is one destination. */
function distinct(specs: readonly DestinationSpec[]): DestinationSpec[] {
  const placeOf = (spec: DestinationSpec) => (spec.type === 'ndjson' ? resolve(spec.directory) : spec.name);
  return [...new Map(specs.map((spec) => [placeOf(spec), spec])).values()];
}

/** What the stream's cursor adds to the query; nothing when the run asks for everything. */
async function cursorQuery(
  stream: Stream,
  configuration: Configuration,
  now: number,
  from: string | undefined,
): Promise<Record<string, string>> {
  const { cursor } = stream;
  if (!cursor || from === undefined) return {};
  const scope = { ...configuration.scope, cursor: from, now: isoOf(now) };
  const filter = await cursor.filter?.text(scope);
  return { ...(filter !== undefined && { $filter: filter }), ...(await texts(cursor.query, scope)) };
}

/** RFC 3339 in whole seconds. */
function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
