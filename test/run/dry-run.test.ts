import { describe, expect, test } from 'vitest';
import type { Connector } from '../../engine/compile/connector.ts';
import { loadConnector } from '../../engine/compile/load.ts';
import type { CaseInput } from '../../engine/compile/load-cases.ts';
import { type DryResult, dryRun } from '../../engine/run/dry-run.ts';
import { deviceEvents } from '../support/device-join.ts';
import { failureOf } from '../support/failure-of.ts';
import { changedConnector, type Json, NOW, startTenant } from '../support/tenant.ts';

async function all(
  connector: Connector,
  input: CaseInput | { records: Json[] },
  options: object = {},
): Promise<DryResult[]> {
  const stream = connector.streams.devices;
  if (!stream) throw new Error('no devices');
  const results: DryResult[] = [];
  for await (const result of dryRun(connector, stream, input, { now: NOW, ...options })) results.push(result);
  return results;
}

const lines = (results: DryResult[]) =>
  results.map((result) => ('events' in result ? JSON.stringify(result.events[0]) : result.error.code));

describe('a dry run', () => {
  test('joins recorded lists as a run does', async () => {
    const tenant = await startTenant({ scale: { machines: 150 } });
    const lists = { machines: tenant.machines(), managed_devices: tenant.managedDevices() };
    const connector = await loadConnector('microsoft-defender');
    expect(lines(await all(connector, { lists }))).toEqual([
      ...deviceEvents(lists.machines, lists.managed_devices, NOW).values(),
    ]);
    const alone = deviceEvents(lists.machines, [], NOW);
    expect(lines(await all(connector, { lists }, { settings: { intune: false } }))).toEqual([
      ...alone.values(),
    ]);
    expect(lines(await all(connector, { lists: { machines: lists.machines } }))).toEqual([...alone.values()]);
    expect(tenant.simulator.audit().requests).toEqual({});
  });

  test('takes inputs of the mapping as they are', async () => {
    const connector = await loadConnector('microsoft-defender');
    const input = { machine: { id: 'm1' }, managedDevice: {} };
    for (const given of [{ record: input }, { records: [input] }]) {
      const [result] = await all(connector, given);
      expect(result).toMatchObject({ input, events: [{ device: { uid: 'm1', is_managed: true } }] });
    }
  });

  test('gives what a record fails with, and goes on', async () => {
    const connector = await changedConnector(
      (definition) => {
        definition.streams.devices.mappings = { own: 'own.jsonata' };
        definition.streams.devices.unvalidated = ['own'];
      },
      {
        'own.jsonata':
          '{"class_uid": 5001, "device": {"uid": machine.id = "bad" ? $error("no") : machine.id}}',
      },
    );
    const results = await all(connector, { records: ['a', 'bad', 'b'].map((id) => ({ machine: { id } })) });
    expect(results.map((result) => ('error' in result ? result.error.code : result.events.length))).toEqual([
      1,
      'map-d3137',
      1,
    ]);
  });

  test('refuses a mapping that the stream does not have', async () => {
    const connector = await loadConnector('microsoft-defender');
    expect(await failureOf(() => all(connector, { records: [] }, { as: 'ocfs' }))).toMatchObject({
      code: 'usage-mapping',
    });
  });
});
