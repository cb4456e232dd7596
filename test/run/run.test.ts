import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nodeFiles } from '../../engine/files.ts';
import { openTrace } from '../../engine/run/trace.ts';
import { deviceEvents, matches } from '../support/device-join.ts';
import { failureOf } from '../support/failure-of.ts';
import {
  changedConnector,
  type Json,
  type Loose,
  NOW,
  readNdjson,
  smallPages,
  startTenant,
  type Tenant,
} from '../support/tenant.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** By device, the line of each event; fails when a device comes twice. */
function byDevice(events: readonly Json[]): Map<unknown, string> {
  const lines = new Map(events.map((event) => [(event.device as Json).uid, JSON.stringify(event)]));
  expect(lines.size).toBe(events.length);
  return lines;
}

const devices = (events: readonly Json[]) => new Set(byDevice(events).keys());
const truth = (tenant: Tenant, now = NOW) => deviceEvents(tenant.machines(), tenant.managedDevices(), now);

/** By machine id, the machine with what is joined to it: a change of this is a change of the device. */
function contents(tenant: Tenant): Map<unknown, string> {
  const machines = tenant.machines();
  const matched = matches(machines, tenant.managedDevices());
  return new Map(machines.map((machine) => [machine.id, JSON.stringify([machine, matched.get(machine.id)])]));
}

/** An instant as text that sorts: seconds, then fraction digits. All of the simulator's are in UTC. */
function sortable(instant: unknown): string {
  const [seconds = '', fraction = ''] = String(instant).replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}

/** A tenant in which much moves from step to step. */
function lively(definition: Loose): void {
  const { machines, managed_devices: managed } = definition.collections;
  machines.fields.lastSeen.null_rate = 0.1;
  machines.changes.fields.riskScore = 0.3;
  managed.changes.fields.complianceState = 0.3;
}

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

describe('a second run', () => {
  test('without changes emits nothing and writes no file', async () => {
    const tenant = await startTenant({ scale: { machines: 120 } });
    await tenant.run();
    for (const request of [{}, { full: true }, { now: NOW + 2 * DAY }, { now: NOW + 2 * DAY + MINUTE }]) {
      const { summary, files, dead, events } = await tenant.run(request);
      expect({ files, dead, events, end: summary.end, problem: summary.problem }).toEqual({
        files: [],
        dead: [],
        events: [],
        end: 'done',
        problem: undefined,
      });
    }
  });

  test('asks only for what moved since the newest instant, less the overlap', async () => {
    const tenant = await startTenant({ scale: { machines: 400 } });
    await tenant.run();
    const newest = tenant
      .machines()
      .map(({ lastSeen }) => lastSeen)
      .filter(Boolean)
      .map(sortable)
      .sort()
      .at(-1);
    const from = new Date(Date.parse(`${newest?.slice(0, 19)}Z`) - 60 * MINUTE)
      .toISOString()
      .replace('.000Z', 'Z');
    const { summary } = await tenant.run();
    expect(summary.scan).toBe(`changes since ${from}`);
    const seen = tenant.machines().filter(({ lastSeen }) => lastSeen && sortable(lastSeen) >= sortable(from));
    expect(summary.records).toBe(seen.length);
    expect(seen.length).toBeLessThan(50);
  });

  test('finds what moved; only a sweep finds what changed without moving', async () => {
    const tenant = await startTenant({ scale: { machines: 400 }, simulator: lively });
    const first = await tenant.run();
    const before = contents(tenant);
    tenant.simulator.advance();
    const changed = new Set(
      [...contents(tenant)].filter(([id, text]) => before.get(id) !== text).map(([id]) => id),
    );
    const from =
      first.summary.end &&
      sortable(new Date(NOW - 3 * 60 * MINUTE - MINUTE).toISOString().replace('.000Z', 'Z'));
    const moved = new Set(
      tenant
        .machines()
        .filter(({ id, lastSeen }) => changed.has(id) && lastSeen && sortable(lastSeen) > from)
        .map(({ id }) => id),
    );

    const incremental = await tenant.run({ now: NOW + 10 * MINUTE });
    expect(incremental.summary.scan).toContain('changes since');
    expect(devices(incremental.events)).toEqual(moved);
    const now = truth(tenant, NOW + 10 * MINUTE);
    for (const [id, line] of byDevice(incremental.events)) expect(line).toBe(now.get(id));

    const still = [...changed].filter((id) => !moved.has(id));
    const machines = new Map(tenant.machines().map((machine) => [machine.id, machine]));
    const withoutInstant = still.filter((id) => !machines.get(id)?.lastSeen);
    const intuneOnly = still.filter(
      (id) => JSON.parse(before.get(id) ?? '[0]')[0].riskScore === machines.get(id)?.riskScore,
    );
    expect([moved.size > 20, withoutInstant.length > 2, intuneOnly.length > 5]).toEqual([true, true, true]);

    const sweep = await tenant.run({ now: NOW + DAY });
    expect(sweep.summary.scan).toBe('regular sweep');
    expect(devices(sweep.events)).toEqual(new Set(still));
    expect((await tenant.run({ now: NOW + DAY + MINUTE })).events).toEqual([]);
  });

  test('with --full finds it at once', async () => {
    const tenant = await startTenant({ scale: { machines: 200 }, simulator: lively });
    await tenant.run();
    const before = contents(tenant);
    tenant.simulator.advance();
    const changed = [...contents(tenant)].filter(([id, text]) => before.get(id) !== text).map(([id]) => id);
    const { summary, events } = await tenant.run({ full: true, now: NOW + MINUTE });
    expect(summary.scan).toBe('asked by --full');
    expect(devices(events)).toEqual(new Set(changed));
  });

  test('a sweep counts from its own beginning, and an incremental run does not put it off', async () => {
    const tenant = await startTenant({ scale: { machines: 20 } });
    const scans: string[] = [];
    for (const now of [NOW, NOW + DAY - 1, NOW + DAY, NOW + DAY + 1, NOW + 2 * DAY - 1, NOW + 2 * DAY])
      scans.push((await tenant.run({ now })).summary.scan.replace(/ since.*/, ''));
    expect(scans).toEqual(['first run', 'changes', 'regular sweep', 'changes', 'changes', 'regular sweep']);
  });
});

