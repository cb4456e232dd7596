/** What a lane remembers from one run to the next, as plain JSON. */

/** Up to where a destination holds committed output. Empty where it has nothing to bring back (a stream, or all sealed). */
export interface DestinationPosition {
  /** Name of the part being written, inside the destination's directory. */
  file?: string;
  /** Its durable length in bytes. */
  length?: number;
}

export interface Counters {
  pages: number;
  records: number;
  events: number;
  unchanged: number;
  filtered: number;
  dead: number;
}

/** The scan under way: kept until it ends, so that each attempt at it asks the vendor the same question. */
export interface Scan {
  /** Milliseconds since the epoch. */
  startedAt: number;
  kind: 'full' | 'incremental';
  /** Lower bound of an incremental scan, as it is sent. */
  from?: string;
}

export interface Checkpoint {
  version: 1;
  /** The newest cursor value of the last finished scan, verbatim. */
  watermark?: string;
  /** When the last full scan ended, milliseconds since the epoch. */
  sweepFinishedAt?: number;
  scan?: Scan;
  /** By endpoint: the newest cursor value seen so far in the scan under way. */
  newest?: Record<string, string>;
  /** By destination name. */
  destinations: Record<string, DestinationPosition>;
  counters: Counters;
  definitionHash?: string;
  mappingHash?: string;
}

/** The checkpoint of a lane that has not run yet. */
export function firstCheckpoint(): Checkpoint {
  return {
    version: 1,
    destinations: {},
    counters: { pages: 0, records: 0, events: 0, unchanged: 0, filtered: 0, dead: 0 },
  };
}

/** Whether a value has the shape without which a lane would silently begin anew. */
export function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<Checkpoint>;
  return candidate.version === 1 && isObject(candidate.destinations) && isObject(candidate.counters);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
