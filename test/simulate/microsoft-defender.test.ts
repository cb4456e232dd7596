import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../engine/simulate/index.ts';
import { startMicrosoft } from './support/simulators.ts';

const samples = '../shared/reference/microsoft/samples';
const hasSamples = existsSync(samples);

let simulator: RunningSimulator;
let machines: Record<string, unknown>[];
let devices: Record<string, unknown>[];
beforeAll(async () => {
  simulator = await startMicrosoft({ scale: { machines: 5000 } });
  machines = [...simulator.records('machines')];
  devices = [...simulator.records('managed_devices')];
});
afterAll(() => simulator.close());

const valuesOf = (records: Record<string, unknown>[], field: string) =>
  new Set(records.map((record) => record[field]));
const ZERO = '00000000-0000-0000-0000-000000000000';

describe('the machines of the simulated tenant', () => {
  it('have the quirks of the live ones', () => {
    expect(valuesOf(machines, 'osPlatform')).toEqual(
      new Set(
        ['Windows11', 'Windows10', 'WindowsServer2016', 'WindowsServer2019', 'WindowsServer2022'].concat([
          'Ubuntu',
          'RedHatEnterpriseLinux',
          'macOS',
          'iOS',
          'Android',
        ]),
      ),
    );
    expect(valuesOf(machines, 'riskScore')).toEqual(
      new Set(['None', 'Informational', 'Low', 'Medium', 'High', null]),
    );
    expect(valuesOf(machines, 'osVersion')).toEqual(new Set([null]));
    expect(valuesOf(machines, 'osBuild')).toContain(null);
    expect(machines.some((machine) => !('lastSeen' in machine))).toBe(true);
    expect(machines.some(({ lastSeen }) => lastSeen === null)).toBe(true);
    expect(machines.some(({ computerDnsName }) => computerDnsName === null)).toBe(true);
    const ids = machines.map(({ aadDeviceId }) => aadDeviceId);
    expect(ids).toContain(null);
    expect(ids).toContain(ZERO);
    expect(ids.some((id) => id !== null && id !== String(id).toLowerCase())).toBe(true);
    const merged = machines.filter(({ mergedIntoMachineId }) => mergedIntoMachineId !== null);
    expect(
      merged.every(
        (m) => m.isPotentialDuplication && machines.some(({ id }) => id === m.mergedIntoMachineId),
      ),
    ).toBe(true);
    const names = machines.map(({ computerDnsName }) => String(computerDnsName).toLowerCase());
    expect(new Set(names).size).toBeLessThan(names.length - 20);
  });

  it('have addresses without separators in their MACs, and loopbacks', () => {
    const addresses = machines.flatMap(({ ipAddresses }) => ipAddresses as Record<string, unknown>[]);
    expect(
      addresses.every(({ macAddress }) => macAddress === null || /^[0-9A-F]{12}$/.test(String(macAddress))),
    ).toBe(true);
    expect(valuesOf(addresses, 'type')).toEqual(
      new Set(['Ethernet', 'Other', 'SoftwareLoopback', 'Wireless80211']),
    );
    const ips = valuesOf(addresses, 'ipAddress');
    for (const ip of ['', '127.0.0.1', '::1']) expect(ips).toContain(ip);
  });

  it.skipIf(!hasSamples && !process.env.CI)(
    'have the keys of the live ones in their order (needs ../shared)',
    () => {
      const sample = JSON.parse(readFileSync(`${samples}/mde-machine-full.SYNTHETIC.json`, 'utf8'));
      expect(Object.keys(machines[0] ?? {})).toEqual(Object.keys(sample));
    },
  );
});

