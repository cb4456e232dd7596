/** Random machines and Intune devices as fast-check arbitraries, with the quirks that the two services are known for. */
import fc from 'fast-check';

type Json = Record<string, unknown>;
const from = (...values: unknown[]) => fc.constantFrom(...values);
/** One of the values, or what the services give for nothing. */
const maybe = (...values: unknown[]) =>
  fc.oneof({ weight: 4, arbitrary: from(...values) }, from(null, '', undefined));

const timestamp = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2026, 10, 22) }),
        from('', '.5', '.20591', '.052313', '.7791856', '.9999999'),
        from('Z', 'Z', 'Z', '-08:00', '+05:30'),
      )
      .map(([ms, fraction, zone]) => `${new Date(ms).toISOString().slice(0, 19)}${fraction}${zone}`),
  },
  from('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '9999-12-31T23:59:59.9999999Z'),
  from(null, '', undefined, '2023-02-29T00:00:00Z', '1970-01-01T00:00:00Z', '2026-11-20', 'never'),
);
const mac = fc.oneof(
  from('02005E10AB01', '02005e10ab01', '02:00:5E:10:AB:02', '02-00-5E-10-AB-03', '02005E10AB04'),
  from('000000000000', '00:00:00:00:00:00', null, '', undefined, 'Wi Fi Mac Address value', '02005E'),
);
const ip = fc.oneof(
  from(
    '10.20.14.61',
    '10.20.14.62',
    '172.17.0.1',
    '169.254.3.4',
    'fe80::1c2d:3e4f:5a6b:7c81',
    'fd00:10:8::1',
  ),
  from('127.0.0.1', '::1', '', null, undefined, '172.17.230', '1234567', '1::2::3', '256.1.1.1'),
);
const address = fc.record(
  {
    ipAddress: ip,
    macAddress: mac,
    type: from(
      ...['Ethernet', 'Wireless80211', 'Tunnel', 'Wwanpp', 'Ppp', 'Other', 'SoftwareLoopback', null],
    ),
    operationalStatus: from('Up', 'Down'),
  },
  { requiredKeys: [] },
);
const guid = '0d6c8a61-2f0b-4e7e-9d63-5a7f3c1b2e90';
const nobody = '00000000-0000-0000-0000-000000000000';
const word = maybe('Known', 'Unknown', 'Büro Köln', 'x"y\\z\n');
const flag = from(true, false, null, undefined);
const optional = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  fc.record(shape, { requiredKeys: [] });

const machine = fc
  .record({
    id: fc.constantFrom(
      '3f1c0a9be27d4f6c8a5d9e0b7c6a1f2e4d3c5b6a',
      'a90b6c2d1e3f40518293a4b5c6d7e8f901234567',
    ),
  })
  .chain((id) =>
    optional({
      computerDnsName: maybe('fin-lt-0142.corp.example.com', 'WEB-07', 'printer.', '.odd', 'a.b.c.'),
      firstSeen: timestamp,
      lastSeen: timestamp,
      osPlatform: maybe(
        ...[
          'Windows10',
          'Windows11',
          'WindowsServer2012R2',
          'Ubuntu',
          'RedHatEnterpriseLinux',
          'SLES',
          'macOS',
        ],
        ...['iOS', 'iPadOS', 'Android', 'FreeBSD', 'Other', 'windows10WVD', 'constructor'],
      ),
      osVersion: maybe('10.0.26100.6093'),
      osProcessor: maybe('x64', 'x86', 'arm64', 'ARM', 'riscv64', 'mips64'),
      osArchitecture: maybe('64-bit', '32-bit', 'ARM64', 'other'),
      version: maybe('24H2', '9.5', 'Other'),
      osBuild: maybe(26100, 0, '18209'),
      lastIpAddress: ip,
      lastExternalIpAddress: maybe('203.0.113.44'),
      agentVersion: maybe('10.8790.26100.5608'),
      healthStatus: maybe('Active', 'NoSensorDataImpairedCommunication'),
      deviceValue: maybe('Normal', 'High'),
      rbacGroupId: maybe(0, '0', 140, '140'),
      rbacGroupName: maybe('The-A-Team', 'VIP & board'),
      riskScore: maybe(
        'None',
        'Informational',
        'Low',
        'Medium',
        'High',
        'Critical',
        'Unheard-of',
        '__proto__',
      ),
      exposureLevel: maybe('None', 'High'),
      isAadJoined: flag,
      isExcluded: flag,
      exclusionReason: word,
      isPotentialDuplication: flag,
      mergedIntoMachineId: maybe('3f1c0a9be27d4f6c8a5d9e0b7c6a1f2e4d3c5b00'),
      aadDeviceId: maybe(guid, guid.toUpperCase(), nobody),
      machineTags: from(null, [], ['finance'], ['finance', 'vip'], ['', null], undefined),
      defenderAvStatus: maybe('Updated'),
      onboardingStatus: maybe('Onboarded', 'onboarded', 'CanBeOnboarded', 'Unsupported'),
      managedBy: maybe('Intune', 'MicrosoftDefenderForEndpoint', 'Unknown'),
      managedByStatus: maybe('Success', 'Unknown'),
      ipAddresses: fc.oneof(
        from(null, undefined),
        fc.array(fc.oneof({ weight: 9, arbitrary: address }, from(null)), { maxLength: 6 }),
      ),
      vmMetadata: fc.oneof(
        from(null, undefined, {}),
        optional({
          vmId: maybe('6f0e2c1a-9a3d-4f50-8f1b-0d6f4f0c7a11'),
          cloudProvider: maybe('Azure', 'azure', 'Unknown', 'Gcp'),
          resourceId: maybe('/subscriptions/1/resourceGroups/rg'),
          subscriptionId: maybe('11111111-2222-4333-8444-555555555555'),
        }),
      ),
    }).map((rest): Json => ({ ...id, ...rest })),
  );

