import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wantedAttributes } from '../../engine/coverage/attributes.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { loadSimulator, startSimulator } from '../../engine/simulate/index.ts';
import { createValidator } from '../../engine/validate/validate.ts';
import { type DeviceEvent, everything, noteReached } from './device-ocsf-reach.ts';
import { devicePair } from './device-pairs.ts';
import { notePaths } from './note-paths.ts';

const FILE = 'mappings/microsoft-defender/device.ocsf.jsonata';
const SIMULATOR = 'connectors/microsoft-defender/simulator.yaml';
const SAMPLES = '../shared/reference/microsoft/samples';
const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 987);

type Json = Record<string, unknown>;

const { mapping } = compileMapping(new SourceText(FILE, readFileSync(FILE, 'utf8')));
const validator = createValidator();

async function map(machine: Json, managedDevice?: unknown, context: Json = {}): Promise<DeviceEvent> {
  if (!mapping) throw new Error('the mapping does not parse');
  const input = { ...context, machine, ...(managedDevice !== undefined && { managedDevice }) };
  return (await mapping.evaluate(input, NOW)) as DeviceEvent;
}

/** Maps and expects what every event must be: valid, full of something everywhere, each MAC address on one interface. */
async function mapValid(machine: Json, managedDevice?: unknown): Promise<DeviceEvent> {
  const before = JSON.stringify({ machine, managedDevice });
  const event = await map(machine, managedDevice);
  const text = JSON.stringify(event);
  expect(validator.validateText(text), before).toEqual([]);
  expect(emptyPlaces(event), before).toEqual([]);
  expect(text, before).not.toMatch(/0001-01-01T|9999-12-31T|00:00:00:00:00:00/);
  const macs = (event.device.network_interfaces ?? []).flatMap(({ mac }) => mac ?? []);
  expect(new Set(macs).size, before).toBe(macs.length);
  expect(JSON.stringify({ machine, managedDevice })).toBe(before);
  return event;
}

const hasSamples = existsSync(SAMPLES) || process.env.CI !== undefined;

describe.skipIf(!hasSamples)(
  'device.ocsf.jsonata on recorded shapes (skipped where ../shared is not there)',
  () => {
    const read = (name: string) => JSON.parse(readFileSync(`${SAMPLES}/${name}`, 'utf8'));
    const records = (name: string): Json[] => read(name).value ?? [read(name)];
    const names = hasSamples && existsSync(SAMPLES) ? readdirSync(SAMPLES) : [];
    const machines = names.filter((name) => /^mde-machines?-/.test(name));
    const managed = names.filter((name) => name.startsWith('graph-managedDevices-')).flatMap(records);

    it.each(machines)('gives valid events for %s, alone and with each Intune record', async (name) => {
      for (const machine of records(name)) {
        for (const managedDevice of [undefined, ...managed]) await mapValid(machine, managedDevice);
      }
    });

    it('knows at least four files with machines and two Intune records', () => {
      expect(machines.length).toBeGreaterThanOrEqual(4);
      expect(managed.length).toBeGreaterThanOrEqual(2);
    });
  },
);

describe('device.ocsf.jsonata', { timeout: 120_000 }, () => {
  it('gives valid events for 2,000 random pairs that reach every rule', async () => {
    const reached = new Set<string>();
    for (const [machine, managedDevice] of fc.sample(devicePair, { seed: 20261122, numRuns: 2000 })) {
      const event = await mapValid(machine, managedDevice);
      noteReached(event, reached);
    }
    expect([...reached].sort()).toEqual(everything);
  });

  it('fills every required and recommended attribute that it writes somewhere', async () => {
    if (!mapping) throw new Error('the mapping does not parse');
    const filled = new Set<string>();
    const context = { settings: { tenant_id: 'b3c1b5fc-828c-45fa-a1e1-10d74f6d6e9c' } };
    for (const [machine, managedDevice] of fc.sample(devicePair, { seed: 5, numRuns: 200 }))
      notePaths(await map(machine, managedDevice, context), '', filled);
    const written = wantedAttributes(mapping, ['inventory_info']).filter(({ isWritten }) => isWritten);
    expect(written.length).toBeGreaterThan(40);
    const never = written.filter(({ path }) => !filled.has(path)).map(({ path }) => path);
    expect(never).toEqual([]);
  });

  it('gives valid events for 200 machines of the simulated tenant, most with their Intune record', async () => {
    const { simulator } = loadSimulator(new SourceText(SIMULATOR, readFileSync(SIMULATOR, 'utf8')));
    if (!simulator) throw new Error('the simulator does not load');
    const tenant = await startSimulator(simulator, { scale: { machines: 200 }, now: '2026-11-20T12:00:00Z' });
    try {
      const key = (value: unknown) => String(value).toLowerCase();
      const byDevice = new Map(
        [...tenant.records('managed_devices')].map((record) => [key(record.azureADDeviceId), record]),
      );
      const machines = [...tenant.records('machines')];
      expect(machines).toHaveLength(200);
      let matched = 0;
      for (const machine of machines) {
        const managedDevice = byDevice.get(key(machine.aadDeviceId));
        if (managedDevice) matched++;
        await mapValid(machine, managedDevice);
      }
      expect(matched).toBeGreaterThan(100);
    } finally {
      await tenant.close();
    }
  });

  it('stays valid when members are of kinds that nobody documents', async () => {
    const odd = fc.constantFrom<unknown>([], ['a', 'b'], [null], {}, { a: 1 }, 5, -1.5, true, 'x');
    const odds = fc.infiniteStream(odd);
    for (const [[machine, managedDevice], stream] of fc.sample(fc.tuple(devicePair, odds), {
      seed: 7,
      numRuns: 200,
    })) {
      const changed = (record: Json) =>
        Object.fromEntries(
          Object.entries(record).map(([key, value], at) => [
            key,
            key === 'id' || at % 3 === 0 ? value : stream.next().value,
          ]),
        );
      const joined =
        managedDevice && typeof managedDevice === 'object' ? changed(managedDevice as Json) : 'x';
      const input = [changed(machine), joined] as const;
      const text = JSON.stringify(await map(...input));
      expect(validator.validateText(text), JSON.stringify(input)).toEqual([]);
    }
  });
});

