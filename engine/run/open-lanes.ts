/** Makes the lanes of a run: everything that reaches outside is opened here, and handed in. */
import { join, resolve } from 'node:path';
import type { ByteFiles } from '../byte-files.ts';
import { type LaneStore, openLane } from '../checkpoint/lane-store.ts';
import type { Connector, Endpoint, Join, Stream } from '../compile/connector.ts';
import type { Configuration, GivenSettings } from '../compile/settings.ts';
import { type PlacedExpression, texts } from '../compile/template.ts';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import { type PageReader, readingHere } from '../fetch/page-reader.ts';
import { lookupBase, requestBase } from '../fetch/request.ts';
import { Walk } from '../fetch/walk.ts';
import { createGroupTable } from '../join/group-table.ts';
import { createJoinTable, type JoinTable, openKeptTable } from '../join/join-table.ts';
import { SLICE_PAGES_MAX } from '../limits.ts';
import { LookupMemory } from '../lookup/lookup-memory.ts';
import { LookupRound } from '../lookup/lookup-round.ts';
import { neededOf } from '../map/needs.ts';
import { openDeadLetters } from '../write/dead-letters.ts';
import { makeDurableDirectory } from '../write/durable-directory.ts';
import { type DestinationSpec, openDestination, parseDestination } from '../write/index.ts';
import { joinedMembers, selectQuery } from './asked-members.ts';
import type { Counters } from './counters.ts';
import type { Doors } from './doors.ts';
import { eventForm } from './event-form.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { Lane } from './lane.ts';
import type { LaneContext } from './lane-machine.ts';
import type { Paths } from './lists.ts';
import { mappingOf } from './mapping-of.ts';
import { Replay, type ReplayRequest } from './replay.ts';
import type { Transition } from './run-lane.ts';
import { halved } from './scan-plan.ts';
import { startEventThread } from './start-event-thread.ts';

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
  /** Goes on with a state that is older than what was written with it. */
  acceptRollback?: boolean;
  /** Plays dead letters again in place of asking for anything. */
  replay?: ReplayRequest;
  /** Does not keep to the connector's rate limits: for a vendor that has none, such as a simulator. */
  rateLimitOff?: boolean;
  /** Passes over a page that cannot be read, where the one after it can be known; the lane stops there otherwise. */
  skipPoison?: boolean;
  /** The mapping's time and the bound of the slice, in milliseconds since the epoch; the clock's when absent. */
  now?: number;
  /** Who reads the pages; the lanes themselves when absent. */
  pages?: PageReader;
  /** Where `-` writes to. */
  output?: NodeJS.WritableStream;
  /** Aborted when the operator asks to stop. */
  stop?: AbortSignal;
  /** Aborted when the page in hand is not to be finished. `run` makes it. */
  drop?: AbortSignal;
  onTransition?(transition: Transition, context: LaneContext, counters: Counters): void;
}

export interface OpenLane {
  /** `connector/stream`, with what tells it from other lanes of the stream. */
  name: string;
  stream: Stream;
  lane: Lane;
  /** Until when the vendor takes no call of the lane, milliseconds since the epoch; undefined when it does. */
  blockedUntil(): number | undefined;
  /** What the lane committed; once it is closed. */
  reopen(): LaneStore;
}

/** Opens the lanes of the streams. When one cannot be opened, none stays open. */
export async function openLanes(
  connector: Connector,
  streams: readonly Stream[],
  configuration: Configuration,
  request: RunRequest,
  doors: Doors,
): Promise<OpenLane[]> {
  const opened: OpenLane[] = [];
  try {
    for (const stream of streams) {
      opened.push(await openOne(connector, stream, configuration, request, doors));
    }
    return opened;
  } catch (error) {
    await Promise.allSettled(opened.map(({ lane }) => lane.close()));
    throw error;
  }
}

