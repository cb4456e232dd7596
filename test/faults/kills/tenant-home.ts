/** Where a tenant lives on the disk: the streams that are killed as they are shipped, in small pages, and its simulator without call budgets. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { STREAMS } from './history.ts';

// biome-ignore lint/suspicious/noExplicitAny: a definition as it stands in its file, reached into by name
type Loose = any;

export const CONNECTOR = 'microsoft-defender';
const FOLDER = join('connectors', CONNECTOR);

/** Small enough that a scan of any lane commits several times. */
const PAGE_SIZES = {
  machines: 8,
  managed_devices: 30,
  alerts: 8,
  software_vulnerabilities: 30,
  software_vulnerability_changes: 30,
  vulnerabilities: 30,
};

/** Endpoints that only streams ask that are not killed. */
const OF_OTHERS = [
  'graph_alerts',
  'graph_incidents',
  'incident_alerts',
  'xdr_incidents',
  'recommendations',
  'recommendation_machines',
  'software_inventory',
  'software_inventory_files',
];

/**
 * Writes connector, simulator and mappings below a directory, where the command line finds them before the shipped ones.
 * @returns the simulator's definition as it was written
 */
export function writeTenantHome(home: string): Loose {
  const connector = shipped('connector.yaml');
  // Of it what is killed: the rest would be read and checked at each of a thousand starts.
  connector.streams = Object.fromEntries(STREAMS.map((name) => [name, connector.streams[name]]));
  for (const stream of Object.values<Loose>(connector.streams))
    stream.mappings = Object.fromEntries(Object.entries(stream.mappings).slice(0, 1));
  for (const name of OF_OTHERS) delete connector.endpoints[name];
  for (const [endpoint, size] of Object.entries(PAGE_SIZES))
    connector.endpoints[endpoint].pagination.page_size = size;
  const simulator = shipped('simulator.yaml');
  for (const quota of Object.values<Loose>(simulator.quotas))
    quota.windows = [{ calls: 10_000_000, per: '1h' }];
  mkdirSync(join(home, FOLDER), { recursive: true });
  // JSON is YAML, and quicker to read.
  writeFileSync(join(home, FOLDER, 'connector.yaml'), JSON.stringify(connector));
  writeFileSync(join(home, FOLDER, 'simulator.yaml'), JSON.stringify(simulator));
  cpSync(join('mappings', CONNECTOR), join(home, 'mappings', CONNECTOR), { recursive: true });
  return simulator;
}

const texts = new Map<string, string>();

/** A deep copy in which nothing is shared; YAML is read once, however many tenants there are. */
function shipped(name: string): Loose {
  const text = texts.get(name) ?? JSON.stringify(parse(readFileSync(join(FOLDER, name), 'utf8')));
  texts.set(name, text);
  return JSON.parse(text);
}
