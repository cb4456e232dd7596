/** What all the kills came to, as counts. */
import type { Verdict } from './check-output.ts';

export interface Figures {
  kills: number;
  /** Of the kills, those of a run that had written to a part that was still open. */
  whileGrowing: number;
  /** By name of the moment. */
  moments: Record<string, number>;
  /** SIGTERM in place of SIGKILL. */
  stops: number;
  /** SIGSTOP, and a second runner that was refused meanwhile. */
  pauses: number;
  /** Runs that ended by themselves. */
  whole: number;
  /** Open parts found after a kill that end within a line. */
  tornTails: number;
  /** Open parts found after a kill that recovery made shorter. */
  cutTails: number;
  /** Parts that were open after a kill. */
  openParts: number;
  tenants: number;
  /** Steps that tenants moved on between runs. */
  steps: number;
  events: number;
  dead: number;
  lost: number;
  twice: number;
  torn: number;
  untrue: number;
  leftOpen: number;
  /** In words: everything that must not be. */
  breaks: string[];
}

export function noFigures(): Figures {
  return {
    kills: 0,
    whileGrowing: 0,
    moments: {},
    stops: 0,
    pauses: 0,
    whole: 0,
    tornTails: 0,
    cutTails: 0,
    openParts: 0,
    tenants: 0,
    steps: 0,
    events: 0,
    dead: 0,
    lost: 0,
    twice: 0,
    torn: 0,
    untrue: 0,
    leftOpen: 0,
    breaks: [],
  };
}

/** Adds what a tenant's files came to. */
export function judge(figures: Figures, verdict: Verdict, tenant: string): void {
  const { lost, twice, torn, untrue, open } = verdict;
  figures.tenants++;
  figures.events += verdict.events;
  figures.dead += verdict.dead;
  figures.lost += lost.length;
  figures.twice += twice.length;
  figures.torn += torn.length;
  figures.untrue += untrue.length;
  figures.leftOpen += open.length;
  for (const [name, list] of Object.entries({ lost, twice, torn, untrue, open }))
    for (const what of list.slice(0, 5)) figures.breaks.push(`${tenant}: ${name}: ${what}`);
}

const SHOWN_MAX = 25;

export function figuresText(figures: Figures, seconds: number): string {
  const { moments, breaks, ...counts } = figures;
  const of = Object.entries(moments).map(([name, count]) => `${name} ${count}`);
  const lines: [string, number | string][] = [
    ['kills (SIGKILL)', counts.kills],
    ['  while output grew', counts.whileGrowing],
    ['  by moment', of.join(', ')],
    ['stops (SIGTERM)', counts.stops],
    ['pauses (SIGSTOP), a second run refused', counts.pauses],
    ['runs that ended by themselves', counts.whole],
    ['tenants, steps that they moved on', `${counts.tenants}, ${counts.steps}`],
    ['events, dead letters', `${counts.events}, ${counts.dead}`],
    ['open parts found after a kill', counts.openParts],
    ['  that recovery made shorter', counts.cutTails],
    ['  that ended within a line', counts.tornTails],
    ['lost', counts.lost],
    ['twice', counts.twice],
    ['torn lines', counts.torn],
    ['untrue', counts.untrue],
    ['parts left open', counts.leftOpen],
    ['seconds', Math.round(seconds)],
  ];
  return [
    ...lines.map(([name, value]) => `${name.padEnd(42)}${value}`),
    ...breaks.slice(0, SHOWN_MAX).map((one) => `BREAK ${one}`),
  ].join('\n');
}