const managedDevice = optional({
  id: maybe('b1a6f6f0-7f0e-4c44-9f9a-0d0c2d3e4f50'),
  userId: maybe('5d2c0a7e-6a3b-4c41-8f22-9b7b1c0d2e3f'),
  userPrincipalName: maybe('ana@example.com', 'Jörg.Meyer@example.com', 'CORP\\ana', 'odd@'),
  emailAddress: maybe('ana@example.com', 'a@b', 'not an address'),
  userDisplayName: maybe('Ana Example'),
  deviceName: maybe('FIN-LT-0142', 'Jörg’s iPhone'),
  operatingSystem: maybe('Windows', 'iPadOS', 'Operating System value'),
  osVersion: maybe('10.0.26100.6093', '18.1'),
  model: maybe(
    'Latitude 7450',
    'HP EliteBook 840',
    'MacBook Air',
    'Virtual Machine',
    'iPad Air',
    'iPhone 15',
    'Galaxy Tab S9',
  ),
  manufacturer: maybe('Dell Inc.'),
  serialNumber: maybe('7XK2P04', '0'),
  imei: maybe('350000000000007'),
  meid: maybe('35000000000000'),
  iccid: maybe('8900000000000000007'),
  udid: maybe('00008110-000000000000007E'),
  wiFiMacAddress: mac,
  ethernetMacAddress: mac,
  physicalMemoryInBytes: from(0, 8, 34359738368, null, undefined),
  complianceState: maybe(
    'compliant',
    'noncompliant',
    'conflict',
    'error',
    'inGracePeriod',
    'unknown',
    'configManager',
  ),
  complianceGracePeriodExpirationDateTime: timestamp,
  managedDeviceOwnerType: maybe('company', 'personal', 'unknown'),
  managementAgent: maybe('mdm', 'msSense', 'jamf', 'intuneAosp'),
  managementState: maybe('managed', 'wipePending'),
  managementCertificateExpirationDate: timestamp,
  isSupervised: flag,
  isEncrypted: flag,
  jailBroken: maybe('Unknown', 'False'),
  azureADDeviceId: maybe(guid, nobody),
  azureADRegistered: flag,
  deviceEnrollmentType: word,
  deviceRegistrationState: word,
  enrolledDateTime: timestamp,
  enrollmentProfileName: word,
  lastSyncDateTime: timestamp,
  partnerReportedThreatState: word,
  managedDeviceName: word,
  deviceCategoryDisplayName: word,
  notes: word,
  phoneNumber: word,
  subscriberCarrier: word,
  androidSecurityPatchLevel: maybe('2026-10-01'),
  totalStorageSpaceInBytes: from(0, 510770802688, null),
  freeStorageSpaceInBytes: from(0, 310705508352, null),
  requireUserEnrollmentApproval: flag,
  easActivated: flag,
  easDeviceId: word,
  easActivationDateTime: timestamp,
  exchangeAccessState: word,
  exchangeAccessStateReason: word,
  exchangeLastSuccessfulSyncDateTime: timestamp,
  activationLockBypassCode: word,
  configurationManagerClientEnabledFeatures: from(null, { inventory: true, modernApps: false }),
  deviceHealthAttestationState: from(
    null,
    {},
    { contentVersion: '1.0', pcr0: '', issuedDateTime: '0001-01-01T00:00:00Z', resetCount: 0 },
  ),
  deviceActionResults: from(
    null,
    [],
    [{}],
    [{ actionName: 'scan', actionState: '', startDateTime: '9999-12-31T23:59:59Z' }, { actionName: 'wipe' }],
  ),
});

/** A machine, which always has an ID, and the device matched to it, if there is one. */
export const devicePair: fc.Arbitrary<[Json, unknown]> = fc.tuple(
  machine,
  fc.oneof({ weight: 5, arbitrary: managedDevice }, from(undefined, null, '', {})),
);