async function openOne(
  connector: Connector,
  declared: Stream,
  configuration: Configuration,
  request: RunRequest,
  doors: Doors,
): Promise<OpenLane> {
  const { env, state, to } = request;
  const stream = await chosen(declared, configuration);
  const { as, mapping } = mappingOf(stream, request.as);
  const now = request.now ?? env.clock.now();
  const fileName = laneName(stream, as, configuration);
  const folder = join(state, connector.name);
  const joins = await those(stream.joins, configuration);
  const lookups = await those(stream.lookups, configuration);
  // Credentials and URLs are resolved before anything is opened, so that a setting that is missing leaves nothing behind.
  const listed = [stream.endpoint, ...joins.map(({ endpoint }) => endpoint)];
  for (const endpoint of listed) await requestBase(endpoint, configuration, isoOf(now));
  for (const endpoint of [...listed, ...lookups.map((lookup) => lookup.endpoint)])
    await doors.authenticator(endpoint);
  const specs = distinct(to.map((spec) => parseDestination(spec)));
  await makeStateDirectory(folder, env);
  const opened = () =>
    openLane(join(folder, fileName), {
      now: () => env.clock.now(),
      randomBytes: env.randomBytes,
      files: env.byteFiles,
    });
  const store = opened();
  try {
    const about = {
      stream: stream.name,
      lane: store.id,
      generation: () => store.generation,
      env,
      ...(request.output && { output: request.output }),
    };
    const deadDirectory = deadDirectoryOf(connector, request);
    const classNames = stream.unvalidated.has(as) ? undefined : stream.eventClasses;
    const memory = new LookupMemory();
    const needed = neededOf(mapping.ast);
    const lookupDoors = {
      env,
      base: (endpoint: Endpoint, input: Record<string, unknown>) =>
        lookupBase(endpoint, configuration, isoOf(now), input),
      authenticator: doors.authenticator,
      rateLimiter: doors.rateLimiter,
    };
    const lane = new Lane({
      name: `${connector.name}/${fileName}`,
      stream,
      mapping,
      store,
      destinations: specs.map((spec) => openDestination(spec, about)),
      deadLetters: openDeadLetters(deadDirectory, about),
      joins: (isFullAsked) =>
        joins.map((one) => {
          // Answers are asked for with anything that the inputs have.
          const members = lookups.length > 0 ? undefined : joinedMembers(one, needed);
          const table = joinTable(join(folder, `${fileName}.${one.name}.join`), one, {
            files: env.byteFiles,
            now,
            isFullAsked,
            ignored: ignoredPaths(stream, one.name),
            needed: members,
          });
          const isKeyKnown = connector.evidence.knows(one.endpoint.name);
          return { join: one, ...table, needed: members, isKeyKnown };
        }),
      lookups,
      round: (inputs) => new LookupRound(lookups, inputs, lookupDoors, memory),
      groupTable: () => createGroupTable(join(folder, `${fileName}.groups`), env.byteFiles),
      settings: configuration.scope.settings,
      connection: [connector.name, configuration.identity].join('.'),
      ...(request.replay && {
        replay: new Replay({
          ...request.replay,
          directory: deadDirectory,
          lane: `${connector.name}/${fileName}`,
          files: env.files,
        }),
      }),
      // The records of letters are no sample of what the vendor lists, and were new when they were listed.
      isRecordKnown: request.replay !== undefined || connector.evidence.knows(stream.endpoint.name),
      isOnlyNew:
        stream.onlyNew && !request.replay
          ? (await stream.onlyNew.when.evaluate(configuration.scope)) === true
          : false,
      needed,
      isFullAsked: request.full ?? false,
      isRollbackAccepted: request.acceptRollback ?? false,
      now,
      mappingNow: request.now,
      form: classNames && eventForm(classNames, mapping),
      mapThread: () => startEventThread({ ...mapping.source, classNames }),
      walk: async (listing, plan, members) => {
        const endpoint = (plan?.kind === 'incremental' && stream.cursor?.endpoint) || listing;
        const query = {
          ...selectQuery(endpoint, members),
          ...(await cursorQuery(stream, configuration, now, plan?.from, plan?.to)),
        };
        return new Walk({
          endpoint,
          base: await requestBase(endpoint, configuration, isoOf(now), query),
          authenticator: await doors.authenticator(endpoint),
          rateLimiter: doors.rateLimiter(endpoint),
          env,
          ...(request.pages && { pages: request.pages }),
          ...(plan && halved(plan) && { pagesMax: SLICE_PAGES_MAX }),
        });
      },
      pages: request.pages ?? readingHere,
      random: () => env.random(),
      isPoisonSkipped: request.skipPoison ?? false,
      rateLimiter: doors.rateLimiter,
    });
    const apis = [...listed, ...lookups.map((lookup) => lookup.endpoint)];
    return {
      name: `${connector.name}/${stream.name}`,
      stream,
      lane,
      blockedUntil: () => {
        const ms = Math.max(...apis.map((endpoint) => doors.rateLimiter(endpoint).blockedMs));
        return ms > 0 ? Math.ceil(env.clock.now() + ms) : undefined;
      },
      reopen: opened,
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** What tells a lane of the connector from its others: another mapping, another tenant is another lane, whose progress is its own. */
export function laneName(stream: Stream, as: string, configuration: Configuration): string {
  const [first] = stream.mappings.keys();
  return [stream.name, as === first ? '' : as, configuration.identity].filter(Boolean).join('.');
}

/** Where the dead letters of a run lie: beside what it writes, or with its state where that is no directory. */
export function deadDirectoryOf(
  connector: Connector,
  { to, state }: Pick<RunRequest, 'to' | 'state'>,
): string {
  const first = to.map((spec) => parseDestination(spec)).find((spec) => spec.type === 'ndjson');
  return join(first?.directory ?? join(state, connector.name), 'dead');
}

/** The stream over the endpoint that the settings choose. */
export async function chosen(stream: Stream, configuration: Configuration): Promise<Stream> {
  for (const { when, endpoint } of stream.alternatives) {
    if ((await when.evaluate(configuration.scope)) === true) return { ...stream, endpoint };
  }
  return stream;
}

/** Those that the settings turn on. */
export async function those<T extends { when?: PlacedExpression }>(
  all: readonly T[],
  configuration: Configuration,
): Promise<T[]> {
  const on: T[] = [];
  for (const one of all) {
    if (!one.when || (await one.when.evaluate(configuration.scope)) === true) on.push(one);
  }
  return on;
}

function joinTable(
  path: string,
  { keepMs, definition, endpoint }: Join,
  about: {
    files: ByteFiles;
    now: number;
    isFullAsked: boolean;
    ignored: Paths;
    needed: readonly string[] | undefined;
  },
): { table: JoinTable; isFilled: boolean } {
  const { files, now, isFullAsked, ignored, needed } = about;
  if (keepMs === undefined) return { table: createJoinTable(path, files), isFilled: false };
  const question = JSON.stringify([definition, endpoint.definition, ignored, needed]);
  const keeping = { keepMs, now, question };
  const kept = isFullAsked ? undefined : openKeptTable(path, files, keeping);
  return { table: kept ?? createJoinTable(path, files, keeping), isFilled: kept !== undefined };
}

async function makeStateDirectory(folder: string, env: Env): Promise<void> {
  try {
    await makeDurableDirectory(env.files, folder);
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
export async function cursorQuery(
  stream: Stream,
  configuration: Configuration,
  now: number,
  from: string | undefined,
  until?: string,
): Promise<Record<string, string>> {
  const { cursor } = stream;
  if (!cursor || from === undefined) return {};
  const scope = { ...configuration.scope, cursor: from, until, now: isoOf(now) };
  const filter = await cursor.filter?.text(scope);
  return { ...(filter !== undefined && { $filter: filter }), ...(await texts(cursor.query, scope)) };
}

/** RFC 3339 in whole seconds. */
function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
