/** The inputs that the cases of the shipped connectors give each mapping. */
import { inspectConnector } from '../../engine/compile/load.ts';
import type { Mapping } from '../../engine/map/evaluate.ts';
import { caseOptions, dryRun } from '../../engine/run/dry-run.ts';
import type { Json } from './device-records.ts';

export interface Shipped {
  /** Connector, stream, mapping. */
  name: string;
  mapping: Mapping;
  inputs: Json[];
}

export async function shippedMappings(connectors: readonly string[]): Promise<Shipped[]> {
  const found = new Map<string, Shipped>();
  for (const name of connectors) {
    const { connector, cases = [] } = await inspectConnector(name);
    if (!connector) throw new Error(`${name} cannot be loaded`);
    for (const item of cases) {
      const stream = connector.streams[item.stream];
      const options = caseOptions(item);
      const as = options.as ?? [...(stream?.mappings.keys() ?? [])][0] ?? '';
      const mapping = stream?.mappings.get(as);
      if (!stream || !mapping) continue;
      const key = `${name} ${item.stream} ${as}`;
      const shipped = found.get(key) ?? { name: key, mapping, inputs: [] };
      found.set(key, shipped);
      const change = { type: options.change ?? 'create', uid: 'bench' };
      for await (const { input } of dryRun(connector, stream, item.input, options)) {
        const records: Json = input as Json;
        shipped.inputs.push({ settings: options.settings ?? {}, change, ...records });
      }
    }
  }
  return [...found.values()];
}
