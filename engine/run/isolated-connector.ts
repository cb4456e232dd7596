/** A connector of others: its mappings are evaluated in processes of their own. */
import type { Connector } from '../compile/connector.ts';
import { type Isolation, isolatedMapping } from '../map/isolated-mapping.ts';

/** The connector as it is, but for where its mappings are evaluated. Each holds a process from its first record until `close`. */
export function isolatedConnector(
  connector: Connector,
  isolation: Isolation,
): { connector: Connector; close(): void } {
  const isolated: { close(): void }[] = [];
  const streams = Object.entries(connector.streams).map(([name, stream]) => {
    const mappings = [...stream.mappings].map(([as, mapping]) => {
      const apart = isolatedMapping(mapping, isolation);
      isolated.push(apart);
      return [as, apart] as const;
    });
    return [name, { ...stream, mappings: new Map(mappings) }] as const;
  });
  return {
    connector: { ...connector, streams: Object.fromEntries(streams) },
    close: () => {
      for (const mapping of isolated) mapping.close();
    },
  };
}
