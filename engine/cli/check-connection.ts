/** Can what the operator gave reach the vendor? The connector's streams, one check after the other. */
import { loadConnector } from '../compile/load.ts';
import { streamNamed } from '../compile/stream-named.ts';
import { nodeFiles } from '../files.ts';
import { type Check, diagnose } from '../run/diagnose.ts';
import { type GivenOptions, givenBy } from './given.ts';
import { worldOf } from './world.ts';

export async function checkConnection(name: string, options: GivenOptions): Promise<Check[]> {
  const connector = await loadConnector(name);
  const given = await givenBy(connector.name, options, nodeFiles);
  const all = Object.values(connector.streams).filter(({ isOnRequest }) => !isOnRequest);
  const streams = given.streams?.map((stream) => streamNamed(connector, stream)) ?? all;
  const env = await worldOf(connector, given);
  try {
    return await diagnose(streams, { ...given, connector, env });
  } finally {
    await env.network.close();
  }
}
