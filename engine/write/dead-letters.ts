/** Records that could not be made into events: kept with the reason, as durably as the events. */
import type { Env } from '../env.ts';
import type { Destination } from './destination.ts';
import { ndjsonDirectory } from './ndjson-directory.ts';

/** Where on its way a record can fail. */
export const DEAD_LETTER_STAGES = ['decode', 'join', 'lookup', 'map', 'validate'] as const;

export interface DeadLetter {
  /** RFC 3339. */
  at: string;
  lane: string;
  stream?: string;
  stage: (typeof DEAD_LETTER_STAGES)[number];
  code: string;
  message: string;
  /** The record's key, where it has one. */
  key?: string;
  /** The place in the user's file, `file:line:col`. */
  where?: string;
  /** What the event would have told of the record. */
  change?: 'create' | 'update' | 'remove';
  /** How many versions of the record were delivered before, as the lane of the id `state` (`LaneStore.id`) counted. */
  version?: number;
  state?: string;
  /** Of the mapping's text, the first 16 hex digits of its SHA-256. */
  mapping?: string;
  /** How often it was tried, and when the last time, where it was tried again. */
  attempts?: number;
  triedAt?: string;
  record: unknown;
}

/** A destination that takes dead letters instead of lines. Its place in the order of a run is the same. */
export interface DeadLetters extends Omit<Destination, 'write'> {
  write(letters: readonly DeadLetter[]): Promise<void>;
}

/** Keeps the dead letters of a lane as NDJSON in `directory`. */
export function openDeadLetters(
  directory: string,
  about: {
    stream: string;
    lane: string;
    generation(): number;
    env: Pick<Env, 'files' | 'clock' | 'randomBytes'>;
  },
): DeadLetters {
  const parts = ndjsonDirectory({ ...about, name: 'dead-letters', directory });
  return {
    name: parts.name,
    // Letters are looked at, mended and played again: a file that became longer tells of no later checkpoint.
    recover: async (position, others) => ({ ...(await parts.recover(position, others)), isLonger: false }),
    write: (letters) => parts.write(letters.map(deadLetterLine).join('')),
    acknowledge: () => parts.acknowledge(),
    seal: () => parts.seal(),
    close: () => parts.close(),
  };
}

/** One line of NDJSON, the record last. A value that JSON has no word for must not lose the record: it is written as text. */
export function deadLetterLine(letter: DeadLetter): string {
  const { at, lane, stage, code, message, key, where, record = null, ...rest } = letter;
  const line = { at, lane, stage, code, message, key, where, ...rest, record };
  return `${JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`;
}