describe('the managed devices of the simulated tenant', () => {
  it('match four machines of five', () => {
    const known = new Set(devices.map(({ azureADDeviceId }) => azureADDeviceId));
    const matched = machines.filter(
      ({ aadDeviceId: id }) => id && id !== ZERO && known.has(String(id).toLowerCase()),
    );
    expect(matched.length / machines.length).toBeCloseTo(0.8, 1);
  });

  it('are enrolled twice at times, and were in touch at different times then', () => {
    const syncs = new Map<unknown, unknown[]>();
    for (const { azureADDeviceId: id, lastSyncDateTime } of devices) {
      if (id !== ZERO) syncs.set(id, [...(syncs.get(id) ?? []), lastSyncDateTime]);
    }
    const doubles = [...syncs.values()].filter(({ length }) => length > 1);
    expect(doubles.length).toBeGreaterThan(50);
    expect(doubles.filter((times) => new Set(times).size === times.length).length).toBeGreaterThan(
      doubles.length * 0.95,
    );
  });

  it('agree with their machine', () => {
    const machineOf = new Map(
      machines.map((machine) => [String(machine.aadDeviceId).toLowerCase(), machine]),
    );
    for (const device of devices) {
      const machine =
        device.azureADDeviceId === ZERO ? undefined : machineOf.get(device.azureADDeviceId as string);
      if (!machine) continue;
      const isWindows = String(machine.osPlatform).startsWith('Windows');
      expect(device.operatingSystem === 'Windows').toBe(isWindows);
      if (isWindows) expect(device.osVersion).toMatch(new RegExp(`^10\\.0\\.${machine.osBuild}\\.\\d+$`));
    }
  });

  it('hold sentinels, and empty texts beside null', () => {
    expect(valuesOf(devices, 'easActivationDateTime')).toEqual(new Set(['0001-01-01T00:00:00Z']));
    expect(valuesOf(devices, 'complianceGracePeriodExpirationDateTime')).toContain('9999-12-31T23:59:59Z');
    expect(valuesOf(devices, 'ethernetMacAddress')).toEqual(new Set([null]));
    expect(valuesOf(devices, 'physicalMemoryInBytes')).toEqual(new Set([0]));
    expect(valuesOf(devices, 'wiFiMacAddress')).toContain('');
    const userless = devices.filter(({ userId }) => userId === '');
    expect(userless.length).toBeGreaterThan(0);
    expect(
      userless.every((d) => d.userPrincipalName === '' && d.emailAddress === '' && d.userDisplayName === ''),
    ).toBe(true);
    expect(devices.every(({ wiFiMacAddress }) => /^([0-9A-F]{12})?$/.test(String(wiFiMacAddress)))).toBe(
      true,
    );
  });

  it.skipIf(!hasSamples && !process.env.CI)('have the keys of the live ones (needs ../shared)', () => {
    const page = JSON.parse(readFileSync(`${samples}/graph-managedDevices-page.SYNTHETIC.json`, 'utf8'));
    const keys = [...Object.keys(page.value[0]), 'managementState'].sort();
    expect(Object.keys(devices[0] ?? {}).sort()).toEqual(keys);
  });
});

describe('a step of the simulated tenant', () => {
  it('moves some machines, changes the risk of others and the compliance of some devices', () => {
    const before = new Map(machines.map((machine) => [machine.id, machine]));
    const devicesBefore = new Map(devices.map((device) => [device.id, device]));
    simulator.advance();
    const after = [...simulator.records('machines')];
    const kept = after.filter(({ id }) => before.has(id));
    const changed = (field: string) => kept.filter((m) => m[field] !== before.get(m.id)?.[field]);
    expect(changed('lastSeen').length / kept.length).toBeCloseTo(0.25, 1);
    expect(changed('riskScore').some((m) => m.lastSeen === before.get(m.id)?.lastSeen)).toBe(true);
    expect(after.length - kept.length).toBe(50);
    expect(kept.length).toBeLessThan(machines.length);
    const newest = machines
      .map(({ firstSeen }) => String(firstSeen))
      .sort()
      .at(-1) as string;
    expect(
      after.filter(({ id }) => !before.has(id)).every(({ firstSeen }) => String(firstSeen) > newest),
    ).toBe(true);
    const compliance = [...simulator.records('managed_devices')].filter(
      (d) => devicesBefore.has(d.id) && devicesBefore.get(d.id)?.complianceState !== d.complianceState,
    );
    expect(compliance.length).toBeGreaterThan(10);
  });
});
