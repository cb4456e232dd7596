/** Plays dead letters again: their records go through join, lookup, map, validate and write as if the vendor had just listed them. */
import type { Connector, Stream } from './compile/connector.ts';
import { type Configuration, configure } from './compile/settings.ts';
import { streamNamed } from './compile/stream-named.ts';
import { run } from './pipeline.ts';
import { deadLines } from './run/dead-files.ts';
import { mappingOf } from './run/mapping-of.ts';
import { deadDirectoryOf, laneName, type RunRequest } from './run/open-lanes.ts';
import { isAsked, type ReplayRequest } from './run/replay.ts';
import type { LaneSummary } from './run/summary.ts';

/** As for a run; what it asks of the vendor is only what is joined and looked up. */
export interface ReplayRunRequest extends Omit<RunRequest, 'full'> {
  replay: ReplayRequest;
}

/** What a replay came to. */
export interface ReplayReport {
  /** Where the dead letters lie. */
  directory: string;
  /** Of each lane that had letters to be played. */
  lanes: ReplayedLane[];
  /** By the name of a lane, how many letters there are now, of other connectors too. */
  remaining: Record<string, number>;
  /** Lines that are no dead letter, and files that cannot be read; they stay as they are. */
  unreadable: Unreadable[];
}

export interface ReplayedLane extends LaneSummary {
  /** What became of them; those that are superseded have a record of which something newer was delivered, or stands in a newer letter. */
  letters: { tried: number; delivered: number; superseded: number; failed: number };
}

export interface Unreadable {
  file: string;
  /** From 1; 0 for the file as a whole. */
  line: number;
  problem: string;
}

/**
 * Plays the letters of the lanes of the named streams, or of all that have any, in each lane under its lock. What a lane has
 * delivered, or has delivered a newer version of, leaves the files when that is committed; what fails again stays with the new
 * reason. Nothing of time is moved, nothing found gone.
 * @throws EngineError as `run` does; `dead-letters-unreadable`
 */
export async function replay(connector: Connector, request: ReplayRunRequest): Promise<ReplayReport> {
  const configuration = await configure(connector, request);
  const directory = deadDirectoryOf(connector, request);
  const { chosen } = await survey(directory, request);
  const streams = streamsOf(connector, request).filter((stream) =>
    nameOf(connector, stream, configuration, request).some((name) => chosen.has(name)),
  );
  const names = streams.map(({ name }) => name);
  const lanes = names.length === 0 ? [] : await run(connector, { ...request, streams: names });
  const { remaining, unreadable } = await survey(directory, request);
  return {
    directory,
    lanes: lanes.map(replayed),
    remaining: Object.fromEntries([...remaining].sort()),
    unreadable,
  };
}

function replayed(summary: LaneSummary): ReplayedLane {
  const { records: tried, unchanged: superseded, dead: failed } = summary;
  return { ...summary, letters: { tried, delivered: tried - superseded - failed, superseded, failed } };
}

interface Survey {
  /** Names of lanes that have letters which the operator asked for. */
  chosen: Set<string>;
  remaining: Map<string, number>;
  unreadable: Unreadable[];
}

/** Parts that are not finished count too: the lane finishes those of a run that was killed. */
async function survey(directory: string, { env, replay }: ReplayRunRequest): Promise<Survey> {
  const found: Survey = { chosen: new Set(), remaining: new Map(), unreadable: [] };
  for await (const line of deadLines(env.files, directory, true)) {
    if ('problem' in line) {
      // The tail of a part under way may be half a line.
      if (!line.path.endsWith('.open'))
        found.unreadable.push({ file: line.path, line: line.number, problem: line.problem });
      continue;
    }
    const { lane } = line.letter;
    found.remaining.set(lane, (found.remaining.get(lane) ?? 0) + 1);
    if (isAsked(line.letter, replay)) found.chosen.add(lane);
  }
  return found;
}

/** Those that were named, else all, those that run on request only among them. */
function streamsOf(connector: Connector, { streams }: ReplayRunRequest): Stream[] {
  return streams ? streams.map((name) => streamNamed(connector, name)) : Object.values(connector.streams);
}

/** As the lane calls itself in its letters; none for a stream that was not named and lacks the mapping. */
function nameOf(
  connector: Connector,
  stream: Stream,
  configuration: Configuration,
  { as, streams }: ReplayRunRequest,
): string[] {
  if (!streams && as !== undefined && !stream.mappings.has(as)) return [];
  return [`${connector.name}/${laneName(stream, mappingOf(stream, as).as, configuration)}`];
}
