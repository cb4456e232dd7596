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
  kind: 'full' | 'incremental';
  /** Lower bound, as it is sent. */
  from: string;
  /** Where a slice begins, without what it asks for again. */
  mark?: string;
  /** Upper bound of a slice, as it is sent; absent where the scan has none. */
  to?: string;
  /** Hash of what is asked beside the bounds: another definition asks another question, and begins anew. */
  question: string;
}

/** Why a lane came to a halt before its end, without anything of what was sent or received. The next commit of a page removes it. */
export interface Parked {
  /** Milliseconds since the epoch. */
  at: number;
  code: string;
  message: string;
  fix?: string;
  /** The vendor takes no call before this, milliseconds since the epoch. */
  until?: number;
}

/** A page that could not be read and was passed over because the operator said so: what was in it is missing. */
export interface Gap {
  /** Milliseconds since the epoch. */
  at: number;
  endpoint: string;
  /** From 1, within its scan. */
  page: number;
  /** Bounds of the scan, where it has them. */
  lo?: string;
  hi?: string;
  code: string;
  reason: string;
}

export interface Checkpoint {
  version: 1;
  /** The newest cursor value of the last finished scan, verbatim. */
  watermark?: string;
  /** When the last full scan ended, milliseconds since the epoch. */
  sweepFinishedAt?: number;
  scan?: Scan;
  /** Length of a slice in milliseconds, where the declared one turned out too long for the vendor. */
  sliceMs?: number;
  /** The newest ones. */
  gaps?: Gap[];
  parked?: Parked;
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
