/**
 * The story of a run. A **definition** is compiled; **auth** lends it an identity; **fetch** pulls one page at a time,
 * waiting when told; **join** completes each record; **map** says it in OCSF; **validate** says whether that is true;
 * **write** hands the events over and waits until they are safe; **checkpoint** remembers; then the next page.
 *
 *     definition -> compile -> auth -> fetch -> join -> map -> validate -> write -> checkpoint
 */
import type { Connector } from './compile/connector.ts';
import { configure } from './compile/settings.ts';
import { streamNamed } from './compile/stream-named.ts';
import type { Lane } from './run/lane.ts';
import { type Problem, problemOf } from './run/lane-machine.ts';
import { openLanes, type RunRequest } from './run/open-lanes.ts';
import { runLane } from './run/run-lane.ts';
import { type LaneSummary, summaryOf } from './run/summary.ts';

/**
 * Runs streams of a connector to their end: everything that the vendor shows goes to every destination, durably, or to
 * the dead letters with its reason.
 * @returns a summary a lane; look at `end` of each
 * @throws EngineError for what is wrong before the first request: settings, streams, destinations, state
 */
export async function run(connector: Connector, request: RunRequest): Promise<LaneSummary[]> {
  const names = new Set(request.streams ?? Object.keys(connector.streams));
  const streams = [...names].map((name) => streamNamed(connector, name));
  const configuration = await configure(connector, request);
  const lanes = await openLanes(connector, streams, configuration, request);
  const { clock } = request.env;
  return Promise.all(
    lanes.map(async ({ name, lane, stream }) => {
      const startedAt = clock.monotonic();
      const { end, problem } = await runLane(lane, {
        name,
        clock,
        ...(request.stop && { stop: request.stop }),
        onTransition: (transition, context) => request.onTransition?.(transition, context, lane.counters),
      });
      const closing = await closed(lane);
      const isFailed = closing !== undefined && problem === undefined;
      return summaryOf(
        name,
        stream.name,
        lane,
        isFailed ? 'failed' : end,
        problem ?? closing,
        clock.monotonic() - startedAt,
      );
    }),
  );
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
