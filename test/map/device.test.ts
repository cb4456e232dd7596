import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { deviceEvent, epochSeconds } from './device-rules.ts';

const FILE = 'mappings/microsoft-defender/device.jsonata';
const REFERENCE = '../shared/reference/defender-device';
const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 987);

const { mapping } = compileMapping(new SourceText(FILE, readFileSync(FILE, 'utf8')));

async function map(input: Record<string, unknown>): Promise<Record<string, unknown>> {
  if (!mapping) throw new Error('the mapping does not parse');
  return (await mapping.evaluate(input, NOW)) as Record<string, unknown>;
}

const hasReference = existsSync(REFERENCE) || process.env.CI !== undefined;

describe.skipIf(!hasReference)(
  'device.jsonata on the documented sample (skipped where ../shared is not there)',
  () => {
    const read = (name: string) => JSON.parse(readFileSync(`${REFERENCE}/${name}`, 'utf8'));

    it('gives the documented event, key order included', async () => {
      const event = await map({ machine: read('machine.json'), managedDevice: read('managed-device.json') });
      expect(JSON.stringify(event)).toBe(JSON.stringify(read('expected.ocsf.json')));
    });
  },
);

const someText = fc.oneof(
  fc.constantFrom(null, '', ' ', 0, 1, 7.5, false, true, 'null'),
  fc.string({ maxLength: 8 }),
);
const dayPart = fc.constantFrom(
  '2024-02-29',
  '2023-02-29',
  '2024-02-30',
  '1900-02-29',
  '2000-02-29',
  '2100-02-29',
  '2024-04-31',
  '2024-13-01',
  '2024-00-10',
  '2024-01-00',
  '2024-12-31',
  '1969-12-31',
  '0000-02-29',
  '0001-01-01',
  '9999-12-31',
  '24-01-01',
);
const anyDay = fc
  .tuple(fc.nat(9999), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }))
  .map(
    ([y, m, d]) =>
      `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`,
  );
const clockPart = fc.constantFrom(
  '10:00:00',
  '23:59:59',
  '00:00:00',
  '24:00:00',
  '23:60:00',
  '23:59:60',
  '10:00',
  '1:00:00',
);
const fraction = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('', '', '.', '.9', '.999', '.9999999', '.999999999', ',5') },
  fc.integer({ min: 0, max: 9 }).map((digits) => (digits === 0 ? '' : `.${'123456789'.slice(0, digits)}`)),
);
const zone = fc.oneof(
  { weight: 3, arbitrary: fc.constant('Z') },
  fc.constantFrom(
    '+00:00',
    '-00:00',
    '+05:30',
    '-08:00',
    '+23:59',
    '+24:00',
    '+05:60',
    '+0530',
    '',
    'z',
    ' Z',
    'UTC',
    '+05',
  ),
);
const timestamp = fc.oneof(
  { weight: 1, arbitrary: someText },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.oneof(dayPart, anyDay),
        fc.constantFrom('T', 'T', 'T', 'T', ' ', 't'),
        clockPart,
        fraction,
        zone,
      )
      .map((parts) => parts.join('')),
  },
  fc.constantFrom(
    '2024-12-01T10:00:00Z\n',
    '\n2024-12-01T10:00:00Z',
    '2024-12-01',
    '2024-W01-1T10:00:00Z',
    1_733_047_200,
  ),
);
const platform = fc.oneof(
  someText,
  fc
    .tuple(
      fc.constantFrom('', 'My', 'server ', 'macOS/', 'Amazon '),
      fc.constantFrom(
        ...[
          'Windows10',
          'WINDOWS',
          'Linux',
          'macOS',
          'Android',
          'iPadOS',
          'iOS',
          'Ubuntu',
          'Debian',
          'CentOS',
          'RedHat',
        ],
        ...[
          'Fedora',
          'openSUSE',
          'SLES',
          'OracleLinux',
          'Oracle',
          'AlmaOS',
          'Rocky',
          'Amazon',
          'Solaris',
          'Other',
        ],
      ),
      fc.constantFrom('', '', '', 'Server2019', 'SERVER', ' 11'),
    )
    .map((parts) => parts.join('')),
);
const risk = fc.oneof(
  someText,
  fc.constantFrom(
    ...['informational', 'Informational', 'LOW', 'low', 'Medium', 'mEdIuM', 'High', 'Critical'],
    ...['None', 'Unknown', 'info', 'constructor', '__proto__', 'toString'],
  ),
);
const optional = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] });
const machineArbitrary = optional({
  id: someText,
  computerDnsName: someText,
  firstSeen: timestamp,
  lastSeen: timestamp,
  osPlatform: platform,
  osBuild: fc.oneof(someText, fc.constantFrom(18209, '18209', 0)),
  lastIpAddress: someText,
  healthStatus: someText,
  rbacGroupName: someText,
  riskScore: risk,
  exposureLevel: someText,
  aadDeviceId: someText,
});
const managedArbitrary = optional({
  osVersion: someText,
  model: someText,
  manufacturer: someText,
  wiFiMacAddress: someText,
  ethernetMacAddress: someText,
  complianceState: fc.oneof(someText, fc.constantFrom('compliant', 'Compliant', 'noncompliant')),
  managedDeviceOwnerType: fc.oneof(someText, fc.constantFrom('personal', 'Personal', 'company')),
  userPrincipalName: someText,
  managementAgent: someText,
  isSupervised: fc.oneof(someText, fc.boolean()),
});
const pair = fc.record(
  {
    machine: machineArbitrary,
    managedDevice: fc.oneof({ weight: 4, arbitrary: managedArbitrary }, fc.constantFrom({}, null, '')),
  },
  { requiredKeys: ['machine'] },
);

