import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Network } from '../../engine/env.ts';
import { nodeFiles } from '../../engine/files.ts';
import { openTrace } from '../../engine/run/trace.ts';
import { byDevice, deviceEvents, matches, truth } from '../support/device-join.ts';
import { failureOf } from '../support/failure-of.ts';
import { changedConnector, NOW, readNdjson, smallPages, startTenant } from '../support/tenant.ts';

describe('a first run', () => {
  test('gives the event of every machine exactly once, as the rules say', async () => {
    const tenant = await startTenant({ scale: { machines: 400 } });
    const { summary, events, files, dead } = await tenant.run();
    expect(byDevice(events)).toEqual(truth(tenant));
    expect(files).toHaveLength(1);
    expect(dead).toEqual([]);
    expect(summary).toMatchObject({
      end: 'done',
      records: 400,
      events: 400,
      joined: 392,
      unchanged: 0,
      dead: 0,
    });
    // What the rules are about occurs: else the comparison says little.
    const matched = matches(tenant.machines(), tenant.managedDevices());
    expect(matched.size).toBeGreaterThan(100);
    expect(
      tenant
        .machines()
        .some(({ id, aadDeviceId }) => aadDeviceId !== String(aadDeviceId).toLowerCase() && matched.has(id)),
    ).toBe(true);
  });

  test('does so over many pages of both lists', async () => {
    const tenant = await startTenant({ scale: { machines: 400 }, seed: 7 });
    const { summary, events } = await tenant.run({}, await changedConnector(smallPages));
    expect(byDevice(events)).toEqual(truth(tenant));
    expect(summary.pages).toBe(10 + Math.ceil(392 / 25));
  });

  test('goes without Intune where the operator turns it off', async () => {
    const tenant = await startTenant({ scale: { machines: 60 } });
    const { events } = await tenant.run({ settings: { ...tenant.settings, intune: 'false' } });
    expect(byDevice(events)).toEqual(deviceEvents(tenant.machines(), [], NOW));
    expect(tenant.simulator.audit().requests.managed_devices).toBeUndefined();
    expect(tenant.simulator.audit().tokens.issued).toBe(1);
  });
});

describe('what is asked wrongly', () => {
  test.each([
    ['a mapping that is not there', { as: 'documentd' }, 'usage-mapping', 'did you mean `documented`?'],
    ['a stream that is not there', { streams: ['device'] }, 'usage-stream', 'did you mean `devices`?'],
    ['a destination of no kind', { to: ['kafka:x'] }, 'usage-destination', 'Use `-` or `ndjson:DIR`.'],
    [
      'a setting that is not there',
      { settings: { tennant_id: 'x' } },
      'usage-setting',
      'did you mean `tenant_id`?',
    ],
  ])('%s is told before anything is opened or asked', async (_, request, code, fix) => {
    const tenant = await startTenant({ scale: { machines: 1 } });
    expect(await failureOf(() => tenant.run(request))).toMatchObject({ code, fix, kind: 'usage' });
    expect(existsSync(tenant.state)).toBe(false);
    expect(existsSync(tenant.out)).toBe(false);
    expect(tenant.simulator.audit().requests).toEqual({});
  });

  test('nothing to prove the client with leaves nothing behind', async () => {
    const tenant = await startTenant({ scale: { machines: 1 } });
    const error = await failureOf(() => tenant.run({ secrets: {} }));
    expect(error).toMatchObject({ code: 'usage-setting', kind: 'usage' });
    expect(error.fix).toContain('--secret client_secret=env:NAME');
    expect(existsSync(tenant.state)).toBe(false);
  });

  test('a stream or a destination that is named twice is one', async () => {
    const tenant = await startTenant({ scale: { machines: 30 } });
    const twice = [`ndjson:${tenant.out}`, `ndjson:${tenant.out}/.`];
    const { events, files } = await tenant.run({ streams: ['devices', 'devices'], to: twice });
    expect(byDevice(events)).toEqual(truth(tenant));
    expect(files).toHaveLength(1);
  });
});

test('10,000 machines with as many Intune records cost at most 20 calls', async () => {
  const tenant = await startTenant({
    scale: { machines: 10_000 },
    simulator: (definition) => {
      definition.collections.managed_devices.size.ratio = 1;
    },
  });
  // The calls are the same with a mapping that takes no time.
  const quick = { 'own.jsonata': '{"class_uid": 5001, "device": {"uid": machine.id}}' };
  const connector = await changedConnector((definition) => {
    definition.streams.devices.mappings = { own: 'own.jsonata' };
    definition.streams.devices.unvalidated = ['own'];
  }, quick);
  const { summary } = await tenant.run({}, connector);
  expect(summary).toMatchObject({ end: 'done', records: 10_000, joined: 10_000, events: 10_000 });
  const { requests, quotas } = tenant.simulator.audit();
  expect(Object.values(requests).reduce((sum, { total }) => sum + total, 0)).toBeLessThanOrEqual(20);
  expect(Object.values(quotas).every(({ refused }) => refused === 0)).toBe(true);
});

test('a lane that another run holds is told, and the other run goes on', async () => {
  const tenant = await startTenant({ scale: { machines: 30 } });
  let second: Promise<unknown> | undefined;
  // The first request of the first run waits for all of the second run.
  const network: Network = {
    ...tenant.env.network,
    send: async (request) => {
      second ??= failureOf(() => tenant.run());
      await second;
      return tenant.env.network.send(request);
    },
  };
  const first = await tenant.run({ env: { ...tenant.env, network } });
  expect(await second).toMatchObject({ code: 'state-locked', kind: 'state' });
  expect(byDevice(first.events)).toEqual(truth(tenant));
});

test('another tenant and another mapping are lanes of their own', async () => {
  const tenant = await startTenant({ scale: { machines: 20 } });
  await tenant.run();
  const other = { ...tenant.settings, tenant_id: '00000000-1111-4222-8333-444444444444' };
  expect((await tenant.run({ settings: other })).events).toHaveLength(20);
  expect((await tenant.run({ settings: other })).events).toHaveLength(0);
});

test('a trace holds every transition, each from where the one before led', async () => {
  const tenant = await startTenant({ scale: { machines: 100 } });
  const path = `${tenant.out}/../trace/run.ndjson`;
  const trace = await openTrace(path, nodeFiles);
  const { transitions } = await tenant.run(
    { onTransition: (transition) => trace.write(transition) },
    await changedConnector(smallPages),
  );
  await trace.close();
  expect(readNdjson(path)).toEqual(transitions);
  expect(transitions.map(({ from }) => from)).toEqual(['', ...transitions.slice(0, -1).map(({ to }) => to)]);
  expect(transitions.at(-1)?.to).toBe('done');
  expect(transitions.filter(({ to }) => to === 'checkpointing')).toHaveLength(3 + 1);
});
