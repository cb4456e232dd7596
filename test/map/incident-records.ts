/** Random incidents and alerts of the three services as fast-check arbitraries, with the quirks they are known for. */
import fc from 'fast-check';
import type { Json } from './valid-event.ts';

const from = (...values: unknown[]) => fc.constantFrom(...values);
/** One of the values, or what the services give for nothing. */
const maybe = (...values: unknown[]) =>
  fc.oneof({ weight: 4, arbitrary: from(...values) }, from(null, '', undefined));
const listOf = (...values: unknown[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.array(from(...values), { maxLength: 4 }) }, from(null, undefined, ''));

const timestamp = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2026, 10, 22) }),
        from('', '.5', '.91', '.123', '.3366667', '.9999999'),
        from('Z', 'Z', '+02:00'),
      )
      .map(([ms, fraction, zone]) => `${new Date(ms).toISOString().slice(0, 19)}${fraction}${zone}`),
  },
  from('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', null, '', undefined, '2023-02-29T00:00:00Z', 'never'),
);
const words = (...values: string[]) =>
  maybe(
    ...values,
    ...values.map((value) => value.toUpperCase()),
    'unknownFutureValue',
    'Later',
    'constructor',
  );
const severity = words('informational', 'low', 'medium', 'high', 'UnSpecified');
const classification = words('unknown', 'falsePositive', 'truePositive', 'InformationalExpectedActivity');
const determination = words(
  ...['NotAvailable', 'apt', 'multiStagedAttack', 'compromisedAccount', 'CompromisedUser', 'phishing'],
  ...['securityTesting', 'unwantedSoftware', 'insufficientData', 'notEnoughDataToValidate', 'clean'],
);
const category = words('InitialAccess', 'Execution', 'Command and control', 'Malware', 'Impact');
const techniques = listOf('T1059.001', 't1059', 'T1566', 'T1078.004', 'not one', '', null, 5);
const person = maybe('Ines.Brandt@nordhafen.example', 'a@b', 'API-Automation', "o'neil+1@x.example", '@');
const guid = '7c2e9b54-61d8-4f03-9a7e-d0b3c85f1264';
const title = maybe('Büro "Köln"\n', 'Word started PowerShell', 'x');
const optional = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  fc.record(shape, { requiredKeys: [] });
const comment = fc.oneof(
  optional({ comment: title, createdBy: person, createdTime: timestamp }),
  optional({ comment: title, createdByDisplayName: person, createdDateTime: timestamp }),
  from(null, 'x'),
);
const comments = fc.oneof(fc.array(comment, { maxLength: 3 }), from(null, undefined, ''));
const platform = maybe(
  'Windows11',
  'WindowsServer2022',
  'macOS',
  'Ubuntu',
  'iOS',
  'Android',
  'Other',
  'Plan9',
);
const hosts = maybe('lt-1.nordhafen.example', 'KIOSK', 'a.', '.b');
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 1e9 }), { maxLength: 5 });

