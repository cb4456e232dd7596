/** Why did a lane come to a halt? Kept in its state for those who look later. */
import { type Checkpoint, firstCheckpoint, type Parked } from '../checkpoint/checkpoint.ts';
import type { Problem } from './lane-machine.ts';
import type { OpenLane } from './open-lanes.ts';

/**
 * Commits the reason over what is committed: the store is opened anew, so that nothing of a page that was not committed comes
 * along. A state that cannot be written has told so itself.
 * @param now milliseconds since the epoch
 */
export function keepReason(
  { blockedUntil, reopen }: Pick<OpenLane, 'blockedUntil' | 'reopen'>,
  problem: Problem,
  now: number,
): Parked {
  const until = problem.kind === 'rate_limit' ? blockedUntil() : undefined;
  const parked: Parked = {
    at: now,
    code: problem.code,
    // Of a bug the message is a stack.
    message: problem.message.split('\n', 1)[0] ?? '',
    ...(problem.fix !== undefined && { fix: problem.fix }),
    ...(until !== undefined && { until }),
  };
  try {
    const store = reopen();
    try {
      const checkpoint: Checkpoint = { ...(store.checkpoint() ?? firstCheckpoint()), parked };
      store.commit({ checkpoint });
    } finally {
      store.close();
    }
  } catch {
    // The lane itself ends with its own problem.
  }
  return parked;
}
