/** Which checkpoint of a lane is in force, and what of its state is damaged? */
import { EngineError } from '../errors.ts';
import type { Found, Generation } from './generations.ts';
import { NOTHING_SEEN, type SeenSet } from './seen-set.ts';

/** Code of the error that tells of delivered records that are known no more. */
export const RECORDS_LOST = 'state-records-lost';

export interface Recovered {
  newest?: Generation;
  /** The one to fall back to. */
  before?: Generation;
  fellBack: boolean;
  damage: EngineError[];
}

/**
 * Loads what the newest generation has seen. Where what it added to the generation before is damaged, that one is in force: the
 * destinations are brought back to its positions too. What is damaged in both is forgotten.
 */
export function recovered(path: string, { whole, damaged }: Found, seen: SeenSet): Recovered {
  let fellBack = damaged.length > 0;
  for (const [index, newest] of whole.entries()) {
    const before = whole[index + 1];
    const common = before?.seen.file === newest.seen.file ? before.seen.length : 0;
    const parts = seen.load(newest.seen);
    if (!before || parts.every(({ to }) => to <= common)) {
      const damage = fellBack ? [wentBack(path)] : [];
      const bytes = parts.reduce((sum, { from, to }) => sum + to - from, 0);
      if (bytes > 0) damage.push(recordsLost(path, newest.seen.live - seen.live, newest.seen.live, bytes));
      return { newest, ...(before && { before }), fellBack, damage };
    }
    fellBack = true;
  }
  seen.load(NOTHING_SEEN);
  return { fellBack, damage: fellBack ? [wentBack(path)] : [] };
}

function wentBack(path: string): EngineError {
  return new EngineError({
    code: 'state-fell-back',
    kind: 'state',
    message: `a checkpoint of the state at \`${path}\` is damaged, the newest one that is whole is in force`,
    fix: 'check the disk; what was written since is written again',
  });
}

function recordsLost(path: string, lost: number, of: number, bytes: number): EngineError {
  return new EngineError({
    code: RECORDS_LOST,
    kind: 'state',
    message: `${bytes} bytes of the state at \`${path}\` are damaged: ${Math.max(lost, 0)} of ${of} delivered records are forgotten, and newer versions of others`,
    fix: 'check the disk; what the vendor still lists is delivered again',
  });
}