describe('device.jsonata against its rules', () => {
  it('gives what the rules give for 3,000 random pairs that reach every rule', async () => {
    const pairs = fc.sample(pair, { seed: 20261122, numRuns: 3000 }) as {
      machine: Record<string, unknown>;
      managedDevice?: unknown;
    }[];
    const reached = new Set<string>();
    for (const input of pairs) {
      const before = JSON.stringify(input);
      const event = await map(input);
      expect(JSON.stringify(event), before).toBe(
        JSON.stringify(deviceEvent(input.machine, input.managedDevice, NOW)),
      );
      expect(JSON.stringify(input)).toBe(before);
      note(event, reached);
    }
    expect([...reached].sort()).toEqual(EVERYTHING);
  });

  it.each([
    ['2018-08-02T14:55:03.7791856Z', 1533221703],
    ['2024-12-01T10:00:00Z', 1733047200],
    ['2024-12-01T10:00:00.999999999+01:00', 1733043600],
    ['1969-12-31T23:59:59.5Z', -1],
    ['2024-02-29T00:00:00Z', 1709164800],
    ['2024-02-30T00:00:00Z', undefined],
    ['2023-02-29T00:00:00Z', undefined],
    ['2024-12-01T24:00:00Z', undefined],
    ['2024-12-01T23:59:60Z', undefined],
    ['2024-12-01T10:00:00', undefined],
    ['2024-12-01T10:00Z', undefined],
    ['2024-12-01T10:00:00+0100', undefined],
    ['2024-12-01', undefined],
  ])('takes %s as %s', async (text, seconds) => {
    expect(epochSeconds(text)).toBe(seconds);
    const event = await map({ machine: { lastSeen: text } });
    expect((event.device as Record<string, unknown>).last_seen_time).toBe(seconds);
    expect(event.time).toBe(seconds ?? Math.floor(NOW / 1000));
  });

  it('does not fail on lists and objects where text is expected', async () => {
    for (const odd of [[], ['a'], ['a', 'b'], {}, { a: 1 }]) {
      const keys = [
        'id',
        'computerDnsName',
        'firstSeen',
        'lastSeen',
        'osPlatform',
        'osBuild',
        'riskScore',
        'aadDeviceId',
      ];
      const machine = Object.fromEntries(keys.map((key) => [key, odd]));
      const managedDevice = { osVersion: odd, complianceState: odd, isSupervised: odd, wiFiMacAddress: odd };
      expect(await map({ machine, managedDevice })).toMatchObject({ class_uid: 5001, severity_id: 1 });
    }
  });

  it('leaves the lists as lists that another thread can be sent', async () => {
    const event = await map({ machine: { healthStatus: 'Active' }, managedDevice: { wiFiMacAddress: 'A' } });
    expect(structuredClone(event)).toEqual(event);
    expect(event.enrichments).toEqual([{ name: 'health_status', value: 'Active' }]);
    expect(Object.keys(event.enrichments as unknown[])).toEqual(['0']);
  });
});

interface Event {
  time?: number;
  device?: Record<string, unknown>;
  enrichments?: { name: string }[];
}

/** Notes which outcomes of the rules an event shows. */
function note(event: Event, reached: Set<string>): void {
  const device = event.device ?? {};
  const os = device.os as Record<string, unknown>;
  reached.add(`os ${os.type} ${os.type_id}`);
  reached.add(`type ${device.type} ${device.type_id}`);
  reached.add(`risk ${device.risk_level} ${device.risk_level_id}`);
  reached.add(
    `os name ${os.name === undefined ? 'absent' : String(os.name).includes('(Build') ? 'built' : 'plain'}`,
  );
  const { first_seen_time: first, last_seen_time: last } = device;
  reached.add(`time ${event.time === last ? 'last' : event.time === first ? 'first' : 'now'}`);
  for (const key of ['is_compliant', 'is_managed', 'is_personal']) reached.add(`${key} ${device[key]}`);
  reached.add(`supervised ${device.is_supervised === undefined ? 'absent' : 'there'}`);
  reached.add(`interfaces ${(device.network_interfaces as unknown[] | undefined)?.length ?? 'absent'}`);
  reached.add(`enrichments ${event.enrichments === undefined ? 'absent' : 'there'}`);
  if (event.enrichments?.length === 1) reached.add('enrichments of one');
  for (const { name } of event.enrichments ?? []) reached.add(`enrichment ${name}`);
}

const EVERYTHING = [
  ...[
    'unknown 0',
    'other 99',
    'windows 100',
    'linux 200',
    'macos 300',
    'android 201',
    'ipados 302',
    'ios 301',
  ].map((os) => `os ${os}`),
  ...['Server 1', 'Desktop 2', 'Mobile 5'].map((type) => `type ${type}`),
  ...['Info 0', 'Low 1', 'Medium 2', 'High 3', 'Critical 4', 'Other 99', 'undefined undefined'].map(
    (level) => `risk ${level}`,
  ),
  ...['os name absent', 'os name built', 'os name plain', 'time last', 'time first', 'time now'],
  ...[
    'is_compliant true',
    'is_compliant false',
    'is_compliant undefined',
    'is_managed true',
    'is_managed false',
  ],
  ...[
    'is_personal true',
    'is_personal false',
    'is_personal undefined',
    'supervised absent',
    'supervised there',
  ],
  ...['interfaces absent', 'interfaces 1', 'interfaces 2'],
  ...['enrichments absent', 'enrichments there', 'enrichments of one'],
  ...['azure_ad_device_id', 'health_status', 'exposure_level', 'rbac_group_name'].map(
    (name) => `enrichment ${name}`,
  ),
  ...['user_principal_name', 'management_agent'].map((name) => `enrichment ${name}`),
].sort();
