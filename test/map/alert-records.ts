/** Random alerts of both services as fast-check arbitraries, with pieces of evidence of every kind and the usual quirks. */
import fc from 'fast-check';

export type Json = Record<string, unknown>;

const from = (...values: unknown[]) => fc.constantFrom(...values);
/** One of the values, or what the services give for nothing. */
const maybe = (...values: unknown[]) =>
  fc.oneof({ weight: 3, arbitrary: from(...values) }, from(null, '', undefined));
const some = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  fc.record(shape, { requiredKeys: [] });
const list = (item: fc.Arbitrary<unknown>, maxLength = 4) =>
  fc.oneof({ weight: 6, arbitrary: fc.array(item, { maxLength }) }, from(null, undefined));

const time = maybe(
  ...['2026-11-18T09:14:31Z', '2026-11-18T09:14:31.5Z', '2026-11-18T09:11:02.1180231Z'],
  ...['2026-11-18T11:14:33.1+02:00', '0001-01-01T00:00:00Z', '2026-02-29T00:00:00Z', 'never'],
);
const guid = maybe('0d6c8a61-2f0b-4e7e-9d63-5a7f3c1b2e90', '00000000-0000-0000-0000-000000000000');
const sid = maybe('S-1-5-18', 'S-1-5-21-1-2-3-500', 'S-1-5-21-1-2-3-1104');
const sha1 = maybe('a3'.repeat(20), 'A3'.repeat(20), 'zz');
const sha256 = maybe('b4'.repeat(32), 'b4');
const ip = maybe('203.0.113.9', '2001:db8::7', '127.0.0.1', '300.1.1.1', 'localhost');
const url = maybe('https://a.example.org:8443/x?y=1#z', 'a.example.org', 'mailto:x', 'http://[::1]:99999/');
const name = maybe('a.exe', '.profile', 'archive.tar.gz', 'no-ending');
const folder = maybe('C:\\Windows', 'C:\\', '/usr/bin', '/tmp/', 'C:\\Windows\\a.exe');
const pid = maybe(4, 7312, '20817', 'none', -1, 1.5);
const upn = maybe('m.ferro@corp.example.com', 'ext_user#EXT#');
const hive = maybe('HKEY_LOCAL_MACHINE');
const key = maybe('SOFTWARE\\A', 'HKEY_LOCAL_MACHINE\\SOFTWARE\\A');
const kindOfValue = maybe('String', 'DWord', 'REG_BINARY', 'Quantum');
const machineId = maybe(
  '3f1c0a9be27d4f6c8a5d9e0b7c6a1f2e4d3c5b6a',
  '9b2e4f60718293a4b5c6d7e8f90a1b2c3d4e5f60',
);
const techniques = fc.oneof(
  list(maybe('T1059.001', 'T1105', 'TA0001', 't1003')),
  from('T1003.001, T1059', 'T1003'),
);
const categories = ['Execution', 'DefenseEvasion', 'CommandAndControl', 'Malware', 'Ransomware'];

const evidence = some({
  entityType: maybe(
    ...['User', 'Process', 'File', 'Ip', 'Url', 'RegistryKey', 'RegistryValue', 'PROCESS', 'CloudGadget'],
  ),
  evidenceCreationTime: time,
  ...{ sha1, sha256, fileName: name, filePath: folder, processId: pid, parentProcessId: pid },
  ...{ processCommandLine: maybe('a.exe -x'), processCreationTime: time, parentProcessCreationTime: time },
  ...{ parentProcessFileName: name, parentProcessFilePath: folder, ipAddress: ip, url },
  ...{ registryKey: key, registryHive: hive, registryValueType: kindOfValue },
  ...{ registryValue: maybe('1', 0, false), registryValueName: maybe('Updater') },
  ...{ accountName: maybe('m.ferro', 'SYSTEM'), domainName: maybe('CORP'), userSid: sid, aadUserId: guid },
  ...{ userPrincipalName: upn, detectionStatus: maybe('Detected', 'Blocked', 'prevented') },
});

const comment = some({
  comment: maybe('Looked at it'),
  createdBy: maybe('soc@corp.example.com'),
  createdByDisplayName: maybe('B. Lund'),
  ...{ createdTime: time, createTime: time, createdDateTime: time },
});

