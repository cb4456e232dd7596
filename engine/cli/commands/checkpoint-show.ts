/** `tributary checkpoint show CONNECTOR`: what the lanes remember. */
import { EXIT } from '../exit-codes.ts';
import { laneJson, laneText } from '../lane-state.ts';
import { lanesNamed, type StateOptions, stateOf } from '../state-lanes.ts';
import { paintOut as paint, print } from '../terminal.ts';

export default async function checkpointShow(
  name: string,
  options: StateOptions & { stream?: string[] },
): Promise<number> {
  const state = await stateOf(name, options);
  const { connector } = state;
  const lanes = options.stream?.flatMap((stream) => lanesNamed(state, stream)) ?? state.lanes;
  if (options.json) {
    const shown = lanes.map((lane) => laneJson(connector, lane));
    await print(JSON.stringify({ version: 1, connector, state: state.folder, lanes: shown }, null, 2));
  } else await print(lanes.map((lane) => laneText(connector, lane, paint)).join('\n\n'));
  return EXIT.ok;
}
