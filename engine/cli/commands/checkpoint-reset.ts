/** `tributary checkpoint reset CONNECTOR --stream S`: the lane begins anew. */
import { randomBytes } from 'node:crypto';
import { nodeByteFiles } from '../../byte-files.ts';
import { systemClock } from '../../env.ts';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { forgetLane } from '../../run/lane-edits.ts';
import { EXIT } from '../exit-codes.ts';
import { type Change, printChange } from '../state-change.ts';
import { laneNamed, type StateOptions, stateOf } from '../state-lanes.ts';

export default async function checkpointReset(
  name: string,
  options: StateOptions & { stream: string; yes?: boolean },
): Promise<number> {
  const state = await stateOf(name, options);
  const lane = laneNamed(state, options.stream);
  if (!options.yes) throw unconfirmed(`${state.connector}/${lane.name}`, lane.seenRecords);
  await forgetLane(lane, { byteFiles: nodeByteFiles, files: nodeFiles, clock: systemClock, randomBytes });
  const change: Change = {
    connector: state.connector,
    before: lane,
    says: 'the lane is forgotten: the next run asks for everything, and every event is sent once more; dead letters stay where they are',
  };
  await printChange(change, options.json ?? false);
  return EXIT.ok;
}

function unconfirmed(lane: string, known: number): EngineError {
  return new EngineError({
    code: 'usage-unconfirmed',
    kind: 'usage',
    message: `the lane ${lane} would forget its progress and ${known} delivered records: every event is then sent once more`,
    fix: 'add --yes if that is what you want; nothing was changed',
  });
}