const inBoth = {
  id: fc.constantFrom<unknown>('da638990000000000001_-1', 'x', 638990000000000),
  incidentId: maybe('48213', 48213),
  severity: maybe('UnSpecified', 'Informational', 'low', 'Medium', 'HIGH', 'Critical', 'SEVERE'),
  status: maybe('Unknown', 'New', 'inProgress', 'RESOLVED', 'reopened'),
  classification: maybe('TruePositive', 'falsePositive', 'InformationalExpectedActivity', 'unknown', 'odd'),
  determination: maybe(
    'Malware',
    'UnwantedSoftware',
    'SecurityTesting',
    'InsufficientData',
    'MultiStagedAttack',
  ),
  investigationState: maybe(
    'Running',
    'SuccessfullyRemediated',
    'benign',
    'Failed',
    'PartiallyRemediated',
    'odd',
  ),
  detectorId: guid,
  category: maybe(...categories),
  threatFamilyName: maybe('Mirai'),
  title: maybe('A title'),
  description: maybe('Two\nlines'),
  assignedTo: maybe('soc@corp.example.com', 'Automation'),
  mitreTechniques: techniques,
  comments: list(fc.oneof(comment, from(null, 'text'))),
};

const defenderAlert: fc.Arbitrary<Json> = fc.record(
  {
    ...inBoth,
    investigationId: maybe(12, '12'),
    detectionSource: maybe('WindowsDefenderAtp', 'WindowsDefenderAv', 'CustomDetection', 'New'),
    ...{ alertCreationTime: time, lastUpdateTime: time, firstEventTime: time, lastEventTime: time },
    ...{ resolvedTime: time, machineId, computerDnsName: maybe('a.corp.example.com', 'kiosk') },
    rbacGroupName: maybe('Finance'),
    aadTenantId: guid,
    threatName: maybe('Trojan:Win32/A', 'HackTool:Win32/B', 'EICAR'),
    relatedUser: fc.oneof(some({ userName: maybe('m.ferro'), domainName: maybe('CORP') }), from(null)),
    loggedOnUsers: list(some({ accountName: maybe('m.ferro'), domainName: maybe('CORP') })),
    evidence: list(fc.oneof({ weight: 8, arbitrary: evidence }, from(null)), 6),
    ...{ domains: list(maybe('a.example.org')), tags: list(maybe('vip')) },
  },
  { requiredKeys: ['id'] },
);

const machine = some({
  id: machineId,
  computerDnsName: maybe('a.corp.example.com'),
  osPlatform: maybe(
    'Windows11',
    'WindowsServer2022',
    'Ubuntu',
    'macOS',
    'iOS',
    'iPadOS',
    'Android',
    'Other',
    'BeOS',
  ),
  ...{ version: maybe('24H2'), osBuild: maybe(26100, '26100'), osArchitecture: maybe('64-bit', '32-bit') },
  ...{ lastIpAddress: ip, lastExternalIpAddress: ip, firstSeen: time, lastSeen: time, aadDeviceId: guid },
  ...{ riskScore: maybe('None', 'Low', 'high', 'odd'), rbacGroupId: maybe(0, 7), rbacGroupName: maybe('A') },
  ...{ onboardingStatus: maybe('Onboarded'), agentVersion: maybe('10.1'), healthStatus: maybe('Active') },
  ...{ exposureLevel: maybe('Low'), machineTags: list(maybe('vip')), managedBy: maybe('Intune', 'Unknown') },
  vmMetadata: fc.oneof(
    some({ vmId: guid, cloudProvider: maybe('Azure', 'Unknown', 'AWS'), subscriptionId: guid }),
    from(null),
  ),
});

/** An input of `alert.jsonata`. */
export const defenderInput: fc.Arbitrary<Json> = fc.record(
  {
    alert: defenderAlert,
    machine: fc.oneof({ weight: 3, arbitrary: machine }, from(null, undefined)),
    change: fc.record({ type: from('create', 'update'), uid: from('u1') }),
    settings: some({ tenant_id: from('t1') }),
  },
  { requiredKeys: ['alert'] },
);

const account = fc.oneof(
  some({
    ...{ accountName: maybe('m.ferro'), domainName: maybe('CORP'), userSid: sid, azureAdUserId: guid },
    ...{ userPrincipalName: upn, displayName: maybe('Marta Ferro'), tenantId: guid },
    resourceAccessEvents: list(some({ ip })),
  }),
  from(null),
);
const file = fc.oneof(
  some({
    ...{ fileName: name, filePath: folder, fileSize: maybe(0, 12, '12', 'big'), md5: maybe('c5'.repeat(16)) },
    ...{ sha1, sha256, sha256Ac: sha256, signer: maybe('S'), issuer: maybe('I'), filePublisher: maybe('P') },
  }),
  from(null),
);
const place = fc.oneof(
  some({ city: maybe('Utrecht'), state: maybe('UT'), latitude: from(52.09), longitude: from(5.12) }),
  from(null),
);
const address = some({ ipAddress: ip, countryLetterCode: maybe('NL', 'nl', 'XXX'), location: place });
const sender = some({ emailAddress: maybe('a@example.org', 'nobody'), displayName: maybe('A') });
const graphKinds = [
  ...[
    'device',
    'user',
    'process',
    'file',
    'ip',
    'url',
    'registryKey',
    'registryValue',
    'mailbox',
    'analyzedMessage',
  ],
  ...['networkConnection', 'dns', 'azureResource', 'quantum'],
].map((kind) => `#microsoft.graph.security.${kind}Evidence`);

