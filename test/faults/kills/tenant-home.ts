/** Where a tenant lives on the disk: the connector as it is shipped, in small pages, and its simulator without call budgets. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: a definition as it stands in its file, reached into by name
type Loose = any;

export const CONNECTOR = 'microsoft-defender';
const FOLDER = join('connectors', CONNECTOR);

/** Small enough that a scan of any lane commits several times. */
const PAGE_SIZES = {
  machines: 15,
  managed_devices: 60,
  alerts: 15,
  software_vulnerabilities: 60,
  software_vulnerability_changes: 60,
  vulnerabilities: 60,
};

/**
 * Writes connector, simulator and mappings below a directory, where the command line finds them before the shipped ones.
 * @returns the simulator's definition as it was written
 */
export function writeTenantHome(home: string): Loose {
  const connector = shipped('connector.yaml');
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

/** A deep copy in which nothing is shared. */
function shipped(name: string): Loose {
  return JSON.parse(JSON.stringify(parse(readFileSync(join(FOLDER, name), 'utf8'))));
}
