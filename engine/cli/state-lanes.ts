/** Which lanes of a connector are in a state directory? Found by their files: no vendor, no secret and no setting is needed. */
import { basename, join } from 'node:path';
import { nodeByteFiles } from '../byte-files.ts';
import { loadConnector } from '../compile/load.ts';
import { shownPath } from '../definition/find.ts';
import { EngineError } from '../errors.ts';
import { nodeFiles } from '../files.ts';
import { didYouMean } from '../report/suggest.ts';
import { type InspectedLane, inspectCalls, inspectLanes } from '../run/inspect-lanes.ts';
import { type GivenOptions, stateDirectory } from './given.ts';

export interface StateOptions extends Pick<GivenOptions, 'state' | 'config'> {
  json?: boolean;
}

export interface StateLanes {
  connector: string;
  /** The directory of the connector's lanes. */
  folder: string;
  lanes: InspectedLane[];
  /** Of what the lanes share. */
  damage: EngineError[];
}

/**
 * @param name of the connector, or its folder
 * @returns undefined where there is no state of it
 */
export async function findState(name: string, options: StateOptions): Promise<StateLanes | undefined> {
  const state = await stateDirectory(options, nodeFiles);
  const named = join(state, basename(name));
  // A definition that is broken keeps nobody from looking at the state.
  const isThere = basename(name) === name && (await nodeFiles.kind(named)) === 'directory';
  const connector = isThere ? name : (await loadConnector(name, { streams: [] })).name;
  const folder = join(state, connector);
  if ((await nodeFiles.kind(folder)) === undefined) return undefined;
  return {
    connector,
    folder,
    lanes: inspectLanes(folder, nodeByteFiles),
    damage: inspectCalls(folder, nodeByteFiles),
  };
}

/** The same where there has to be some. @throws EngineError `usage-state` */
export async function stateOf(name: string, options: StateOptions): Promise<StateLanes> {
  const found = await findState(name, options);
  if (found && found.lanes.length > 0) return found;
  throw new EngineError({
    code: 'usage-state',
    kind: 'usage',
    message: `there is no state of \`${name}\` in \`${shownPath(await stateDirectory(options, nodeFiles))}\``,
    fix: 'give the --state of its runs',
  });
}

/** Lanes of the stream, or the one of that name. @throws EngineError `usage-stream` where there is none */
export function lanesNamed({ connector, lanes }: StateLanes, stream: string): InspectedLane[] {
  const named = lanes.filter(({ name }) => name === stream);
  const found = named.length > 0 ? named : lanes.filter(({ name }) => name.startsWith(`${stream}.`));
  if (found.length > 0) return found;
  const names = lanes.map(({ name }) => name);
  throw new EngineError({
    code: 'usage-stream',
    kind: 'usage',
    message: `\`${connector}\` has no lane \`${stream}\` here`,
    fix: didYouMean(stream, names) ?? `use one of ${names.join(', ')}`,
  });
}

/** The one lane that is to be changed. @throws EngineError `usage-stream` where there is none, or are several */
export function laneNamed(state: StateLanes, stream: string): InspectedLane {
  const [lane, ...others] = lanesNamed(state, stream);
  if (lane && others.length === 0) return lane;
  throw new EngineError({
    code: 'usage-stream',
    kind: 'usage',
    message: `the stream \`${stream}\` has ${others.length + 1} lanes, one for each mapping and tenant`,
    fix: `give one of them: --stream ${[lane, ...others].map((one) => one?.name).join(' or --stream ')}`,
  });
}
