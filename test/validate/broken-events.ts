/** Ways of breaking the good events: each a change to one of them, and the violation that must come of it. */
import type { Step, ViolationCode } from '../../engine/validate/violation.ts';

export interface Breakage {
  title: string;
  className: string;
  /** Set to this, or deleted where `to` is absent. */
  at: Step[];
  to?: unknown;
  code: ViolationCode;
  /** Where the violation is expected, if not at `at`. */
  path?: Step[];
}

const device = (title: string, at: string, code: ViolationCode, rest: Partial<Breakage> = {}): Breakage => ({
  title,
  className: 'inventory_info',
  at: steps(at),
  code,
  ...rest,
});
const other = (
  className: string,
  title: string,
  at: string,
  code: ViolationCode,
  rest: Partial<Breakage> = {},
): Breakage => ({ ...device(title, at, code, rest), className });

/** `a.b.0.c` as steps. */
export function steps(path: string): Step[] {
  return path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

export const breakages: Breakage[] = [
  device('an unknown class', 'class_uid', 'ocsf-class', { to: 5999 }),
  device('a class_uid in quotes', 'class_uid', 'ocsf-type', { to: '5001' }),
  device('no class_uid', 'class_uid', 'ocsf-required'),
  device('a class_uid that is null', 'class_uid', 'ocsf-null', { to: null }),
  device('no time', 'time', 'ocsf-required'),
  device('no metadata', 'metadata', 'ocsf-required'),
  device('no version', 'metadata.version', 'ocsf-required'),
  device('no severity_id', 'severity_id', 'ocsf-required'),
  device('no activity_id', 'activity_id', 'ocsf-required'),
  device('no device type', 'device.type_id', 'ocsf-required'),
  device('no name of the operating system', 'device.os.name', 'ocsf-required'),
  device('no type of an interface', 'device.network_interfaces.1.type_id', 'ocsf-required'),
  device('an enrichment without data', 'enrichments.0.data', 'ocsf-required'),
  device('an unknown attribute', 'devise', 'ocsf-unknown', { to: 1 }),
  device('an unknown attribute in an object', 'device.os.flavour', 'ocsf-unknown', { to: 'x' }),
  device('an unknown attribute in an array', 'device.network_interfaces.0.speed', 'ocsf-unknown', { to: 1 }),
  device('an attribute with the wrong case', 'device.Hostname', 'ocsf-unknown', { to: 'x' }),
  device('a name from the prototype', 'constructor', 'ocsf-unknown', { to: 'x' }),
  device('an attribute of a profile not listed', 'cloud', 'ocsf-profile-attribute', {
    to: { provider: 'x' },
  }),
  device('a nested one', 'device.container', 'ocsf-profile-attribute', { to: { name: 'x' } }),
  device('a date beside a time', 'time_dt', 'ocsf-profile-attribute', { to: '2024-12-01T10:00:00Z' }),
  other('user_inventory', 'a device without the profile host', 'device', 'ocsf-profile-attribute', {
    to: { type_id: 0, uid: 'd' },
  }),
  device('an unknown profile', 'metadata.profiles', 'ocsf-profile', {
    to: ['clod'],
    path: ['metadata', 'profiles', 0],
  }),
  device('a profile without what it requires', 'metadata.profiles', 'ocsf-required', {
    to: ['cloud'],
    path: ['cloud'],
  }),
  device('another version', 'metadata.version', 'ocsf-version', { to: '1.4.0' }),
  device('a later version', 'metadata.version', 'ocsf-version', { to: '1.6.0-dev' }),
  device('a time in quotes', 'time', 'ocsf-type', { to: '1733047200000' }),
  device('a time with a fraction', 'time', 'ocsf-type', { to: 1733047200000.5 }),
  device('a time in seconds', 'time', 'ocsf-time-unit', { to: 1733047200 }),
  device('a nested time in seconds', 'device.first_seen_time', 'ocsf-time-unit', { to: 1533221703 }),
  device('a time in microseconds', 'time', 'ocsf-time-unit', { to: 1733047200000000 }),
  device('a boolean in quotes', 'device.is_managed', 'ocsf-type', { to: 'true' }),
  device('a boolean as a number', 'device.is_managed', 'ocsf-type', { to: 1 }),
  device('a number for a string', 'device.os.build', 'ocsf-type', { to: 22631 }),
  device('an array for a string', 'device.hostname', 'ocsf-type', { to: ['x'] }),
  device('an object for a string', 'device.model', 'ocsf-type', { to: { name: 'x' } }),
  device('a string for an object', 'device.os', 'ocsf-type', { to: 'Windows' }),
  device('an array for an object', 'device.owner', 'ocsf-type', { to: [{ name: 'jo' }] }),
  device('an object for an array', 'device.groups', 'ocsf-type', { to: { name: 'x' } }),
  device('a scalar in an array of objects', 'device.groups.0', 'ocsf-type', { to: 'The A Team' }),
  device('a string for unmapped', 'unmapped', 'ocsf-type', { to: 'x' }),
  device('an integer beyond 64 bits', 'count', 'ocsf-range', { to: 2 ** 63 }),
  device('a number that is not finite', 'device.location.lat', 'ocsf-type', { to: Number.NaN }),
  device('a null', 'device.model', 'ocsf-null', { to: null }),
  device('a null where one is required', 'device.type_id', 'ocsf-null', { to: null }),
  device('a null in an array', 'device.groups.0', 'ocsf-null', { to: null }),
  device('a null for JSON', 'enrichments.0.data', 'ocsf-null', { to: null }),
  device('a null deep down', 'device.owner.name', 'ocsf-null', { to: null }),
  device('an address that is none', 'device.ip', 'ocsf-format', { to: 'localhost' }),
  device('an address too long', 'device.ip', 'ocsf-length', { to: `2001:db8::1%${'x'.repeat(40)}` }),
  device('a MAC without separators', 'device.network_interfaces.0.mac', 'ocsf-format', {
    to: 'AABBCCDDEEFF',
  }),
  device('an e-mail address that is none', 'device.owner.email_addr', 'ocsf-format', { to: 'a@b' }),
  other('authentication', 'a UUID that is none', 'session.uuid', 'ocsf-format', { to: '123' }),
  other('authentication', 'a port beyond its range', 'src_endpoint.port', 'ocsf-range', { to: 65536 }),
  other('authentication', 'a port below its range', 'src_endpoint.port', 'ocsf-range', { to: -1 }),
  other(
    'detection_finding',
    'a hash that is none',
    'evidences.0.process.file.hashes.0.value',
    'ocsf-format',
    {
      to: 'xyz',
    },
  ),
  device('a value outside its enum', 'device.type_id', 'ocsf-enum', { to: 16 }),
  device('a severity outside its enum', 'severity_id', 'ocsf-enum', { to: 7 }),
  device('an enum value in quotes', 'device.os.type_id', 'ocsf-type', { to: '100' }),
  other(
    'vulnerability_finding',
    'a text outside its enum',
    'vulnerabilities.0.cve.cvss.0.depth',
    'ocsf-enum',
    {
      to: 'base',
    },
  ),
  other(
    'detection_finding',
    'a value outside the enum of an array',
    'malware.0.classification_ids.0',
    'ocsf-enum',
    {
      to: 1000,
    },
  ),
  device('a caption in lower case', 'device.os.type', 'ocsf-caption', { to: 'windows' }),
  device('the caption of another value', 'severity', 'ocsf-caption', { to: 'Low' }),
  device('another class_name', 'class_name', 'ocsf-caption', { to: 'inventory_info' }),
  device('another category_name', 'category_name', 'ocsf-caption', { to: 'Findings' }),
  device('another type_name', 'type_name', 'ocsf-caption', { to: 'Device Inventory Info: Log' }),
  device('another activity_name', 'activity_name', 'ocsf-caption', { to: 'Log' }),
  other('detection_finding', 'a caption in an array', 'malware.0.classifications.0', 'ocsf-caption', {
    to: 'trojan',
  }),
  other('detection_finding', 'too few captions in an array', 'malware.0.classifications', 'ocsf-caption', {
    to: ['Trojan', 'Coin miner'],
    path: ['malware', 0, 'classifications', 2],
  }),
  device('another category', 'category_uid', 'ocsf-enum', { to: 2 }),
  device('a type_uid of another activity', 'type_uid', 'ocsf-type-uid', { to: 500101 }),
  device('a type_uid of another class', 'type_uid', 'ocsf-enum', { to: 200402 }),
  device('a type_uid left behind', 'activity_id', 'ocsf-type-uid', { to: 1, path: ['type_uid'] }),
  device('a device by no name', 'device', 'ocsf-constraint', { to: { type_id: 0 } }),
  device('a product by no name', 'metadata.product', 'ocsf-constraint', { to: { version: '1' } }),
  other('incident_finding', 'an incident assigned to none', 'assignee_group', 'ocsf-constraint', {
    path: [],
  }),
  other('authentication', 'neither service nor endpoint', 'service', 'ocsf-constraint', { path: [] }),
  other('detection_finding', 'evidence of resources only', 'evidences.1', 'ocsf-constraint', {
    to: { verdict_id: 4 },
  }),
  other('vulnerability_finding', 'both CVE and CWE', 'vulnerabilities.0.cwe', 'ocsf-constraint', {
    to: { uid: '79' },
    path: ['vulnerabilities', 0],
  }),
  other(
    'vulnerability_finding',
    'neither CVE nor CWE nor advisory',
    'vulnerabilities.0.cve',
    'ocsf-constraint',
    {
      path: ['vulnerabilities', 0],
    },
  ),
  other('vulnerability_finding', 'a score in numbers', 'vulnerabilities.0.cve.epss.score', 'ocsf-type', {
    to: 0.1,
  }),
  other('software_info', 'a package without version', 'sbom.package.version', 'ocsf-required'),
  other('software_info', 'an SBOM without components', 'sbom.software_components', 'ocsf-required'),
  other('compliance_finding', 'a remediation without text', 'remediation.desc', 'ocsf-required'),
  other(
    'detection_finding',
    'malware without classification',
    'malware.0.classification_ids',
    'ocsf-required',
  ),
  device('an observable of no attribute', 'observables.0.name', 'ocsf-observable-name', {
    to: 'device.nope',
  }),
  device('an observable of what the event lacks', 'observables.0.name', 'ocsf-observable-name', {
    to: 'device.mac',
  }),
  device('an observable beyond the end of an array', 'observables.2.name', 'ocsf-observable-name', {
    to: 'device.network_interfaces[2].mac',
  }),
  device('an index on what is no array', 'observables.0.name', 'ocsf-observable-name', {
    to: 'device[0].hostname',
  }),
  device('an observable of a profile not listed', 'observables.0.name', 'ocsf-observable-name', {
    to: 'cloud',
  }),
  device('an observable in free content', 'observables.0.name', 'ocsf-observable-name', {
    to: 'unmapped.machine',
  }),
  device('an observable by a broken path', 'observables.0.name', 'ocsf-observable-name', {
    to: 'device..ip',
  }),
  device('an observable of the wrong type', 'observables.1.type_id', 'ocsf-observable-type', { to: 1 }),
  device('an observable type that does not exist', 'observables.1.type_id', 'ocsf-enum', { to: 1000 }),
  device('an observable without type_id', 'observables.1.type_id', 'ocsf-required'),
  device('the caption of another observable', 'observables.1.type', 'ocsf-caption', { to: 'Hostname' }),
];
