/** The command line of the simulation: how many schedules, from which seed on; what broke, and how to repeat it. */
import { parseArgs } from 'node:util';
import { workThrough } from './crew.ts';
import { NTH_SCENARIOS } from './nth-failure.ts';
import { report } from './report.ts';
import { added, noTotals } from './totals.ts';
import type { Job } from './worker.ts';
import { judgeDesigns } from './wrong-designs.ts';

/** Seeds that a worker takes at once. */
const SEEDS_AT_ONCE = 10;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    wrong: { type: 'string' },
    twice: { type: 'boolean', default: false },
    nth: { type: 'boolean', default: false },
    step: { type: 'string', default: '1' },
    workers: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const script = new URL('./worker.js', import.meta.url).pathname;
const workers = values.workers === undefined ? {} : { workers: Number(values.workers) };

function seedsOf(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

function jobs(): Job[] {
  if (values.only !== undefined) return [{ seeds: [values.only], isToldInFull: true }];
  if (values.nth)
    return NTH_SCENARIOS.map((scenario) => ({ seeds: [scenario], nthStep: Number(values.step) }));
  const all = seedsOf(Number(values.seed), Number(values.schedules));
  const pieces: Job[] = [];
  for (let at = 0; at < all.length; at += SEEDS_AT_ONCE)
    pieces.push({ seeds: all.slice(at, at + SEEDS_AT_ONCE), isTwice: values.twice });
  return pieces;
}

async function main(): Promise<boolean> {
  if (values.wrong !== undefined) {
    return judgeDesigns(values.wrong, {
      first: Number(values.seed),
      schedules: Number(values.schedules),
      ...workers,
    });
  }
  const began = performance.now();
  let totals = noTotals();
  await workThrough(jobs(), {
    script,
    ...workers,
    onResult: (result) => {
      totals = added(totals, result.totals);
      for (const line of result.story) console.log(line);
      return undefined;
    },
  });
  console.log(values.json ? JSON.stringify(totals) : report(totals, performance.now() - began));
  return totals.breaks === 0;
}

process.exitCode = (await main()) ? 0 : 1;
