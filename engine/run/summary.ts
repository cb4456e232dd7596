/** What a run came to, a lane: what it read, what it wrote, what it left out and why. */
import type { Parked } from '../checkpoint/checkpoint.ts';
import type { Counters } from './counters.ts';
import type { Problem } from './lane-machine.ts';
import type { OpenLane } from './open-lanes.ts';
import type { LaneEnd } from './run-lane.ts';

export interface LaneSummary {
  lane: string;
  stream: string;
  /** `replaced`: a permission is missing, and the stream `replacedBy` ran in its place. */
  end: LaneEnd | 'replaced';
  replacedBy?: string;
  /** What was asked for: everything, or what moved, and why. */
  scan: string;
  pages: number;
  bytes: number;
  /** Committed records of the stream, and what became of them; those that were joined to them are counted apart. */
  records: number;
  joined: number;
  events: number;
  unchanged: number;
  filtered: number;
  dead: number;
  /** Of the events, those that tell of a record that is gone. */
  removed: number;
  /** By error code, how often and the first: lists and answers that records went on without. */
  missing: { code: string; count: number; sample: string }[];
  /** By error code, how often and the first of them. */
  rejections: { code: string; count: number; sample: string }[];
  /** Pages that could not be read and were passed over: what was in them is missing. */
  gaps: { page: number; reason: string }[];
  retries: number;
  waitedMs: number;
  durationMs: number;
  problem?: Problem;
  /** Before this the vendor takes no call: ISO 8601. */
  until?: string;
}

export function summaryOf(
  { name, stream, lane }: Pick<OpenLane, 'name' | 'stream' | 'lane'>,
  end: LaneEnd,
  problem: Problem | undefined,
  parked: Parked | undefined,
  durationMs: number,
): LaneSummary {
  const { counters } = lane;
  const { pages, bytes, joined, removedAtCommit: removed, retries, waitedMs } = counters;
  const { records, events, unchanged, filtered, dead } = counters.atCommit;
  return {
    lane: name,
    stream: stream.name,
    end,
    scan: lane.scan,
    pages,
    bytes,
    records,
    joined,
    events,
    unchanged,
    filtered,
    dead,
    removed,
    missing: listed(counters.missing),
    rejections: listed(counters.rejections),
    gaps: lane.gaps.map(({ page, reason }) => ({ page, reason })),
    retries,
    waitedMs: Math.round(waitedMs),
    durationMs: Math.round(durationMs),
    ...(problem && { problem }),
    ...(parked?.until !== undefined && { until: new Date(parked.until).toISOString() }),
  };
}

function listed(errors: Counters['missing']): LaneSummary['missing'] {
  return [...errors].map(([code, { count, sample }]) => ({ code, count, sample }));
}
