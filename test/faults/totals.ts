/** What many schedules came to, added up. */
import { type Break, check } from './checker.ts';
import type { Played } from './schedule.ts';

export interface Totals {
  schedules: number;
  processes: number;
  kills: number;
  requests: number;
  records: number;
  events: number;
  calls: number;
  lost: number;
  twice: number;
  breaks: number;
  /** Processor time, in milliseconds. */
  cpuMs: number;
  /** By number of the fault, by edge, by state: how often. */
  faults: Record<string, number>;
  taken: Record<string, number>;
  killedOn: Record<string, number>;
  killedIn: Record<string, number>;
  /** Of the schedules that broke something. */
  broken: { seed: string; breaks: Break[] }[];
}

export function noTotals(): Totals {
  return {
    schedules: 0,
    processes: 0,
    kills: 0,
    requests: 0,
    records: 0,
    events: 0,
    calls: 0,
    lost: 0,
    twice: 0,
    breaks: 0,
    cpuMs: 0,
    faults: {},
    taken: {},
    killedOn: {},
    killedIn: {},
    broken: [],
  };
}

/** Breaks of one schedule that are kept. */
const BREAKS_KEPT = 5;

/** @param how what was done beside what the seed decides */
export function totalsOf(played: Played, cpuMs: number, how = ''): Totals {
  const breaks = check(played.history);
  return {
    schedules: 1,
    processes: played.processes,
    kills: played.kills,
    requests: played.requests,
    records: played.records,
    events: played.history.delivered.length,
    calls: played.calls,
    lost: breaks.filter(({ invariant, what }) => invariant === 'I1' && what.startsWith('lost')).length,
    twice: breaks.filter(({ invariant, what }) => invariant === 'I2' && / (twice|two)/.test(what)).length,
    breaks: breaks.length,
    cpuMs,
    faults: counted(played.faults),
    taken: counted(played.taken),
    killedOn: counted(played.killedOn),
    killedIn: counted(played.killedIn),
    broken: breaks.length > 0 ? [{ seed: `${played.seed}${how}`, breaks: breaks.slice(0, BREAKS_KEPT) }] : [],
  };
}

export function added(a: Totals, b: Totals): Totals {
  const sum: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(a)) {
    const other = b[name as keyof Totals];
    if (typeof value === 'number') sum[name] = value + (other as number);
    else if (Array.isArray(value)) sum[name] = [...value, ...(other as unknown[])];
    else sum[name] = counts(value as Record<string, number>, other as Record<string, number>);
  }
  return sum as unknown as Totals;
}

function counted(map: ReadonlyMap<string | number, number>): Record<string, number> {
  return Object.fromEntries([...map].map(([name, count]) => [String(name), count]));
}

function counts(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