describe('device.ocsf.jsonata, value by value', () => {
  it.each([
    ['2018-08-02T14:55:03.7791856Z', 1533221703779],
    ['2026-11-20T02:51:16.9999999Z', 1795143076999],
    ['2024-12-01T10:00:00Z', 1733047200000],
    ['2024-12-01T10:00:00.5+01:00', 1733043600500],
    ['0001-01-01T00:00:00Z', undefined],
    ['9999-12-31T23:59:59Z', undefined],
    ['9999-12-31T23:59:59.9999999Z', undefined],
    ['2023-02-29T00:00:00Z', undefined],
    ['', undefined],
    [null, undefined],
  ])('takes the time %s as %s', async (lastSeen, ms) => {
    const event = await mapValid({ id: 'a', lastSeen, firstSeen: '2024-01-01T00:00:00Z' });
    expect(event.device.last_seen_time).toBe(ms);
    expect(event.time).toBe(ms ?? Date.UTC(2024, 0, 1));
    expect(event.metadata.original_time).toBe(ms === undefined ? '2024-01-01T00:00:00Z' : lastSeen);
    expect((await mapValid({ id: 'a' })).time).toBe(NOW);
  });

  it.each([
    ['Windows11', 'Windows 11', 100, 'Windows', 'Desktop'],
    ['WindowsServer2012R2', 'Windows Server 2012 R2', 100, 'Windows', 'Server'],
    ['RedHatEnterpriseLinux', 'Red Hat Enterprise Linux', 200, 'Linux', 'Server'],
    ['CentOS', 'CentOS', 200, 'Linux', 'Server'],
    ['macOS', 'macOS', 300, 'macOS', 'Desktop'],
    ['iOS', 'iOS', 301, 'iOS', 'Mobile'],
    ['iPadOS', 'iPadOS', 302, 'iPadOS', 'Tablet'],
    ['Android', 'Android', 201, 'Android', 'Mobile'],
    ['FreeBSD', 'FreeBSD', 99, 'FreeBSD', 'Unknown'],
    ['Other', 'Unknown', 0, 'Unknown', 'Unknown'],
    [null, 'Unknown', 0, 'Unknown', 'Unknown'],
  ])('takes the platform %s as %s', async (osPlatform, name, typeId, type, kind) => {
    const { device } = await mapValid({ id: 'a', osPlatform });
    expect(device.os).toEqual({ name, type, type_id: typeId });
    expect(device.type).toBe(kind);
  });

  it.each([
    ['None', 99, 'None'],
    ['Informational', 0, 'Info'],
    ['low', 1, 'Low'],
    ['Medium', 2, 'Medium'],
    ['HIGH', 3, 'High'],
    ['Critical', 4, 'Critical'],
    ['constructor', 99, 'constructor'],
    [null, undefined, undefined],
    ['', undefined, undefined],
  ])('takes the risk score %s as %s %s', async (riskScore, id, level) => {
    const { device } = await mapValid({ id: 'a', riskScore });
    expect([device.risk_level_id, device.risk_level]).toEqual([id, level]);
  });

  it.each([
    ['02005E10AB01', '02:00:5E:10:AB:01'],
    ['02005e10ab01', '02:00:5E:10:AB:01'],
    ['02:00:5e:10:ab:01', '02:00:5E:10:AB:01'],
    ['02-00-5E-10-AB-01', '02:00:5E:10:AB:01'],
    ['0200.5e10.ab01', '02:00:5E:10:AB:01'],
    ['000000000000', undefined],
    ['00:00:00:00:00:00', undefined],
    ['02005E10AB', undefined],
    ['02005E10AB0102', undefined],
    ['', undefined],
    [null, undefined],
  ])('takes the MAC address %s as %s', async (mac, expected) => {
    const { device } = await mapValid({ id: 'a' }, { wiFiMacAddress: mac });
    expect(device.network_interfaces?.[0]?.mac).toBe(expected);
    const own = await mapValid({ id: 'a', ipAddresses: [{ ipAddress: '', macAddress: mac }] });
    expect(own.device.network_interfaces?.[0]?.mac).toBe(expected);
  });

  it.each([
    ...['10.20.14.61', '255.255.255.255', 'fe80::1c2d:3e4f:5a6b:7c81', '2a01:110:68:4:59e4:3916:3b3e:4f96'],
    ...['fd00:10:8::1', '1::', '1:2:3:4:5:6:7:8', '::ffff:a00:1', 'FD00::A'],
  ])('takes %s for an IP address', async (ip) => {
    const event = await mapValid({ id: 'a', lastIpAddress: ip });
    expect(event.device.ip).toBe(ip);
    expect(event.unmapped).toBeUndefined();
  });

  it.each([
    ...['172.17.230', '1234567', '256.1.1.1', '10.0.0.1.2', '10.0.0.1 ', '1::2::3', ':::', '1:2:3', ':1::2'],
    ...['1:2:3:4:5:6:7:8:9', '12345::', 'fe80::1%4', 'localhost', '127.0.0.1', '::1', '0.0.0.0', '::'],
  ])('takes %s for no IP address of the device', async (ip) => {
    const event = await mapValid({
      id: 'a',
      lastIpAddress: ip,
      ipAddresses: [{ ipAddress: ip, macAddress: null }],
    });
    expect(event.device.ip).toBeUndefined();
    expect(event.device.network_interfaces).toBeUndefined();
    expect(event.unmapped).toEqual({ machine: { lastIpAddress: ip } });
  });

  it('makes one interface of an adapter, with the best of its addresses, and keeps the others', async () => {
    const address = (
      ipAddress: string,
      macAddress: string | null,
      type: string,
      operationalStatus = 'Up',
    ) => {
      return { ipAddress, macAddress, type, operationalStatus };
    };
    const ipAddresses = [
      address('fe80::1', '02005E10AB01', 'Ethernet'),
      address('10.0.0.5', '02005E10AB01', 'Ethernet'),
      address('10.0.0.4', '02005e10ab01', 'Ethernet'),
      address('fe80::2', '02005E10AB02', 'Ethernet'),
      address('10.0.0.6', '02005E10AB02', 'Ethernet'),
      address('10.9.9.9', null, 'Tunnel', 'Down'),
      address('127.0.0.1', null, 'SoftwareLoopback'),
    ];
    const machine = { id: 'a', lastIpAddress: '10.0.0.4', ipAddresses };
    const event = await mapValid(machine, {
      wiFiMacAddress: '02005E10AB02',
      ethernetMacAddress: '02005E10AB09',
    });
    expect(event.device.mac).toBe('02:00:5E:10:AB:01');
    expect(event.device.network_interfaces).toEqual([
      { name: 'ethernet', mac: '02:00:5E:10:AB:09', type_id: 1, type: 'Wired' },
      { name: 'wifi', mac: '02:00:5E:10:AB:02', ip: '10.0.0.6', type_id: 2, type: 'Wireless' },
      { mac: '02:00:5E:10:AB:01', ip: '10.0.0.4', type_id: 1, type: 'Wired' },
      { ip: '10.9.9.9', type_id: 4, type: 'Tunnel' },
    ]);
    expect(event.unmapped?.machine?.ipAddresses).toEqual([
      { ipAddress: 'fe80::1', macAddress: '02:00:5E:10:AB:01', operationalStatus: 'Up' },
      { ipAddress: '10.0.0.5', macAddress: '02:00:5E:10:AB:01', operationalStatus: 'Up' },
      { ipAddress: 'fe80::2', macAddress: '02:00:5E:10:AB:02', operationalStatus: 'Up' },
      { ipAddress: '10.9.9.9', operationalStatus: 'Down' },
    ]);
    expect(event.observables?.map(({ name, value }) => `${name} ${value}`)).toEqual([
      'device.ip 10.0.0.4',
      'device.network_interfaces.ip 10.0.0.6',
      'device.network_interfaces.ip 10.9.9.9',
      'device.network_interfaces.mac 02:00:5E:10:AB:09',
      'device.network_interfaces.mac 02:00:5E:10:AB:02',
      'device.network_interfaces.mac 02:00:5E:10:AB:01',
    ]);
  });

  it('lets no secret of the device into the event', async () => {
    const event = await mapValid(
      { id: 'a', aadDeviceId: 'b' },
      { id: 'c', activationLockBypassCode: 'SECRET-1', remoteAssistanceSessionUrl: 'https://SECRET-2' },
    );
    expect(JSON.stringify(event)).not.toContain('SECRET');
  });
});

/** Paths of nulls, empty texts, empty lists and empty objects. */
function emptyPlaces(value: unknown, path = '$'): string[] {
  if (value === null || value === undefined || value === '') return [path];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, child]) => emptyPlaces(child, `${path}.${key}`));
}
