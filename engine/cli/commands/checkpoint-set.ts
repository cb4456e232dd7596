/** `tributary checkpoint set CONNECTOR --stream S --watermark ISO`: the next run asks from another instant. */
import { randomBytes } from 'node:crypto';
import { nodeByteFiles } from '../../byte-files.ts';
import { loadConnector } from '../../compile/load.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { systemClock } from '../../env.ts';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { moveWatermark, watermarkMove } from '../../run/lane-edits.ts';
import { EXIT } from '../exit-codes.ts';
import { type Change, printChange } from '../state-change.ts';
import { laneNamed, type StateOptions, stateOf } from '../state-lanes.ts';

export default async function checkpointSet(
  name: string,
  options: StateOptions & { stream: string; watermark: string; yes?: boolean },
): Promise<number> {
  const state = await stateOf(name, options);
  const lane = laneNamed(state, options.stream);
  const stream = lane.name.split('.')[0] ?? '';
  await refuseWithoutCursor(name, stream);
  const before = lane.checkpoint?.watermark;
  const { to, direction } = watermarkMove(before, options.watermark, systemClock.now());
  if (direction === 'forward' && !options.yes) throw unconfirmed(before, to);
  if (direction !== 'nowhere')
    moveWatermark(lane, to, { byteFiles: nodeByteFiles, files: nodeFiles, clock: systemClock, randomBytes });
  const after = laneNamed(await stateOf(name, options), lane.name);
  const change: Change = { connector: state.connector, before: lane, after, says: consequence(direction) };
  await printChange(change, options.json ?? false);
  return EXIT.ok;
}

function consequence(direction: 'back' | 'forward' | 'nowhere'): string {
  if (direction === 'nowhere') return 'the watermark lies there already: nothing was changed';
  if (direction === 'forward')
    return 'what changed before it is asked for by no run any more, but by a regular sweep where the stream has one';
  return 'the next run asks again from there: what is unchanged since it was delivered is not delivered again, as far back as the lane remembers';
}

async function refuseWithoutCursor(name: string, stream: string): Promise<void> {
  const connector = await loadConnector(name, { streams: [stream] });
  if (streamNamed(connector, stream).cursor) return;
  throw new EngineError({
    code: 'usage-watermark',
    kind: 'usage',
    message: `the stream \`${stream}\` has no cursor: each run asks for everything, whatever the watermark`,
    fix: 'to have everything delivered once more use `tributary checkpoint reset`',
  });
}

function unconfirmed(before: string | undefined, to: string): EngineError {
  return new EngineError({
    code: 'usage-unconfirmed',
    kind: 'usage',
    message: `from ${before ?? 'no watermark'} to ${to} is forward: no run would ask for what lies in between`,
    fix: 'add --yes if that is what you want; nothing was changed',
  });
}
