/** The command line of the simulation: how many schedules, from which seed on; what broke, and how to repeat it. */
import { parseArgs } from 'node:util';
import { workThrough } from './crew.ts';
import { killsOnEdges, type TakenBySeed } from './kills-on-edges.ts';
import { NTH_SCENARIOS } from './nth-failure.ts';
import { report } from './report.ts';
import { added, noTotals } from './totals.ts';
import type { Job } from './worker.ts';
import { judgeDesigns } from './wrong-designs.ts';

/** Seeds that a worker takes at once. */
const SEEDS_AT_ONCE = 10;

const { values } = parseArgs({
  options: {
    /** How many, and the seed of the first. */
    schedules: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    /** One seed, with its story; with `kill` as a broken schedule says it. */
    only: { type: 'string' },
    kill: { type: 'string' },
    /** A wrong design by its name, or all. */
    wrong: { type: 'string' },
    /** Each schedule once more. */
    twice: { type: 'boolean', default: false },
    /** The n-th call fails, for every n, or every so many-th. */
    nth: { type: 'boolean', default: false },
    step: { type: 'string', default: '1' },
    workers: { type: 'string' },
  },
});

const built = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const script = `${built}/test/faults/worker.js`;
const workers = values.workers === undefined ? {} : { workers: Number(values.workers) };

function jobs(): Job[] {
  if (values.only !== undefined) {
    const killOn = values.kill === undefined ? {} : { killOn: JSON.parse(values.kill) };
    return [{ seeds: [values.only], isToldInFull: true, ...killOn }];
  }
  if (values.nth)
    return NTH_SCENARIOS.map((scenario) => ({ seeds: [scenario], nthStep: Number(values.step) }));
  const [first, count] = [Number(values.seed), Number(values.schedules)];
  const all = Array.from({ length: count }, (_, index) => String(first + index));
  const pieces: Job[] = [];
  for (let at = 0; at < all.length; at += SEEDS_AT_ONCE)
    pieces.push({ seeds: all.slice(at, at + SEEDS_AT_ONCE), isTwice: values.twice });
  return pieces;
}

async function main(): Promise<boolean> {
  if (values.wrong !== undefined) {
    const options = { built, first: Number(values.seed), schedules: Number(values.schedules), ...workers };
    return judgeDesigns(values.wrong, options);
  }
  const began = performance.now();
  let totals = noTotals();
  const taken: TakenBySeed = new Map();
  const play = (all: readonly Job[]) =>
    workThrough(all, {
      script,
      ...workers,
      onResult: (result, job) => {
        totals = added(totals, result.totals);
        for (const line of result.story) console.log(line);
        if (!job.killOn) for (const [seed, edges] of Object.entries(result.taken)) taken.set(seed, edges);
        return undefined;
      },
    });
  await play(jobs());
  if (values.only === undefined && !values.nth && !values.twice) await play(killsOnEdges(taken));
  console.log(report(totals, performance.now() - began));
  return totals.breaks === 0;
}

process.exitCode = (await main()) ? 0 : 1;
