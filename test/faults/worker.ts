/** A process that plays the schedules that it is told, one after the other. */
import { setMaxListeners } from 'node:events';
import type { Connector } from '../../engine/compile/connector.ts';
import { loadConnector } from '../../engine/compile/load.ts';
import { watchDecoders } from './decoding.ts';
import type { Edge } from './edges.ts';
import { playNth } from './nth-failure.ts';
import { type KillOn, type Played, playSchedule, type ScheduleOptions } from './schedule.ts';
import { added, noTotals, type Totals, totalsOf } from './totals.ts';

/** What a worker is to do: schedules of consecutive seeds, or all n-th failures of one scenario. */
export interface Job {
  seeds: string[];
  /** Each once more: the story has to be the same. */
  isTwice?: boolean;
  isToldInFull?: boolean;
  areLocksOff?: boolean;
  killOn?: KillOn;
  /** Of the scenario, every so many-th failure. */
  nthStep?: number;
}

export interface Result {
  totals: Totals;
  story: string[];
  /** By seed. */
  digests: Record<string, string>;
  /** By seed, how often each edge was taken while faults were on. */
  taken: Record<string, Record<Edge, number>>;
}

const CONNECTOR = 'quay';

/** Where connectors and mappings of the simulation lie. */
const DIRECTORY = 'test/faults';

export async function loadQuay(): Promise<Connector> {
  const connector = await loadConnector(CONNECTOR, { directory: DIRECTORY });
  // That records have these members is known from recorded answers, of which there are none here.
  for (const list of ['assets', 'owners']) connector.evidence.add(list, { id: 'x', owner: 'x' });
  return connector;
}

async function work(connector: Connector, job: Job): Promise<Result> {
  const result: Result = { totals: noTotals(), story: [], digests: {}, taken: {} };
  const { seeds, isTwice, isToldInFull = false, areLocksOff = false, nthStep, killOn } = job;
  const options: ScheduleOptions = { isToldInFull, areLocksOff, ...(killOn && { killOn }) };
  const how = killOn ? ` --kill '${JSON.stringify(killOn)}'` : '';
  const note = (played: Played, cpuMs: number) => {
    result.totals = added(result.totals, totalsOf(played, cpuMs, how));
    result.story.push(...played.story);
  };
  for (const seed of seeds) {
    if (nthStep !== undefined) {
      await playNth(connector, seed, nthStep, note);
      continue;
    }
    const began = process.cpuUsage();
    const played = await playSchedule(connector, seed, options);
    const { user, system } = process.cpuUsage(began);
    note(played, (user + system) / 1000);
    result.digests[seed] = played.digest;
    result.taken[seed] = Object.fromEntries(played.takenInFaults);
    if (!isTwice) continue;
    const again = await playSchedule(connector, seed, options);
    if (again.digest === played.digest) continue;
    result.totals.breaks++;
    result.totals.broken.push({
      seed,
      breaks: [{ invariant: 'twice', what: `another story: ${played.digest}, ${again.digest}` }],
    });
  }
  return result;
}

if (process.send) {
  setMaxListeners(100);
  watchDecoders();
  const connector = await loadQuay();
  process.on('message', async (job: Job) => {
    process.send?.(await work(connector, job));
  });
  process.on('unhandledRejection', (error) => {
    throw error;
  });
}
