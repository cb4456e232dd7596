import { describe, expect, test } from 'vitest';
import { byDevice, contents, devices, truth } from '../support/device-join.ts';
import { changedConnector, type Json, type Loose, NOW, smallPages, startTenant } from '../support/tenant.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

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
    // Of this tenant the newest machine is on the first page, which is all that the first run gets to.
    const tenant = await startTenant({ scale: { machines: 200 }, seed: 7 });
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
    const third = await tenant.run({ settings, full: true }, connector);
    const times = (events: readonly Json[]) =>
      events.map((event) => Number((event.device as Json).first_seen_time));
    const newest = Math.max(...times([...first.events, ...second.events]));
    expect(times(third.events).length).toBeGreaterThan(0);
    expect(Math.min(...times(third.events))).toBeGreaterThanOrEqual(newest);
  });
});
