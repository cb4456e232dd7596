/** How long does each of several ways take? Round by round in turn, so that what else the machine does hits all alike. */

export interface Measured {
  /** Per record, in microseconds. */
  median: number;
  fastest: number;
  slowest: number;
}

/** @param ways each does the work once and gives the number of records; the first round is not counted */
export async function measure(
  ways: Record<string, () => number | Promise<number>>,
  rounds: number,
): Promise<Record<string, Measured>> {
  const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, work] of Object.entries(ways)) {
      const started = performance.now();
      const records = await work();
      const perRecord = ((performance.now() - started) * 1000) / records;
      if (round >= 0) times.get(name)?.push(perRecord);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, spread(list)]));
}

function spread(times: number[]): Measured {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] as number;
  return { median: at(0.5), fastest: at(0), slowest: at(1) };
}
