/**
 * The story of a run. A **definition** is compiled; **auth** lends it an identity; **fetch** pulls one page at a time,
 * waiting when told; **join** completes each record; **map** says it in OCSF; **validate** says whether that is true;
 * **write** hands the events over and waits until they are safe; **checkpoint** remembers; then the next page.
 *
 *     definition -> compile -> auth -> fetch -> join -> map -> validate -> write -> checkpoint
 */
import type { Connector, Stream } from './compile/connector.ts';
import { type Configuration, configure } from './compile/settings.ts';
import { streamNamed } from './compile/stream-named.ts';
import { pageReader } from './fetch/page-reader.ts';
import { abortable } from './run/abortable.ts';
import { type Doors, openDoors } from './run/doors.ts';
import { keepReason } from './run/keep-reason.ts';
import type { Lane } from './run/lane.ts';
import { type Problem, problemOf } from './run/lane-machine.ts';
import { type OpenLane, openLanes, type RunRequest } from './run/open-lanes.ts';
import { runLane } from './run/run-lane.ts';
import { stopGrace } from './run/stop-grace.ts';
import { type LaneSummary, summaryOf } from './run/summary.ts';

/** Lanes that are at work at once: while one waits for its vendor another computes; each holds a page in memory. */
const LANES_AT_ONCE = 2;

/**
 * Runs streams of a connector to their end: everything that the vendor shows goes to every destination, durably, or to
 * the dead letters with its reason.
 * @returns a summary a lane, in the order of the streams; look at `end` of each
 * @throws EngineError for what is wrong before the first request: settings, streams, destinations, state
 */
export async function run(connector: Connector, request: RunRequest): Promise<LaneSummary[]> {
  const streams = streamsOf(connector, request.streams);
  const configuration = await configure(connector, request);
  const pages = pageReader(request.env.clock);
  const grace = stopGrace(request.env.clock, request.stop);
  const env = { ...request.env, network: abortable(request.env.network, grace.signal) };
  const inside = { ...request, env, pages, drop: grace.signal };
  const doors = openDoors(connector, configuration, inside);
  try {
    return await runAll(connector, streams, configuration, inside, doors);
  } finally {
    grace.release();
    await doors.close();
    await pages.close();
  }
}

async function runAll(
  connector: Connector,
  streams: readonly Stream[],
  configuration: Configuration,
  request: RunRequest,
  doors: Doors,
): Promise<LaneSummary[]> {
  const lanes = await openLanes(connector, streams, configuration, request, doors);
  const summaries: LaneSummary[][] = lanes.map(() => []);
  const waiting = [...lanes.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, lane] = next;
      const summary = await runOne(lane, request, doors);
      summaries[index]?.push(summary);
      const other = await fallbackOf(connector, lane, summary, streams, configuration, request, doors);
      if (other) summaries[index]?.push(await runOne(other, request, doors));
    }
  };
  await Promise.all(Array.from({ length: LANES_AT_ONCE }, work));
  return summaries.flat();
}

/** Those that were named, else all but those that run on request only. */
function streamsOf(connector: Connector, named: readonly string[] | undefined): Stream[] {
  if (named) return [...new Set(named)].map((name) => streamNamed(connector, name));
  return Object.values(connector.streams).filter((stream) => !stream.isOnRequest);
}

async function runOne(open: OpenLane, request: RunRequest, doors: Doors): Promise<LaneSummary> {
  const { name, lane } = open;
  const { clock } = request.env;
  const startedAt = clock.monotonic();
  const { end, problem } = await runLane(lane, {
    name,
    clock,
    ...(request.stop && { stop: request.stop }),
    ...(request.drop && { drop: request.drop }),
    onTransition: (transition, context) => request.onTransition?.(transition, context, lane.counters),
  });
  const closing = await closed(lane);
  for (const damage of doors.takeDamage()) lane.counters.wentWithout(damage);
  const isFailed = closing !== undefined && problem === undefined;
  const took = clock.monotonic() - startedAt;
  const why = problem ?? closing;
  // What stops a replay stops no run, and a state that is itself in question is not made to look newer.
  const isKept = why !== undefined && why.kind !== 'state' && !request.replay;
  const parked = isKept ? keepReason(open, why, clock.now()) : undefined;
  return summaryOf(open, isFailed ? 'failed' : end, why, parked, took);
}

/** The lane of the stream that takes over where a permission is missing: then nothing came, and the summary of the first says why. */
async function fallbackOf(
  connector: Connector,
  { stream, lane }: OpenLane,
  summary: LaneSummary,
  streams: readonly Stream[],
  configuration: Configuration,
  request: RunRequest,
  doors: Doors,
): Promise<OpenLane | undefined> {
  if (stream.fallback === undefined || !lane.isUnanswered) return undefined;
  if (summary.end !== 'parked' || summary.problem?.kind !== 'permission') return undefined;
  const other = streamNamed(connector, stream.fallback);
  summary.end = 'replaced';
  summary.replacedBy = other.name;
  if (streams.includes(other)) return undefined;
  try {
    const [opened] = await openLanes(connector, [other], configuration, request, doors);
    return opened;
  } catch (error) {
    // The other lanes go on.
    summary.end = 'failed';
    summary.problem = problemOf(error);
    return undefined;
  }
}

/** Seals and closes; what goes wrong in that is the lane's problem, if it had no other. */
async function closed(lane: Lane): Promise<Problem | undefined> {
  try {
    await lane.close();
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}