/** Alerts with ids that differ, which are of type `key`. */
const alertsOf = (key: string, shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json[]> =>
  ids.chain((numbers) =>
    fc.tuple(
      ...numbers.map((number) => optional(shape).map((rest) => ({ ...rest, [key]: `da${number}_1` }))),
    ),
  );

const graphDevice = optional({
  '@odata.type': from('#microsoft.graph.security.deviceEvidence'),
  mdeDeviceId: maybe('b41d', 'B41D', 'c52e'),
  azureAdDeviceId: maybe(guid, '00000000-0000-0000-0000-000000000000'),
  deviceDnsName: hosts,
  osPlatform: platform,
  osBuild: maybe(26100, '26100'),
  version: maybe('24H2', 'Other'),
  riskScore: words('none', 'low', 'high'),
  rbacGroupId: maybe(0, 14),
  rbacGroupName: maybe('Nord'),
  firstSeenDateTime: timestamp,
  lastIpAddress: maybe('10.0.0.1', '127.0.0.1', '1.2.3'),
  ipInterfaces: listOf('10.0.0.2', 'fe80::1', '::1', ''),
  vmMetadata: from(null, undefined, { vmId: guid, cloudProvider: 'azure', resourceId: null }),
});
const graphEvidence = fc.oneof(
  graphDevice,
  from({
    '@odata.type': '#microsoft.graph.security.ipEvidence',
    ipAddress: '1.1.1.1',
    location: { city: '' },
  }),
  from(null, {}),
);

export const graphAlerts = alertsOf('id', {
  providerAlertId: maybe('5_1'),
  status: words('new', 'inProgress', 'resolved'),
  severity,
  classification,
  determination,
  serviceSource: words('microsoftDefenderForEndpoint', 'microsoftSentinel'),
  productName: maybe('Microsoft Defender for Identity'),
  detectionSource: words('antivirus', 'customDetection', 'builtInMl'),
  detectorId: maybe(guid),
  title,
  description: title,
  category,
  categories: listOf('Execution', 'Discovery', '', null),
  alertWebUrl: maybe('https://security.microsoft.com/alerts/x'),
  mitreTechniques: techniques,
  createdDateTime: timestamp,
  lastUpdateDateTime: timestamp,
  firstActivityDateTime: timestamp,
  lastActivityDateTime: timestamp,
  resolvedDateTime: timestamp,
  comments,
  evidence: fc.oneof(fc.array(graphEvidence, { maxLength: 3 }), from(null, undefined)),
  customDetails: from(null, {}, { a: { b: null } }, { a: ['', 'x'] }),
});

export const graphIncident = optional({
  id: fc.oneof(from('48213', 48213), from(null, '')),
  tenantId: maybe(guid),
  status: words('active', 'resolved', 'inProgress', 'redirected', 'awaitingAction'),
  severity,
  classification,
  determination,
  displayName: title,
  description: title,
  summary: title,
  assignedTo: person,
  priorityScore: maybe(0, 14, 15, 85, 86, 100, 101, -1, 50.5),
  redirectIncidentId: maybe('7', 7, 0),
  resolvingComment: title,
  incidentWebUrl: maybe('https://security.microsoft.com/incidents/1'),
  createdDateTime: timestamp,
  lastUpdateDateTime: timestamp,
  customTags: listOf('a', 'b', '', null),
  systemTags: listOf('b', 'c'),
  comments,
});

const xdrDevice = optional({
  mdatpDeviceId: maybe('b41d', 'B41D', 'c52e'),
  aadDeviceId: maybe(guid),
  deviceDnsName: hosts,
  osPlatform: platform,
  osBuild: maybe(14393),
  version: maybe('1607', 'Other'),
  riskScore: words('None', 'Low', 'High'),
  rbacGroupId: maybe(0, 9),
  rbacGroupName: maybe('Servers'),
  firstSeen: timestamp,
});

export const xdrIncident: fc.Arbitrary<Json> = fc
  .tuple(
    optional({
      incidentId: from(924565, '924565', null),
      incidentName: title,
      redirectIncidentId: maybe(7, '7', 0),
      status: words('Active', 'InProgress', 'Resolved', 'Redirected'),
      severity,
      classification,
      determination,
      assignedTo: person,
      createdTime: timestamp,
      lastUpdateTime: timestamp,
      tags: listOf('a', '', null),
      incidentUri: maybe('https://security.microsoft.com/incidents/1'),
      comments,
    }),
    alertsOf('alertId', {
      serviceSource: words('MicrosoftDefenderATP', 'OfficeATP', 'AzureATP'),
      detectionSource: words('WindowsDefenderAv', 'CustomDetection'),
      creationTime: timestamp,
      lastUpdatedTime: timestamp,
      firstActivity: timestamp,
      lastActivity: timestamp,
      resolvedTime: timestamp,
      title,
      description: title,
      category,
      status: words('New', 'Resolved'),
      severity,
      investigationId: maybe(5, '5'),
      mitreTechniques: techniques,
      devices: fc.oneof(fc.array(xdrDevice, { maxLength: 2 }), from(null, undefined)),
      entities: from(null, [], [{ entityType: 'Ip', ipAddress: '1.1.1.1', url: null }], [null]),
    }),
  )
  .map(([incident, alerts]) => ({ ...incident, alerts }));

/** Alerts of Defender for Endpoint as one group. */
export const alertGroup: fc.Arbitrary<Json> = fc
  .tuple(
    from(7741, '7741', null),
    alertsOf('id', {
      severity,
      status: words('New', 'InProgress', 'Resolved'),
      classification,
      determination,
      detectionSource: words('WindowsDefenderAv', 'CustomDetection'),
      detectorId: maybe(guid),
      category,
      title,
      description: title,
      assignedTo: person,
      alertCreationTime: timestamp,
      firstEventTime: timestamp,
      lastEventTime: timestamp,
      lastUpdateTime: timestamp,
      resolvedTime: timestamp,
      machineId: maybe('b41d', 'B41D', 'c52e'),
      computerDnsName: hosts,
      rbacGroupName: maybe('Nord'),
      aadTenantId: maybe(guid),
      mitreTechniques: techniques,
      relatedUser: from(null, undefined, { userName: 'i', domainName: null }),
      comments,
      evidence: from(null, [], [{ entityType: 'User', sha1: null, accountName: 'i' }]),
    }),
  )
  .map(([incidentId, alerts]) => ({ incidentId, alerts }));

/** What a run says of a record, with what is there in no `tributary map`. */
export const context: fc.Arbitrary<Json> = optional({
  change: from(
    ...[{ type: 'create', uid: 'u1' }, { type: 'update', uid: 'u2' }, { type: 'remove', uid: 'u3' }, {}],
  ),
  settings: from({ tenant_id: guid }, {}, { tenant_id: '' }),
});
