/** The documented device mapping as one would write it by hand for speed: what compiled mappings are measured against. */
import type { Json } from './device-records.ts';

const DAY =
  /^(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))|(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)T/;
const TIME = /^.{10}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const LINUX = /ubuntu|debian|centos|redhat|fedora|suse|sles|oracle|alma|rocky|amazon/;

export function handWritten(input: Json, now: number): Json {
  const machine = input.machine as Json;
  const managed = (input.managedDevice ?? {}) as Json;
  const first = seconds(machine.firstSeen);
  const last = seconds(machine.lastSeen);
  const platform = text(machine.osPlatform);
  const lower = platform?.toLowerCase();
  const [osType, osId] = osOf(lower);
  const isServer = lower?.includes('server') === true;
  const isMobile = osId === 201 || osId === 301 || osId === 302;
  const risk = riskOf(text(machine.riskScore)?.toLowerCase());
  const build = there(machine.osBuild);
  const name =
    there(managed.osVersion) ??
    (platform && (build === undefined ? platform : `${platform} (Build ${build})`));
  const compliance = there(managed.complianceState);
  const owner = there(managed.managedDeviceOwnerType);
  const device: Json = {
    type_id: isServer ? 1 : isMobile ? 5 : 2,
    type: isServer ? 'Server' : isMobile ? 'Mobile' : 'Desktop',
  };
  put(device, 'uid', there(machine.id));
  put(device, 'hostname', there(machine.computerDnsName));
  put(device, 'ip', there(machine.lastIpAddress));
  device.os = name === undefined ? { type: osType, type_id: osId } : { name, type: osType, type_id: osId };
  put(device, 'model', there(managed.model));
  put(device, 'vendor_name', there(managed.manufacturer));
  put(device, 'first_seen_time', first);
  put(device, 'last_seen_time', last);
  put(device, 'risk_level', risk?.[0]);
  put(device, 'risk_level_id', risk?.[1]);
  const interfaces: Json[] = [];
  const ethernet = there(managed.ethernetMacAddress);
  const wifi = there(managed.wiFiMacAddress);
  if (ethernet !== undefined) interfaces.push({ mac: ethernet, name: 'ethernet' });
  if (wifi !== undefined) interfaces.push({ mac: wifi, name: 'wifi' });
  if (interfaces.length > 0) device.network_interfaces = interfaces;
  if (compliance !== undefined) device.is_compliant = compliance === 'compliant';
  device.is_managed = there(input.managedDevice) !== undefined;
  if (owner !== undefined) device.is_personal = owner === 'personal';
  put(device, 'is_supervised', there(managed.isSupervised));
  const enrichments: Json[] = [];
  enrich(enrichments, 'azure_ad_device_id', machine.aadDeviceId);
  enrich(enrichments, 'health_status', machine.healthStatus);
  enrich(enrichments, 'exposure_level', machine.exposureLevel);
  enrich(enrichments, 'rbac_group_name', machine.rbacGroupName);
  enrich(enrichments, 'user_principal_name', managed.userPrincipalName);
  enrich(enrichments, 'management_agent', managed.managementAgent);
  const event: Json = {
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
    device,
  };
  if (enrichments.length > 0) event.enrichments = enrichments;
  return event;
}

function there(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function text(value: unknown): string | undefined {
  const found = there(value);
  return found === undefined ? undefined : typeof found === 'string' ? found : JSON.stringify(found);
}

function put(object: Json, name: string, value: unknown): void {
  if (value !== undefined) object[name] = value;
}

function enrich(list: Json[], name: string, value: unknown): void {
  if (there(value) !== undefined) list.push({ name, value });
}

function seconds(value: unknown): number | undefined {
  if (typeof value !== 'string' || !DAY.test(value) || !TIME.test(value)) return undefined;
  return Math.floor(Date.parse(value) / 1000);
}

function osOf(lower: string | undefined): [string, number] {
  if (lower === undefined) return ['unknown', 0];
  if (lower.includes('windows')) return ['windows', 100];
  if (lower.includes('linux')) return ['linux', 200];
  if (lower.includes('macos')) return ['macos', 300];
  if (lower.includes('android')) return ['android', 201];
  if (lower.includes('ipados')) return ['ipados', 302];
  if (lower.includes('ios')) return ['ios', 301];
  return LINUX.test(lower) ? ['linux', 200] : ['other', 99];
}

function riskOf(lower: string | undefined): [string, number] | undefined {
  switch (lower) {
    case undefined:
      return undefined;
    case 'informational':
      return ['Info', 0];
    case 'low':
      return ['Low', 1];
    case 'medium':
      return ['Medium', 2];
    case 'high':
      return ['High', 3];
    case 'critical':
      return ['Critical', 4];
    default:
      return ['Other', 99];
  }
}
