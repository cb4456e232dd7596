/** All that is known of a schedule when it is over, as plain data: what the checker judges. */
import type { Call, Hold } from './audit.ts';
import type { Poison } from './truth.ts';

/** An event as it was found in a sealed file. */
export interface Delivered {
  tenant: string;
  stream: string;
  ref: string;
  /** As text. */
  id: string;
  rev: string;
  change: string;
  body: string;
  /** Of what was joined or asked, where the stream has it. */
  side?: string;
  uid: string;
  /** As it was written. */
  line: string;
  file: string;
}

export interface Dead {
  tenant: string;
  stream: string;
  ref: string;
  rev: string;
  code: string;
  message: string;
  stage: string;
}

/** A record of the vendor. */
export interface Expected {
  tenant: string;
  stream: string;
  ref: string;
  /** All that was ever shown, by its revision; absent for records that are made of others. */
  versions?: Record<string, { body: string; id: string }>;
  /** What is shown in the end; absent for what is gone. */
  last?: string;
  /** Why that can make no event. */
  poison?: Poison;
  /** What is joined to it in the end; absent where the stream has nothing of the kind, `none` where it has no match. */
  side?: string;
  /** Was shown later than the vendor declares. */
  isTooLate: boolean;
  /** Was deleted at the vendor. */
  wasRemoved: boolean;
  /** When it is gone somebody has to be told. */
  tellsRemoval: boolean;
  /** Two scans or more did not list it although it was there: pages that are counted drift. */
  wasMissedTwice: boolean;
}

/** How a run of one tenant came to its end. */
export interface Ran {
  process: number;
  tenant: string;
  /** Faults are off. */
  isQuiet: boolean;
  lanes: Lane[];
  /** The run was refused before its first request. */
  error?: string;
}

export interface Lane {
  stream: string;
  end: string;
  problem?: string;
  records: number;
  events: number;
  unchanged: number;
  filtered: number;
  dead: number;
  removed: number;
  /** Codes of what was found damaged. */
  damage: string[];
}

/** What the state and the files said after a process had ended. */
export interface Image {
  process: number;
  tenant: string;
  stream: string;
  /** Nanoseconds since the epoch. */
  watermark?: bigint;
  /** Of the checkpoint: over all runs. */
  events: number;
  dead: number;
  records: number;
  unchanged: number;
  filtered: number;
  /** Lines in the files that a reader of sealed files and of committed lengths would find. */
  linesFound: number;
  deadFound: number;
  /** The state was damaged, put back or deleted before: it says nothing of what was before. */
  isAfterDamage: boolean;
}

/** What was done to the state: nothing, such that things may come again as they were, or such that anything may come again. */
export type Damage = 'none' | 'repeats' | 'anything';

export interface History {
  delivered: Delivered[];
  dead: Dead[];
  expected: Expected[];
  runs: Ran[];
  images: Image[];
  damage: Damage;
  /** Lines that are no JSON, and files that do not end with a line feed. */
  torn: string[];
  /** Parts that were never sealed. */
  unsealed: string[];
  calls: Call[];
  holds: Hold[];
  limits: { calls: number; perMs: number }[];
  /** What the vendor and the disk saw that nobody may see. */
  wrongs: { invariant: string; what: string }[];
  /** Why the schedule came to no end. */
  stuck?: string;
  /** Events of the last quiet run. */
  lastRunEvents: number;
}
