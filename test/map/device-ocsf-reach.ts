/** Which outcomes of the rules of the OCSF device mapping an event shows, and the list of all of them. */

type Json = Record<string, unknown>;

export interface DeviceEvent extends Json {
  time: number;
  metadata: Json & { profiles?: string[] };
  device: Json & {
    os: Json;
    type: string;
    hw_info?: Json;
    owner?: Json;
    network_interfaces?: { name?: string; mac?: string; ip?: string; type_id: number; type: string }[];
    agent_list?: { type_id: number }[];
  };
  observables?: { name: string; value: string }[];
  enrichments?: { name: string; created_time?: number; data: Json }[];
  unmapped?: { machine?: Json; managedDevice?: Json };
}

export function noteReached(event: DeviceEvent, reached: Set<string>): void {
  const { device, metadata, unmapped } = event;
  reached.add(`os ${device.os.type_id}`);
  reached.add(`kind ${device.type}`);
  reached.add(`risk ${device.risk_level_id}`);
  reached.add(`cpu ${device.hw_info?.cpu_architecture_id}`);
  reached.add(`bits ${device.hw_info?.cpu_bits}`);
  reached.add(`memory ${device.hw_info?.ram_size}`);
  for (const { type_id, mac, ip } of device.network_interfaces ?? [])
    reached.add(`interface ${type_id}${mac ? ' mac' : ''}${ip ? ' ip' : ''}`);
  const { first_seen_time: first, last_seen_time: last } = device;
  reached.add(`time ${event.time === last ? 'last' : event.time === first ? 'first' : 'now'}`);
  for (const key of ['is_compliant', 'is_managed', 'is_personal', 'is_supervised'])
    reached.add(`${key} ${device[key]}`);
  reached.add(`owner${device.owner ? ' there' : ''}${device.owner?.email_addr ? ' email' : ''}`);
  for (const { type_id } of device.agent_list ?? []) reached.add(`agent ${type_id}`);
  for (const { name } of event.observables ?? []) reached.add(`observable ${name}`);
  for (const { name, created_time } of event.enrichments ?? [])
    reached.add(`enrichment ${name}${created_time === undefined ? '' : ' created'}`);
  reached.add(`profiles ${metadata.profiles}`);
  for (const key of Object.keys(unmapped?.machine ?? {})) reached.add(`machine.${key}`);
  for (const key of Object.keys(unmapped?.managedDevice ?? {})) reached.add(`managedDevice.${key}`);
}

const each = (prefix: string, ...values: unknown[]) => values.map((value) => `${prefix}${value}`);

/** Sorted. */
export const everything: readonly string[] = [
  ...each('os ', 0, 99, 100, 200, 201, 300, 301, 302),
  ...each('kind ', 'Unknown', 'Server', 'Desktop', 'Laptop', 'Tablet', 'Mobile', 'Virtual'),
  ...each('risk ', undefined, 0, 1, 2, 3, 4, 99),
  ...each('cpu ', undefined, 1, 2, 3, 99),
  ...each('bits ', undefined, 32, 64),
  ...each('memory ', undefined, 32768),
  ...[0, 1, 2, 3, 4, 99].flatMap((type) => each(`interface ${type}`, ' mac', ' ip', ' mac ip')),
  ...each('time ', 'last', 'first', 'now'),
  ...['is_compliant', 'is_personal', 'is_supervised'].flatMap((key) =>
    each(`${key} `, undefined, true, false),
  ),
  ...each('is_managed ', undefined, true),
  ...each('owner', '', ' there', ' there email'),
  ...each('agent ', 1, 7),
  ...each('observable device.', 'hostname', 'ip', 'hw_info.serial_number', 'owner.name', 'owner.email_addr'),
  ...each('observable device.network_interfaces.', 'ip', 'mac'),
  ...each('enrichment device.', 'uid', 'uid_alt', 'uid_alt created'),
  ...each('profiles ', undefined, 'cloud'),
  ...each('machine.', 'lastIpAddress', 'lastExternalIpAddress', 'ipAddresses', 'version', 'machineTags'),
  ...each('machine.', 'isAadJoined', 'isExcluded', 'exclusionReason', 'isPotentialDuplication'),
  ...each('machine.', 'mergedIntoMachineId', 'vmResourceId', 'vmSubscriptionId'),
  ...each('managedDevice.', 'managedDeviceName', 'deviceCategoryDisplayName', 'notes', 'phoneNumber'),
  ...each('managedDevice.', 'subscriberCarrier', 'androidSecurityPatchLevel', 'totalStorageSpaceInBytes'),
  ...each('managedDevice.', 'freeStorageSpaceInBytes', 'requireUserEnrollmentApproval', 'easActivated'),
  ...each('managedDevice.', 'easDeviceId', 'easActivationDateTime', 'exchangeAccessState'),
  ...each('managedDevice.', 'exchangeAccessStateReason', 'exchangeLastSuccessfulSyncDateTime'),
  ...each('managedDevice.', 'configurationManagerClientEnabledFeatures', 'deviceHealthAttestationState'),
  'managedDevice.deviceActionResults',
].sort();
