/** Was an older copy of the state put in the place of the one that the output belongs to? */
import { EngineError } from '../errors.ts';
import type { Ahead } from '../write/destination.ts';
import type { LaneOptions } from './lane-options.ts';

/**
 * Finished output that tells of a later state than this one says so: what was delivered since would come twice.
 * @param output its name
 * @throws EngineError `state-rolled-back` where the operator does not accept that
 */
export function refuseRollback(
  { store, name, isRollbackAccepted }: Pick<LaneOptions, 'store' | 'name' | 'isRollbackAccepted'>,
  { generation, isLonger }: Ahead,
  output: string,
): void {
  const isBehind = generation >= store.generation || (isLonger && !store.fellBack);
  if (isBehind && !isRollbackAccepted) throw rolledBack(output, name);
  store.skipTo(generation);
}

function rolledBack(output: string, lane: string): EngineError {
  return new EngineError({
    code: 'state-rolled-back',
    kind: 'state',
    message: `\`${output}\` holds what later checkpoints of the lane \`${lane}\` delivered, the state is an older copy`,
    fix: 'put the newest state back, or run with --accept-rollback: what was delivered since comes again',
  });
}
