/** What the process says with its exit code. */
import type { ErrorKind } from '../errors.ts';

export const EXIT = {
  ok: 0,
  /** `check`, `test`, `coverage` or `validate` found something. */
  findings: 1,
  usage: 2,
  /** The definition or the state refuses the run. */
  refused: 3,
  credentials: 4,
  /** The vendor failed after all retries, or answered what the definition does not describe. */
  remote: 5,
  /** Too many records were rejected. */
  data: 6,
  /** The destination refused; the checkpoint did not move. */
  destination: 7,
  /** A bug in the engine. */
  internal: 70,
  interrupted: 130,
} as const;

const BY_KIND: Record<ErrorKind, number> = {
  usage: EXIT.usage,
  definition: EXIT.refused,
  state: EXIT.refused,
  credentials: EXIT.credentials,
  permission: EXIT.credentials,
  rate_limit: EXIT.remote,
  transient: EXIT.remote,
  contract: EXIT.remote,
  data: EXIT.data,
  destination: EXIT.destination,
  interrupted: EXIT.interrupted,
  internal: EXIT.internal,
};

export function exitCodeOf(kind: ErrorKind): number {
  return BY_KIND[kind];
}