describe('new_devices_only', () => {
  test('emits what was first seen at or after the newest one emitted before, over many runs', async () => {
    const tenant = await startTenant({
      scale: { machines: 200 },
      simulator: (definition) => {
        lively(definition);
        definition.collections.machines.changes.added = 0.03;
      },
    });
    const settings = { ...tenant.settings, new_devices_only: 'true' };
    const known = new Map<unknown, string>();
    let newest = '';
    for (let step = 0; step < 5; step++) {
      const now = contents(tenant);
      const expected = tenant
        .machines()
        .filter(({ id, firstSeen }) => known.get(id) !== now.get(id) && sortable(firstSeen) >= newest);
      const { summary, events } = await tenant.run({ settings, full: true, now: NOW + step });
      expect(devices(events)).toEqual(new Set(expected.map(({ id }) => id)));
      expect(summary.records).toBe(summary.events + summary.unchanged + summary.filtered);
      expect(expected.length > 2).toBe(true);
      if (step > 0) expect(summary.filtered).toBeGreaterThan(20);
      for (const { id, firstSeen } of expected) {
        known.set(id, now.get(id) ?? '');
        newest = [newest, sortable(firstSeen)].sort().at(-1) ?? '';
      }
      tenant.simulator.advance();
    }
  });

  test('can be turned on later: what was emitted without it counts', async () => {
    const tenant = await startTenant({ scale: { machines: 100 }, simulator: lively });
    await tenant.run();
    tenant.simulator.advance();
    const { summary } = await tenant.run({
      settings: { ...tenant.settings, new_devices_only: 'true' },
      full: true,
    });
    expect(summary.filtered).toBeGreaterThan(20);
    expect(summary.events).toBeLessThan(10);
  });

  test('of a first run that broke off, goes by all that it had emitted', async () => {
    const tenant = await startTenant({ scale: { machines: 200 } });
    const connector = await changedConnector((definition) => {
      smallPages(definition);
      definition.endpoints.managed_devices.pagination.page_size = 999;
    });
    const settings = { ...tenant.settings, new_devices_only: 'true' };
    const stopped = new AbortController();
    const first = await tenant.run(
      {
        settings,
        stop: stopped.signal,
        onTransition: ({ to }) => {
          if (to === 'writing') stopped.abort();
        },
      },
      connector,
    );
    expect(first.summary).toMatchObject({ end: 'stopped', events: 40 });
    const second = await tenant.run({ settings }, connector);
    expect(second.summary).toMatchObject({ end: 'done', events: 160, filtered: 0 });
    tenant.simulator.advance();
    const newest = tenant
      .machines()
      .map(({ firstSeen }) => sortable(firstSeen))
      .sort();
    const third = await tenant.run({ settings, full: true }, connector);
    const limit =
      [...first.events, ...second.events]
        .map((event) => Number((event.device as Json).first_seen_time))
        .sort()
        .at(-1) ?? 0;
    expect(newest.length).toBeGreaterThan(0);
    for (const event of third.events)
      expect(Number((event.device as Json).first_seen_time)).toBeGreaterThanOrEqual(limit);
    expect(third.events.length).toBeGreaterThan(0);
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

describe('records that cannot be mapped', () => {
  test('go to the dead letters with their reason, the others go on', async () => {
    const tenant = await startTenant({
      scale: { machines: 100 },
      faults: [{ on: 'machines', pages: [1], fault: { type: 'broken_record', nth: 7 } }],
    });
    const { summary, events, dead } = await tenant.run();
    expect(summary).toMatchObject({ end: 'done', records: 100, events: 99, dead: 1 });
    const [broken] = tenant.machines().slice(6, 7);
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatchObject({
      stage: 'join',
      code: 'record-without-key',
      message: 'the record has no `id`',
      lane: expect.stringContaining('microsoft-defender/devices'),
      where: expect.stringContaining('connector.yaml:'),
    });
    expect({ id: broken?.id, ...(dead[0]?.record as Json) }).toEqual(broken);
    const expected = truth(tenant);
    expected.delete(broken?.id);
    expect(byDevice(events)).toEqual(expected);
  });

  /** Pages of 100 machines; the mapping fails where the condition is true. */
  const failing = (condition: string) =>
    changedConnector(
      (definition) => {
        definition.endpoints.machines.pagination.page_size = 100;
        definition.streams.devices.mappings = { own: 'own.jsonata' };
      },
      {
        'own.jsonata': `{"class_uid": 5001, "device": {"uid": ${condition} ? $error("no such " & machine.osPlatform) : machine.id}}`,
      },
    );

  test("name the line of the mapping and the record's key", async () => {
    const tenant = await startTenant({ scale: { machines: 100 } });
    const { summary, dead } = await tenant.run({}, await failing('machine.osPlatform = "Android"'));
    const androids = tenant.machines().filter(({ osPlatform }) => osPlatform === 'Android');
    expect(androids.length).toBeGreaterThan(0);
    expect(summary).toMatchObject({ end: 'done', dead: androids.length, events: 100 - androids.length });
    expect(dead.map(({ key }) => key)).toEqual(androids.map(({ id }) => id));
    for (const letter of dead)
      expect(letter).toMatchObject({
        stage: 'map',
        code: 'map-d3137',
        where: expect.stringContaining('own.jsonata:1:'),
      });
    expect(summary.rejections).toMatchObject([{ code: 'map-d3137', count: androids.length }]);
  });

  test('of which a page has too many stop the lane, and nothing of the page is committed', async () => {
    const tenant = await startTenant({ scale: { machines: 250 } });
    const secondPage = tenant
      .machines()
      .slice(100, 200)
      .map(({ id }) => id);
    const bad = await failing(`machine.id in ${JSON.stringify(secondPage.slice(0, 60))}`);
    const first = await tenant.run({}, bad);
    expect(first.summary).toMatchObject({
      end: 'failed',
      problem: { code: 'data-too-many-dead', kind: 'data' },
      records: 100,
      events: 100,
      dead: 0,
    });
    expect(first.summary.problem?.message).toMatch(/^60 of 100 records .* `map-d3137`/);
    expect(first.events).toHaveLength(100);
    expect(first.dead).toEqual([]);
    const { events } = await tenant.run({}, await failing('false'));
    expect(byDevice([...first.events, ...events]).size).toBe(250);
    expect(events).toHaveLength(150);
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
  const first = await tenant.run({
    onTransition: ({ to }) => {
      if (to === 'joining') second ??= failureOf(() => tenant.run());
    },
  });
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
