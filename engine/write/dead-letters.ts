/** Records that could not be made into events: kept with the reason, as durably as the events. */
import type { Env } from '../env.ts';
import type { Destination } from './destination.ts';
import { ndjsonDirectory } from './ndjson-directory.ts';

export interface DeadLetter {
  /** RFC 3339. */
  at: string;
  lane: string;
  stage: 'decode' | 'join' | 'lookup' | 'map' | 'validate';
  code: string;
  message: string;
  /** The record's key, where it has one. */
  key?: string;
  /** The place in the user's file, `file:line:col`. */
  where?: string;
  record: unknown;
}

/** A destination that takes dead letters instead of lines. Its place in the order of a run is the same. */
export interface DeadLetters extends Omit<Destination, 'write'> {
  write(letters: readonly DeadLetter[]): Promise<void>;
}

/** Keeps the dead letters of a lane as NDJSON in `directory`. */
export function openDeadLetters(
  directory: string,
  about: { stream: string; lane: string; env: Pick<Env, 'files' | 'clock' | 'randomBytes'> },
): DeadLetters {
  const { stream, lane, env } = about;
  const parts = ndjsonDirectory({ name: 'dead-letters', directory, stream, lane, env });
  return {
    name: parts.name,
    recover: (position, others) => parts.recover(position, others),
    write: (letters) => parts.write(letters.map(deadLetterLine).join('')),
    acknowledge: () => parts.acknowledge(),
    seal: () => parts.seal(),
    close: () => parts.close(),
  };
}

/** One line of NDJSON. A value that JSON has no word for must not lose the record: it is written as text. */
function deadLetterLine(letter: DeadLetter): string {
  const { at, lane, stage, code, message, key, where, record = null } = letter;
  const line = { at, lane, stage, code, message, key, where, record };
  return `${JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`;
}
