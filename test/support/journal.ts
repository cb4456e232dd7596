/** A vendor in memory that lists entries between two instants, and runs of a connector against it on a simulated clock. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Checkpoint } from '../../engine/checkpoint/checkpoint.ts';
import { parseInstant } from '../../engine/checkpoint/instant.ts';
import { openLane } from '../../engine/checkpoint/lane-store.ts';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import { SourceText } from '../../engine/definition/source.ts';
import type { Env, HttpRequest, Network } from '../../engine/env.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { run } from '../../engine/pipeline.ts';
import type { RunRequest } from '../../engine/run/open-lanes.ts';
import type { Transition } from '../../engine/run/run-lane.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { type Reply, scriptedNetwork } from './scripted-network.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { filesIn, readNdjson } from './tenant.ts';

export const START = Date.UTC(2026, 0, 10);
export const HOUR = 3_600_000;
const ORIGIN = 'https://log.example.com';

export interface Entry {
  id: string;
  /** RFC 3339. */
  at: string;
  /** From when the vendor lists it, milliseconds since the epoch; always, unless given. */
  visibleAt?: number;
}

export interface JournalOptions {
  entries?: Entry[];
  cursor?: Record<string, unknown>;
  endpoint?: Record<string, unknown>;
  api?: Record<string, unknown>;
  /** Further streams, `{NAME: {…}}`. */
  streams?: Record<string, unknown>;
  pageSize?: number;
  /** What is answered in place of the page that the vendor would answer. */
  answer?: (request: HttpRequest, count: number, page: Reply) => Reply;
  env?: Partial<Env>;
}

export interface JournalRun {
  summary: LaneSummary;
  summaries: LaneSummary[];
  transitions: Transition[];
  /** Requests of the run, as `since..until`, and `#N` for a page after the first. */
  asked: string[];
}

export function journal(options: JournalOptions = {}) {
  const { entries = [], pageSize = 10, answer } = options;
  const clock = new SimulatedClock(START);
  const home = temporaryDirectory();
  const state = join(home, 'state');
  const out = join(home, 'out');
  const calls: { at: number; url: URL }[] = [];
  const network = scriptedNetwork((request, count) => {
    calls.push({ at: clock.now(), url: request.url });
    const page = pageOf(entries, request.url, pageSize, clock.now());
    return answer ? answer(request, count, page) : page;
  });
  const connector = connectorOf(options);
  const play = async (
    request: Partial<RunRequest> = {},
    wrap: (network: Network) => Network = (same) => same,
  ): Promise<JournalRun> => {
    const transitions: Transition[] = [];
    const before = calls.length;
    const env = { ...nodeEnv(wrap(network)), clock, random: () => 0, ...options.env };
    const work = run(connector, {
      env,
      to: [`ndjson:${out}`],
      state,
      ...request,
      onTransition: (transition, context, counters) => {
        transitions.push(transition);
        request.onTransition?.(transition, context, counters);
      },
    });
    const summaries = await clock.run(work);
    const asked = calls.slice(before).map(({ url }) => askedOf(url));
    return { summary: summaries[0] as LaneSummary, summaries, transitions, asked };
  };
  return {
    clock,
    state,
    out,
    calls,
    entries,
    run: play,
    /** Ids of all that was written, in order. */
    ids: () => written(out).map(({ message }) => String(message)),
    dead: () => written(join(out, 'dead')),
    checkpoint: (stream = 'entries'): Checkpoint | undefined => {
      const store = openLane(join(state, 'journal', stream), {
        now: () => 0,
        ...nodeEnv(network),
        files: nodeEnv(network).byteFiles,
      });
      try {
        return store.checkpoint();
      } finally {
        store.close();
      }
    },
  };
}

function written(directory: string) {
  return filesIn(directory)
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap(readNdjson);
}

function connectorOf({ cursor, endpoint, api, streams }: JournalOptions) {
  const text = stringify({
    connector: 'journal',
    apis: { main: { base_url: ORIGIN, ...api } },
    endpoints: {
      entries: {
        api: 'main',
        path: '/entries',
        records: 'items',
        key: 'id',
        pagination: { type: 'link_header' },
        ...endpoint,
      },
    },
    streams: {
      entries: {
        record: { entry: 'entries' },
        cursor: {
          field: 'entry.at',
          query: { since: '${cursor}', until: '${until}' },
          start: '10d',
          slice: '1d',
          lateness: '30m',
          sweep: 'never',
          ...cursor,
        },
        event: 'inventory_info',
        mappings: { own: 'own.jsonata' },
        unvalidated: ['own'],
      },
      ...streams,
    },
  });
  const mapping = compileMapping(new SourceText('own.jsonata', '{"message": entry.id}'));
  const { connector, diagnostics } = compileConnector(
    parseConnector(new SourceText('connector.yaml', text)),
    '/journal',
    new Map([['own.jsonata', mapping]]),
  );
  if (!connector) throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return connector;
}

/** Both bounds included, in the order of the instants. */
function pageOf(entries: readonly Entry[], url: URL, pageSize: number, now: number): Reply {
  const [since, until] = ['since', 'until'].map((name) => parseInstant(url.searchParams.get(name)));
  const position = Number(url.searchParams.get('position') ?? 0);
  const listed = entries
    .filter(({ at, visibleAt = 0 }) => {
      const instant = parseInstant(at) ?? 0n;
      return visibleAt <= now && instant >= (since ?? 0n) && (until === undefined || instant <= until);
    })
    .sort((a, b) => Number((parseInstant(a.at) ?? 0n) - (parseInstant(b.at) ?? 0n)));
  const next = new URL(url.href);
  next.searchParams.set('position', String(position + pageSize));
  const isMore = listed.length > position + pageSize;
  return {
    ...(isMore && { headers: { link: `<${next.href}>; rel="next"` } }),
    body: { items: listed.slice(position, position + pageSize).map(({ id, at }) => ({ id, at })) },
  };
}

function askedOf(url: URL): string {
  const { since = '', until = '', position } = Object.fromEntries(url.searchParams);
  return `${since}..${until}${position === undefined ? '' : `#${position}`}`;
}
