/** The rules of the documented device mapping in plain TypeScript, written from the rules and not from the mapping. */

type Json = Record<string, unknown>;

/** The event of a machine and the device matched to it, if any. `now` in milliseconds since the epoch. */
export function deviceEvent(machine: Json, managedDevice: unknown, now: number): Json {
  const matched = there(managedDevice) !== undefined;
  const managed = (matched && typeof managedDevice === 'object' ? managedDevice : {}) as Json;
  const first = epochSeconds(machine.firstSeen);
  const last = epochSeconds(machine.lastSeen);
  const platform = there(machine.osPlatform);
  const os = operatingSystem(platform);
  const kind = deviceType(platform, os.type);
  const risk = riskOf(machine.riskScore);
  const equals = (value: unknown, to: string) => (there(value) === undefined ? undefined : value === to);
  return present({
    activity_id: 2,
    activity_name: 'Collect',
    category_name: 'Discovery',
    category_uid: 5,
    class_name: 'Device Inventory Info',
    class_uid: 5001,
    type_name: 'Device Inventory Info: Collect',
    type_uid: 500102,
    severity: 'Informational',
    severity_id: 1,
    time: last ?? first ?? Math.floor(now / 1000),
    metadata: { product: { name: 'Microsoft Defender for Endpoint', version: '1.0' }, version: '1.5.0' },
    device: present({
      type_id: kind[0],
      type: kind[1],
      uid: there(machine.id),
      hostname: there(machine.computerDnsName),
      ip: there(machine.lastIpAddress),
      os: present({
        name: there(managed.osVersion) ?? osName(platform, there(machine.osBuild)),
        type: os.type,
        type_id: os.id,
      }),
      model: there(managed.model),
      vendor_name: there(managed.manufacturer),
      first_seen_time: first,
      last_seen_time: last,
      risk_level: risk?.[0],
      risk_level_id: risk?.[1],
      network_interfaces: listed([
        ['mac', managed.ethernetMacAddress, { name: 'ethernet' }],
        ['mac', managed.wiFiMacAddress, { name: 'wifi' }],
      ]),
      is_compliant: equals(managed.complianceState, 'compliant'),
      is_managed: matched,
      is_personal: equals(managed.managedDeviceOwnerType, 'personal'),
      is_supervised: there(managed.isSupervised),
    }),
    enrichments: enrichments(machine, managed),
  });
}

function enrichments(machine: Json, managed: Json): Json[] | undefined {
  const values: [string, unknown][] = [
    ['azure_ad_device_id', machine.aadDeviceId],
    ['health_status', machine.healthStatus],
    ['exposure_level', machine.exposureLevel],
    ['rbac_group_name', machine.rbacGroupName],
    ['user_principal_name', managed.userPrincipalName],
    ['management_agent', managed.managementAgent],
  ];
  const list = values
    .filter(([, value]) => there(value) !== undefined)
    .map(([name, value]) => ({ name, value }));
  return list.length === 0 ? undefined : list;
}

function there(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function present(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function listed(items: [string, unknown, Json][]): Json[] | undefined {
  const list = items
    .filter(([, value]) => there(value) !== undefined)
    .map(([key, value, rest]) => ({ [key]: value, ...rest }));
  return list.length === 0 ? undefined : list;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function osName(platform: unknown, build: unknown): string | undefined {
  if (platform === undefined) return undefined;
  return build === undefined ? text(platform) : `${text(platform)} (Build ${text(build)})`;
}

const NAMED: [string, number][] = [
  ['windows', 100],
  ['linux', 200],
  ['macos', 300],
  ['android', 201],
  ['ipados', 302],
  ['ios', 301],
];
const LINUXES = 'ubuntu debian centos redhat fedora suse sles oracle alma rocky amazon'.split(' ');

function operatingSystem(platform: unknown): { type: string; id: number } {
  if (platform === undefined) return { type: 'unknown', id: 0 };
  const lower = text(platform).toLowerCase();
  for (const [type, id] of NAMED) if (lower.includes(type)) return { type, id };
  return LINUXES.some((name) => lower.includes(name))
    ? { type: 'linux', id: 200 }
    : { type: 'other', id: 99 };
}

function deviceType(platform: unknown, osType: string): [number, string] {
  if (platform !== undefined && text(platform).toLowerCase().includes('server')) return [1, 'Server'];
  return ['android', 'ipados', 'ios'].includes(osType) ? [5, 'Mobile'] : [2, 'Desktop'];
}

function riskOf(score: unknown): [string, number] | undefined {
  if (there(score) === undefined) return undefined;
  const levels = ['Info', 'Low', 'Medium', 'High', 'Critical'];
  const index = ['informational', 'low', 'medium', 'high', 'critical'].indexOf(text(score).toLowerCase());
  return index < 0 ? ['Other', 99] : [levels[index] ?? '', index];
}

/** RFC 3339 by its fields: each one in its range, days as the calendar has them, whole seconds since 1970. */
export function epochSeconds(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(value);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [offsetHours, offsetMinutes] = [Number(parts[8] ?? 0), Number(parts[9] ?? 0)];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (month < 1 || month > 12 || day < 1 || day > (days[month - 1] ?? 0)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const leapDaysBefore = (y: number) => Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  let count = (year - 1970) * 365 + leapDaysBefore(year - 1) - leapDaysBefore(1969);
  for (let at = 0; at < month - 1; at++) count += days[at] ?? 0;
  const offset = (parts[7] === '-' ? -1 : 1) * (offsetHours * 3600 + offsetMinutes * 60);
  return (count + day - 1) * 86_400 + hour * 3600 + minute * 60 + second - offset;
}