const graphEvidence = some({
  '@odata.type': maybe(...graphKinds),
  createdDateTime: time,
  verdict: maybe('unknown', 'suspicious', 'malicious', 'noThreatsFound', 'odd'),
  remediationStatus: maybe('none', 'remediated', 'prevented', 'blocked', 'active', 'unremediated'),
  detectionStatus: maybe('detected', 'blocked'),
  roles: list(maybe('source', 'compromised', 'attacker')),
  detailedRoles: list(maybe('PrimaryDevice', 'Main device')),
  ...{
    tags: list(maybe('vip')),
    mdeDeviceId: machineId,
    azureAdDeviceId: guid,
    deviceDnsName: maybe('a.b.c'),
  },
  ...{
    hostName: maybe('a'),
    dnsDomain: maybe('b.c'),
    osPlatform: maybe('Windows10', 'Linux'),
    osBuild: maybe(1),
  },
  ...{ version: maybe('22H2', 'Other'), riskScore: maybe('none', 'high'), firstSeenDateTime: time },
  ...{
    ipInterfaces: list(ip),
    lastIpAddress: ip,
    loggedOnUsers: list(account),
    onboardingStatus: maybe('onboarded'),
  },
  ...{ rbacGroupId: maybe(0, 7), rbacGroupName: maybe('A'), userAccount: account, stream: from(null) },
  vmMetadata: fc.oneof(some({ vmId: guid, cloudProvider: maybe('azure'), subscriptionId: guid }), from(null)),
  ...{
    processId: pid,
    parentProcessId: pid,
    imageFile: file,
    parentProcessImageFile: file,
    fileDetails: file,
  },
  ...{
    processCommandLine: maybe('a -b'),
    processCreationDateTime: time,
    parentProcessCreationDateTime: time,
  },
  ...{ ipAddress: ip, countryLetterCode: maybe('NL'), location: place, url },
  ...{ registryKey: key, registryHive: hive, registryValueType: kindOfValue, registryValueName: maybe('U') },
  ...{
    registryValue: maybe('1', 0),
    primaryAddress: upn,
    upn,
    displayName: maybe('M'),
    domainName: maybe('d.e'),
  },
  ...{ p1Sender: sender, p2Sender: sender, recipientEmailAddress: upn, subject: maybe('S'), senderIp: ip },
  ...{
    internetMessageId: maybe('<1@a>'),
    networkMessageId: guid,
    sourceAddress: address,
    sourcePort: maybe(1, '2'),
  },
  ...{
    destinationAddress: address,
    destinationPort: maybe(443, 99999),
    resourceId: maybe('/s/1'),
    resourceName: maybe('r'),
  },
});

/** An input of `alert.graph.jsonata`. */
export const graphInput: fc.Arbitrary<Json> = fc.record(
  {
    alert: fc.record(
      {
        ...inBoth,
        detectionSource: maybe(
          'antivirus',
          'microsoftDefenderForEndpoint',
          'builtInMl',
          'scheduledAlerts',
          'new',
        ),
        serviceSource: maybe('microsoftDefenderForEndpoint', 'azureAdIdentityProtection', 'unknown', 'new'),
        productName: maybe('Microsoft Defender for Endpoint'),
        ...{
          createdDateTime: time,
          lastUpdateDateTime: time,
          firstActivityDateTime: time,
          lastActivityDateTime: time,
        },
        ...{ resolvedDateTime: time, providerAlertId: maybe('p'), tenantId: guid, alertPolicyId: guid },
        ...{
          alertWebUrl: maybe('https://security.example.com/a'),
          incidentWebUrl: maybe('https://x.example.com'),
        },
        ...{
          threatDisplayName: maybe('Trojan:Win32/A'),
          actorDisplayName: maybe('Actor'),
          systemTags: list(maybe('t')),
        },
        ...{ categories: list(maybe(...categories)), recommendedActions: maybe('Do this') },
        ...{
          customDetails: from({}, { a: 'b', c: '' }, null),
          additionalData: from(null, { d: [null, { e: '' }] }),
        },
        evidence: list(fc.oneof({ weight: 8, arbitrary: graphEvidence }, from(null)), 6),
      },
      { requiredKeys: ['id'] },
    ),
    change: fc.record({ type: from('create', 'update'), uid: from('u1') }),
    settings: some({ tenant_id: from('t1') }),
  },
  { requiredKeys: ['alert'] },
);
