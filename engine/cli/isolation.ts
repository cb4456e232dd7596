/** What `--isolate` asks for: mappings in processes of their own. */
import type { Connector } from '../compile/connector.ts';
import { systemClock } from '../env.ts';
import type { Isolation } from '../map/isolated-mapping.ts';

/** Loaded when it is asked for: most commands start no process. */
export async function isolation(): Promise<Isolation> {
  const { startProcess } = await import('../line-process.ts');
  return { clock: systemClock, start: startProcess };
}

/** The connector that a command works with; `close` ends what was started for it. */
export async function isolatedIf(
  isAsked: boolean | undefined,
  connector: Connector,
): Promise<{ connector: Connector; close(): void }> {
  if (!isAsked) return { connector, close: () => {} };
  const { isolatedConnector } = await import('../run/isolated-connector.ts');
  return isolatedConnector(connector, await isolation());
}
