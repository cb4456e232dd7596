/** What is told of many schedules. */
import { EDGES, NOT_TAKEN } from './edges.ts';
import { FAULTS } from './faults.ts';
import type { Totals } from './totals.ts';

/** Broken schedules that are shown. */
const SHOWN = 10;

export function report(totals: Totals, wallMs: number): string {
  const edges = EDGES.filter((edge) => NOT_TAKEN[edge] === undefined);
  const taken = edges.filter((edge) => totals.taken[edge]);
  const killedOn = edges.filter((edge) => totals.killedOn[edge]);
  const struck = FAULTS.filter(({ number }) => totals.faults[number]);
  const lines = [
    ['schedules', totals.schedules],
    ['processes', totals.processes],
    ['killed', totals.kills],
    ['requests', totals.requests],
    ['calls at the ports', totals.calls],
    ['records', totals.records],
    ['events', totals.events],
    ['faults that struck', `${struck.length} of ${FAULTS.length} kinds, ${sum(totals.faults)} times`],
    [
      'edges taken',
      `${taken.length} of ${edges.length}, and ${EDGES.length - edges.length} that no fault leads to`,
    ],
    [
      'killed on',
      `${killedOn.length} edges, ${sum(totals.killedOn)} times; in the middle of ${Object.keys(totals.killedIn).length} states, ${sum(totals.killedIn)} times`,
    ],
    ['lost', totals.lost],
    ['twice', totals.twice],
    ['broken invariants', totals.breaks],
    [
      'processor time',
      `${(totals.cpuMs / Math.max(1, totals.schedules)).toFixed(0)} ms a schedule, ${(wallMs / 1000).toFixed(0)} s in all`,
    ],
  ] as const;
  return [
    ...lines.map(([name, value]) => `${name.padEnd(20)} ${value}`),
    `\nfaults by number: ${FAULTS.map(({ number, place }) => `${number}:${totals.faults[number] ?? (place === 'elsewhere' ? 'elsewhere' : 0)}`).join(' ')}`,
    ...listed(
      'edges never taken',
      edges.filter((edge) => !totals.taken[edge]),
    ),
    ...listed(
      'edges taken, never killed on',
      taken.filter((edge) => !totals.killedOn[edge]),
    ),
    ...broken(totals),
  ].join('\n');
}

function listed(name: string, edges: readonly string[]): string[] {
  return edges.length > 0 ? [`${name}: ${edges.join(', ')}`] : [];
}

function broken({ broken: all }: Totals): string[] {
  if (all.length === 0) return [];
  const sorted = [...all].sort((a, b) => Number(a.seed) - Number(b.seed));
  return [
    `\n${all.length} schedules broke an invariant:`,
    ...sorted
      .slice(0, SHOWN)
      .flatMap(({ seed, breaks }) => [
        `  npm run test:faults -- --only ${seed}`,
        ...breaks.map(({ invariant, what }) => `    ${invariant} ${what}`),
      ]),
  ];
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
