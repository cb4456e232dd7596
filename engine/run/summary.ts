/** What a run came to, a lane: what it read, what it wrote, what it left out and why. */
import type { Lane } from './lane.ts';
import type { Problem } from './lane-machine.ts';
import type { LaneEnd } from './run-lane.ts';

export interface LaneSummary {
  lane: string;
  stream: string;
  end: LaneEnd;
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
  /** By error code, how often and the first of them. */
  rejections: { code: string; count: number; sample: string }[];
  retries: number;
  waitedMs: number;
  durationMs: number;
  problem?: Problem;
}

export function summaryOf(
  name: string,
  stream: string,
  lane: Lane,
  end: LaneEnd,
  problem: Problem | undefined,
  durationMs: number,
): LaneSummary {
  const { counters } = lane;
  const { pages, bytes, joined, retries, waitedMs } = counters;
  const { records, events, unchanged, filtered, dead } = counters.atCommit;
  return {
    lane: name,
    stream,
    end,
    scan: lane.scan.why,
    pages,
    bytes,
    records,
    joined,
    events,
    unchanged,
    filtered,
    dead,
    rejections: [...counters.rejections].map(([code, { count, sample }]) => ({ code, count, sample })),
    retries,
    waitedMs: Math.round(waitedMs),
    durationMs: Math.round(durationMs),
    ...(problem && { problem }),
  };
}
