/** Inputs of the device mapping as the bench needs them: machines of about 1 kB, or ten times that, nine of ten managed. */

export type Json = Record<string, unknown>;

const HEX_STEP = 0x9e3779b97f4a7c15n;
const DAY_ONE = Date.UTC(2025, 0, 1);
const PLATFORMS = ['Windows10', 'Windows11', 'WindowsServer2019', 'Ubuntu', 'macOS', 'iOS'];

/** The same index gives the same record. @param isLarge with lists and texts that the mapping does not read */
export function deviceRecord(index: number, isLarge = false): Json {
  const machine: Json = {
    id: hex(index, 40),
    mergedIntoMachineId: null,
    isPotentialDuplication: false,
    computerDnsName: `fin-lt-${index}.corp.example.com`,
    firstSeen: instant(index),
    lastSeen: instant(index + 50_000),
    osPlatform: pick(PLATFORMS, index),
    osVersion: null,
    osProcessor: 'x64',
    version: '22H2',
    lastIpAddress: `10.20.${index % 250}.${index % 199}`,
    lastExternalIpAddress: `203.0.113.${index % 250}`,
    agentVersion: '10.8750.22621.1',
    osBuild: 22621,
    healthStatus: pick(['Active', 'Inactive'], index),
    deviceValue: 'Normal',
    rbacGroupId: 140 + (index % 9),
    rbacGroupName: pick(['Workstations', 'Servers'], index),
    riskScore: pick(['None', 'Low', 'Medium', 'High'], index),
    exposureLevel: pick(['Low', 'Medium', 'High'], index),
    isAadJoined: true,
    aadDeviceId: `${hex(index, 8)}-2f0b-4e7e-9d63-5a7f3c1b2e90`,
    machineTags: ['finance'],
    onboardingStatus: 'Onboarded',
  };
  if (isLarge) {
    machine.ipAddresses = Array.from({ length: 60 }, (_, at) => ({
      ipAddress: `10.${at}.${index % 250}.7`,
      macAddress: hex(index + at, 12).toUpperCase(),
      type: 'Ethernet',
      operationalStatus: 'Up',
    }));
    machine.notes = 'Handed over to the branch office. '.repeat(80);
  }
  return index % 10 === 9 ? { machine } : { machine, managedDevice: managedDevice(index) };
}

function managedDevice(index: number): Json {
  return {
    id: `${hex(index * 7, 8)}-aaaa-4e7e-9d63-5a7f3c1b2e90`,
    deviceName: `FIN-LT-${index}`,
    managedDeviceOwnerType: pick(['company', 'personal'], index),
    osVersion: '10.0.22621.3007',
    complianceState: pick(['compliant', 'noncompliant'], index),
    managementAgent: 'mdm',
    model: 'Latitude 5440',
    manufacturer: 'Dell Inc.',
    ethernetMacAddress: null,
    wiFiMacAddress: hex(index, 12),
    isSupervised: false,
    userPrincipalName: `user${index}@example.com`,
    azureADDeviceId: `${hex(index, 8)}-2f0b-4e7e-9d63-5a7f3c1b2e90`,
  };
}

function hex(index: number, length: number): string {
  const number = BigInt(index + 1) * HEX_STEP * HEX_STEP;
  return number.toString(16).padStart(40, '0').slice(0, length);
}

function instant(index: number): string {
  return new Date(DAY_ONE + index * 61_000).toISOString().replace('Z', `${1000 + (index % 9000)}Z`);
}

function pick(values: readonly string[], index: number): string {
  return values[index % values.length] as string;
}
