/** A process is killed on every edge that the machine took: at the first and the last time, and with the power lost at a middle one. */
import type { Edge } from './edges.ts';
import type { KillOn } from './schedule.ts';
import type { Job } from './worker.ts';

/** By seed, how often each edge was taken while faults were on. */
export type TakenBySeed = Map<string, Record<Edge, number>>;

export function killsOnEdges(taken: TakenBySeed): Job[] {
  const most = new Map<Edge, { seed: string; times: number }>();
  const seeds = [...taken.keys()].sort((a, b) => Number(a) - Number(b));
  for (const seed of seeds) {
    for (const [edge, times] of Object.entries(taken.get(seed) ?? {})) {
      if (times > (most.get(edge)?.times ?? 0)) most.set(edge, { seed, times });
    }
  }
  return [...most].flatMap(([edge, { seed, times }]) => {
    const kills: Omit<KillOn, 'edge'>[] = [
      { nth: 1, isPowerLost: false },
      { nth: Math.ceil(times / 2), isPowerLost: true },
      ...(times > 1 ? [{ nth: times, isPowerLost: false }] : []),
    ];
    return kills.map((kill): Job => ({ seeds: [seed], killOn: { edge, ...kill } }));
  });
}
