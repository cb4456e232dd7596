/** What a seed decides of a schedule before it begins: streams, tenants, tastes of the vendor, faults and their rates. */
import { FAULTS } from './faults.ts';
import type { Random } from './random.ts';
import type { Tastes } from './truth.ts';

export interface Plan {
  streams: string[];
  paging: string;
  tenants: string[];
  tastes: Tastes;
  /** Share of the places where a fault strikes, by its number. */
  rates: Map<number, number>;
  /** Processes one after the other while faults are on. */
  processes: number;
  /** Things of each list at the beginning. */
  things: number;
  /** Share of the requests during which something changes. */
  changes: number;
  /** A record as new as can be shows up just before a run, and some as late as declared just after an answer. */
  isTight: boolean;
  /** Share of the processes that are killed, that are told to stop. */
  kills: number;
  stops: number;
}

export const STREAMS = ['assets', 'findings', 'events', 'journal', 'incidents', 'users', 'exports'] as const;
const PAGINGS = [
  'odata_next_link',
  'next_link',
  'link_header',
  'cursor',
  'offset',
  'page_number',
  'odata_window',
];

const POWER_LOSS = 51;
const TWO_PROCESSES = 57;

/** The declared overlap of the cursors (`connectors/quay`). */
const OVERLAP_MS = 600_000;
/** A clock that is further ahead is noticed by slices. */
const HOST_WRONG_MS = 60_000;

export function planOf(random: Random): Plan {
  const rates = new Map<number, number>();
  // Some schedules have one fault, some many: faults hide each other.
  const share = random.pick([0, 0.03, 0.1, 0.25]);
  for (const { number, rate } of FAULTS) {
    if (rate === undefined || !random.chance(share)) continue;
    rates.set(number, rate * random.pick([0.3, 1, 2]));
  }
  // What wrong designs fail on most often has its part in most schedules.
  if (random.chance(0.4)) rates.set(POWER_LOSS, 1);
  if (random.chance(0.15)) rates.set(TWO_PROCESSES, 0.4);
  const has = (fault: number) => rates.has(fault);
  const streams = random.shuffled(STREAMS).slice(0, random.int(1, 2));
  const skewMs = has(43) ? random.int(-300_000, 300_000) : 0;
  return {
    streams,
    paging: random.pick(PAGINGS),
    tenants: random.chance(0.12) ? ['north', 'south'] : ['north'],
    tastes: {
      skewMs,
      // Where the watermark is the clock of the host, what both clocks are wrong by is no lateness.
      latenessMs:
        OVERLAP_MS - (streams.includes('journal') ? Math.max(0, -skewMs) + (has(60) ? HOST_WRONG_MS : 0) : 0),
      isLate: has(2) || random.chance(0.5),
      isTooLate: has(3),
      hasTies: has(1),
      hasLargeIds: has(37),
      hasOddTimes: has(38),
      hasOddTexts: has(34) || random.chance(0.2),
      hasBombs: has(36) || has(37),
      hasPoison: has(39),
    },
    rates,
    processes: random.int(2, 3),
    // Of a page with more than 100 records not all are worked on at once.
    things: streams.join() === 'exports' && random.chance(0.1) ? 120 : random.int(0, 14),
    changes:
      has(4) || has(5) || has(6) || (streams.includes('assets') && random.chance(0.3))
        ? random.pick([0.1, 0.4])
        : random.pick([0, 0.1]),
    isTight: random.chance(0.25),
    kills: random.pick([0, 0.5, 0.9]),
    stops: random.pick([0, 0.3]),
  };
}
