/** The contract of everything that events are written to, and how its failures are told. */
import type { DestinationPosition } from '../checkpoint/checkpoint.ts';
import { EngineError } from '../errors.ts';

/** Finished output that tells of later checkpoints than the one in force. */
export interface Ahead {
  /** The greatest generation that finished output begins with; 0 when there is none. */
  generation: number;
  /** Finished output holds more than was committed of it. */
  isLonger: boolean;
}

export const NOTHING_AHEAD: Ahead = { generation: 0, isLonger: false };

/**
 * The order of a run: `recover`, then for each page `write` (any number of times), `acknowledge`, and the commit of the position
 * that it gave; at the end `seal` and `close`. A `write` after an `acknowledge` says that its position has been committed.
 *
 * Every method throws an EngineError of kind `destination`: `destination-full`, `destination-refused`, `destination-closed`.
 */
export interface Destination {
  /** As the operator wrote it; the key of its position in the checkpoint. */
  readonly name: string;
  /**
   * Brings the destination back to a committed position, from wherever a run that ended left it. Idempotent.
   * @param others committed positions under other names: the operator may have spelt this one's place in another way
   * @returns what is there that no checkpoint up to this one can have committed
   */
  recover(position: DestinationPosition | undefined, others?: readonly DestinationPosition[]): Promise<Ahead>;
  /** Takes complete lines, each with its line feed, and needs them no more when it returns. Durable only after `acknowledge`. */
  write(lines: string | Uint8Array): Promise<void>;
  /** Returns when everything written so far is durable. */
  acknowledge(): Promise<DestinationPosition>;
  /** Makes what was acknowledged visible as finished and cuts off the rest; after a finished or a failed run. */
  seal(): Promise<DestinationPosition>;
  /** Gives handles back and changes nothing: what is not sealed waits for the next `recover`. */
  close(): Promise<void>;
}

/** A failed write, as what the operator can do something about. */
export function destinationError(target: string, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineError({
      code: 'destination-full',
      kind: 'destination',
      message: `no space left to write to \`${target}\``,
      fix: 'Free space there, then run again: the run goes on after the last acknowledged page.',
      cause,
    });
  }
  if (code === 'EPIPE' || code === 'ECONNRESET' || code.startsWith('ERR_STREAM_')) {
    return new EngineError({
      code: 'destination-closed',
      kind: 'destination',
      message: `the reader of \`${target}\` has closed it`,
      fix: 'Keep the reading program running until the run ends.',
      cause,
    });
  }
  return new EngineError({
    code: 'destination-refused',
    kind: 'destination',
    message: `cannot write to \`${target}\`: ${text}`,
    fix: 'Give this user write access there, or choose another --to.',
    cause,
  });
}
