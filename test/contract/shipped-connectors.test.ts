import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Inspection, inspectConnector } from '../../engine/compile/load.ts';
import type { Case } from '../../engine/compile/load-cases.ts';
import { streamNamed } from '../../engine/compile/stream-named.ts';
import { nodeFiles } from '../../engine/files.ts';
import { shortDiagnostic } from '../../engine/report/format.ts';
import { caseOptions, type DryResult, dryRun } from '../../engine/run/dry-run.ts';
import { checkSimulator } from '../../engine/simulate/check-simulator.ts';
import { deviceEvent } from '../map/device-rules.ts';

const names = readdirSync('connectors', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

async function resultsOf({ connector }: Inspection, item: Case): Promise<DryResult[]> {
  if (!connector) throw new Error('the connector has errors');
  const results: DryResult[] = [];
  for await (const result of dryRun(
    connector,
    streamNamed(connector, item.stream),
    item.input,
    caseOptions(item),
  ))
    results.push(result);
  return results;
}

function eventsOf(results: readonly DryResult[]): unknown[] {
  const events = results.flatMap((result) => {
    if ('error' in result) throw result.error;
    return result.events;
  });
  return JSON.parse(JSON.stringify(events));
}

describe.each(names)('the connector %s', (name) => {
  it('gives no error and no warning', async () => {
    const { diagnostics, folder } = await inspectConnector(name);
    const all = [...diagnostics, ...(await checkSimulator(folder, nodeFiles))];
    expect(all.map(shortDiagnostic)).toEqual([]);
  });

  it('has a case for every mapping of every stream', async () => {
    const { connector, cases = [] } = await inspectConnector(name);
    const missing = Object.values(connector?.streams ?? {}).flatMap((stream) =>
      [...stream.mappings.keys()]
        .filter(
          (as, index) =>
            !cases.some(
              (item) =>
                item.stream === stream.name &&
                (item.definition.as === as || (index === 0 && item.definition.as === undefined)),
            ),
        )
        .map((as) => `${stream.name} ${as}`),
    );
    expect(missing).toEqual([]);
  });

  it('gives the expected events of every case', async () => {
    const inspection = await inspectConnector(name);
    for (const item of inspection.cases ?? [])
      expect(eventsOf(await resultsOf(inspection, item)), `${item.stream}/${item.name}`).toEqual(
        item.expected,
      );
  });
});

describe('the documented device mapping', () => {
  it('gives what the rules say, for every record of its cases', async () => {
    const inspection = await inspectConnector('microsoft-defender');
    const own = inspection.cases?.filter(
      ({ stream, definition }) => stream === 'devices' && definition.as === undefined,
    );
    expect(own?.length).toBeGreaterThanOrEqual(5);
    for (const item of own ?? []) {
      for (const result of await resultsOf(inspection, item)) {
        if ('error' in result) throw result.error;
        const { machine, managedDevice } = result.input as Record<string, Record<string, unknown>>;
        const expected = deviceEvent(machine ?? {}, managedDevice, caseOptions(item).now);
        expect(JSON.parse(JSON.stringify(result.events)), item.name).toEqual([expected]);
      }
    }
  });

  const reference = '../shared/reference/defender-device/expected.ocsf.json';
  describe.skipIf(!existsSync(reference) && process.env.CI === undefined)(
    'beside the documentation (skipped where ../shared is not there)',
    () => {
      it('gives the documented event, key order included', () => {
        const ours = 'connectors/microsoft-defender/cases/devices/documented/expected.json';
        const [event, documented] = [ours, reference].map((path) => JSON.parse(readFileSync(path, 'utf8')));
        expect(JSON.stringify(event)).toBe(JSON.stringify(documented));
      });
    },
  );
});
