import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJsonata } from '../../engine/map/compiler/compile.ts';
import { alertGroup, context, graphAlerts, graphIncident, xdrIncident } from './incident-records.ts';
import { type Json, NOW, validEvents } from './valid-event.ts';

const FOLDER = 'mappings/microsoft-defender';

interface Finding {
  uid: string;
  title?: string;
  types?: string[];
  attacks?: object[];
  related_events?: { uid: string }[];
  first_seen_time?: number;
}
interface Incident {
  activity_id: number;
  type_uid: number;
  severity_id: number;
  severity: string;
  status_id: number;
  status: string;
  status_code?: string;
  status_detail?: string;
  verdict_id: number;
  verdict: string;
  is_suspected_breach?: boolean;
  priority_id?: number;
  impact_score?: number;
  time: number;
  start_time?: number;
  end_time?: number;
  message: string;
  desc?: string;
  comment?: string;
  assignee?: Json;
  assignee_group?: Json;
  attacks?: object[];
  device?: Json & { type: string };
  tickets?: Json[];
  enrichments?: { value: string; data: Json }[];
  finding_info_list: Finding[];
  metadata: Json & { profiles?: string[]; labels?: string[] };
  unmapped?: { incident: Json };
}

const graph = validEvents<Incident>(`${FOLDER}/incident.jsonata`);
const xdr = validEvents<Incident>(`${FOLDER}/incident.xdr.jsonata`);
const alerts = validEvents<Incident>(`${FOLDER}/incident.alerts.jsonata`);

/** What holds for an incident of whichever service. */
function expectIncident(event: Incident, given: Json[], key: string): void {
  const wanted = given.map((alert) => alert[key]);
  if (wanted.length > 0) expect(event.finding_info_list.map(({ uid }) => uid)).toEqual(wanted);
  else expect(event.finding_info_list).toHaveLength(1);
  expect('assignee' in event).toBe(!('assignee_group' in event));
  expect(event.type_uid).toBe(200500 + event.activity_id);
  expect(event.activity_id === 3 || event.status_id < 4 || event.status_id === 99).toBe(true);
  expect(event.metadata.profiles).toEqual(event.device ? ['host'] : undefined);
  const told = new Set((event.attacks ?? []).map((attack) => JSON.stringify(attack)));
  const inFindings = event.finding_info_list.flatMap(({ attacks = [] }) => attacks);
  expect([...told].sort()).toEqual([...new Set(inFindings.map((each) => JSON.stringify(each)))].sort());
  for (const { value } of event.enrichments ?? []) expect(wanted).toContain(value);
}

describe.each(['incident', 'incident.xdr', 'incident.alerts'])('%s.jsonata', (name) => {
  it('is compiled', () => {
    const text = readFileSync(`${FOLDER}/${name}.jsonata`, 'utf8');
    expect(compileJsonata(text, { isRepeatable: true }).obstacle).toBeUndefined();
  });
});

describe('incidents of random records are valid, and every alert stands in finding_info_list', () => {
  const seeded = { seed: 20261122, numRuns: 200 };

  it('for Graph', async () => {
    for (const [incident, given, about] of fc.sample(fc.tuple(graphIncident, graphAlerts, context), seeded)) {
      expectIncident(await graph({ incident, alerts: given, ...about }), given, 'id');
      expectIncident(await graph({ incident, ...about }), [], 'id');
    }
  });

  it('for the API of Defender XDR', async () => {
    for (const [incident, about] of fc.sample(fc.tuple(xdrIncident, context), seeded))
      expectIncident(await xdr({ incident, ...about }), incident.alerts as Json[], 'alertId');
  });

  it('for alerts that are grouped', async () => {
    for (const [incident, about] of fc.sample(fc.tuple(alertGroup, context), seeded))
      expectIncident(await alerts({ incident, ...about }), incident.alerts as Json[], 'id');
  });

  it('when members are of kinds that nobody documents', async () => {
    const odd = fc.constantFrom<unknown>([], ['a', 'b'], [null], {}, { a: 1 }, 5, -1.5, true, 'x', [[]]);
    const odds = fc.infiniteStream(odd);
    const sources = [
      fc.tuple(graphIncident, graphAlerts).map(([incident, given]) => [graph, incident, given] as const),
      xdrIncident.map((incident) => [xdr, incident, incident.alerts as Json[]] as const),
      alertGroup.map((incident) => [alerts, incident, incident.alerts as Json[]] as const),
    ];
    for (const [[map, incident, given], stream] of fc.sample(fc.tuple(fc.oneof(...sources), odds), seeded)) {
      const changed = (record: Json) =>
        Object.fromEntries(
          Object.entries(record).map(([member, value], at) =>
            at % 3 === 0 ? [member, value] : [member, stream.next().value],
          ),
        );
      const oddAlerts = given.map(changed);
      await map({ incident: { ...changed(incident), alerts: oddAlerts }, alerts: oddAlerts });
      await map({ incident: stream.next().value, alerts: stream.next().value, change: stream.next().value });
    }
  });
});

describe('incidents, value by value', () => {
  it.each([
    ['active', null, 1, 'New', 1],
    ['active', 'a', 2, 'In Progress', 1],
    ['InProgress', null, 2, 'In Progress', 1],
    ['awaitingAction', null, 3, 'On Hold', 1],
    ['RESOLVED', null, 4, 'Resolved', 3],
    ['redirected', null, 5, 'Closed', 3],
    ['unknownFutureValue', null, 0, 'Unknown', 1],
    ['parked', null, 99, 'parked', 1],
    ['', null, 0, 'Unknown', 1],
    [null, null, 0, 'Unknown', 1],
  ])(
    'takes the status %s, assigned to %s, as %s %s with activity %s',
    async (status, assignedTo, ...rest) => {
      for (const event of [
        await graph({ incident: { id: '1', status, assignedTo } }),
        await xdr({ incident: { incidentId: 1, status, assignedTo } }),
      ])
        expect([event.status_id, event.status, event.activity_id]).toEqual(rest);
    },
  );

  it.each([
    ['create', 'active', 1],
    ['update', 'active', 2],
    ['update', 'resolved', 3],
    ['remove', 'active', 3],
  ])('takes the change %s of an %s incident as activity %s', async (type, status, activity) => {
    const change = { type, uid: 'abc' };
    for (const event of [
      await graph({ incident: { id: '1', status }, change }),
      await xdr({ incident: { incidentId: '1', status }, change }),
      await alerts({ incident: { incidentId: 1, alerts: [{ id: 'a', status }] }, change }),
    ]) {
      expect(event.activity_id).toBe(activity);
      expect(event.metadata).toMatchObject({ uid: 'abc', correlation_uid: '1' });
    }
  });

  it.each([
    ['truePositive', 'multiStagedAttack', 2, 'True Positive', true],
    ['TruePositive', 'CompromisedUser', 2, 'True Positive', true],
    ['truePositive', 'phishing', 2, 'True Positive', undefined],
    ['truePositive', 'unwantedSoftware', 8, 'Security Risk', undefined],
    ['falsePositive', 'clean', 1, 'False Positive', false],
    ['falsePositive', 'notEnoughDataToValidate', 7, 'Insufficient Data', false],
    ['falsePositive', 'InsufficientData', 7, 'Insufficient Data', false],
    ['informationalExpectedActivity', 'confirmedActivity', 5, 'Benign', false],
    ['Informational, expected activity', 'SecurityTesting', 6, 'Test', false],
    ['Unknown', 'NotAvailable', 0, 'Unknown', undefined],
    ['constructor', null, 99, 'constructor', undefined],
    [null, null, 0, 'Unknown', undefined],
  ])('takes %s with %s as verdict %s %s, breach %s', async (classification, determination, ...rest) => {
    for (const event of [
      await graph({ incident: { id: '1', classification, determination } }),
      await xdr({ incident: { incidentId: 1, classification, determination } }),
    ])
      expect([event.verdict_id, event.verdict, event.is_suspected_breach]).toEqual(rest);
  });

  it.each([
    ['Informational', 1, 'Informational'],
    ['low', 2, 'Low'],
    ['MEDIUM', 3, 'Medium'],
    ['high', 4, 'High'],
    ['UnSpecified', 0, 'Unknown'],
    ['extreme', 99, 'extreme'],
    [null, 0, 'Unknown'],
  ])('takes the severity %s as %s %s', async (severity, ...rest) => {
    for (const event of [
      await graph({ incident: { id: '1', severity } }),
      await xdr({ incident: { incidentId: 1, severity } }),
      await alerts({ incident: { incidentId: 1, alerts: [{ id: 'a', severity }] } }),
    ])
      expect([event.severity_id, event.severity]).toEqual(rest);
  });

  it.each([
    [0, 1, 0],
    [14, 1, 14],
    [15, 2, 15],
    [85, 2, 85],
    [86, 4, 86],
    [101, undefined, undefined],
    [null, undefined, undefined],
  ])('takes the priority score %s as priority %s, impact %s', async (priorityScore, priority, impact) => {
    const event = await graph({ incident: { id: '1', priorityScore } });
    expect([event.priority_id, event.impact_score]).toEqual([priority, impact]);
  });

  it.each([
    ['2026-11-20T09:03:17Z', Date.UTC(2026, 10, 20, 9, 3, 17)],
    ['2026-11-20T09:03:17.9Z', Date.UTC(2026, 10, 20, 9, 3, 17, 900)],
    ['2026-11-20T09:03:17.9999999Z', Date.UTC(2026, 10, 20, 9, 3, 17, 999)],
    ['2026-11-20T09:03:17.123+02:00', Date.UTC(2026, 10, 20, 7, 3, 17, 123)],
  ])('takes the time %s in milliseconds', async (text, ms) => {
    for (const event of [
      await graph({
        incident: { id: '1', lastUpdateDateTime: text, createdDateTime: '2020-01-01T00:00:00Z' },
      }),
      await xdr({ incident: { incidentId: 1, lastUpdateTime: text } }),
      await alerts({ incident: { incidentId: 1, alerts: [{ id: 'a', lastUpdateTime: text }] } }),
    ]) {
      expect(event.time).toBe(ms);
      expect(event.metadata.original_time).toBe(text);
    }
    expect((await graph({ incident: { id: '1' } })).time).toBe(NOW);
  });

  it('names the incident that another was merged into', async () => {
    for (const event of [
      await graph({ incident: { id: '1', status: 'redirected', redirectIncidentId: '48213' }, alerts: [] }),
      await xdr({ incident: { incidentId: 1, status: 'Redirected', redirectIncidentId: 48213, alerts: [] } }),
    ]) {
      expect(event).toMatchObject({ verdict_id: 10, status_detail: 'Merged into incident 48213' });
      expect(event.finding_info_list[0]?.related_events?.[0]?.uid).toBe('48213');
      expect(event.unmapped?.incident.redirectIncidentId).toBe('48213');
    }
  });

  it('takes the tenant of the record, else of the settings', async () => {
    const settings = { tenant_id: 'mine' };
    expect((await graph({ incident: { id: '1', tenantId: 'own' }, settings })).metadata.tenant_uid).toBe(
      'own',
    );
    expect((await graph({ incident: { id: '1', tenantId: '' }, settings })).metadata.tenant_uid).toBe('mine');
    expect((await xdr({ incident: { incidentId: 1 }, settings })).metadata.tenant_uid).toBe('mine');
    const group = { incidentId: 1, alerts: [{ id: 'a' }, { id: 'b', aadTenantId: 'own' }] };
    expect((await alerts({ incident: group, settings })).metadata.tenant_uid).toBe('own');
  });

  it('takes the comment that is newest, whatever it is called', async () => {
    const comments = [
      { comment: 'second', createdByDisplayName: 'a', createdDateTime: '2026-11-20T10:00:00Z' },
      { comment: 'first', createdBy: 'b', createdTime: '2026-11-20T09:00:00.1234567Z' },
    ];
    for (const event of [
      await graph({ incident: { id: '1', comments } }),
      await xdr({ incident: { incidentId: 1, comments } }),
      await alerts({ incident: { incidentId: 1, alerts: [{ id: 'a', comments }] } }),
    ]) {
      expect(event.comment).toBe('second');
      expect(event.unmapped?.incident.comments).toEqual([
        { comment: 'second', createdBy: 'a', createdTime: '2026-11-20T10:00:00Z' },
        { comment: 'first', createdBy: 'b', createdTime: '2026-11-20T09:00:00.1234567Z' },
      ]);
    }
  });

  it('tells tactics and techniques from words that are neither', async () => {
    const event = await graph({
      incident: { id: '1' },
      alerts: [
        { id: 'a', category: 'InitialAccess', mitreTechniques: ['T1078', 't1078.004'] },
        { id: 'b', categories: ['Malware', 'InitialAccess'], mitreTechniques: ['T1078', 'Of ours', ''] },
      ],
    });
    expect(event.attacks).toEqual([
      { tactic: { uid: 'TA0001', name: 'Initial Access' } },
      { technique: { uid: 'T1078' } },
      { technique: { uid: 'T1078' }, sub_technique: { uid: 'T1078.004' } },
      { technique: { name: 'Of ours' } },
    ]);
    expect(event.finding_info_list[1]?.types).toEqual(['Malware', 'InitialAccess']);
  });

  it('has a device when all alerts are about one', async () => {
    const device = {
      mdatpDeviceId: 'B41D',
      deviceDnsName: 'lt-1.nordhafen.example',
      osPlatform: 'Windows11',
    };
    const one = [
      { alertId: 'a', devices: [device] },
      { alertId: 'b', devices: [{ ...device, mdatpDeviceId: 'b41d' }] },
    ];
    const event = await xdr({ incident: { incidentId: 1, alerts: one } });
    expect(event.device).toMatchObject({
      uid: 'b41d',
      name: 'lt-1',
      domain: 'nordhafen.example',
      type: 'Desktop',
    });
    const two = [...one, { alertId: 'c', devices: [{ mdatpDeviceId: 'c52e' }] }];
    expect((await xdr({ incident: { incidentId: 1, alerts: two } })).device).toBeUndefined();
  });
});

describe('incidents made of alerts', () => {
  const alert = (id: string, more: Json = {}) => ({
    id,
    title: `Title ${id}`,
    status: 'New',
    severity: 'Low',
    ...more,
  });
  const made = (...list: Json[]) => alerts({ incident: { incidentId: 7, alerts: list } });

  it.each([
    [['New', 'new'], 1],
    [['Resolved', 'RESOLVED'], 4],
    [['New', 'Resolved'], 2],
    [['InProgress', 'InProgress'], 2],
    [['Resolved', null], 2],
    [[null, ''], 0],
    [['Parked', 'Parked'], 99],
  ])('take the states %j as %s', async (states, expected) => {
    const event = await made(...states.map((status, at) => alert(`a${at}`, { status })));
    expect(event.status_id).toBe(expected);
    expect(event.activity_id).toBe(expected === 4 ? 3 : 1);
  });

  it('are as severe as the worst alert, and go by the earliest of the worst', async () => {
    const event = await made(
      alert('low', { alertCreationTime: '2026-11-01T00:00:00Z', description: 'no' }),
      alert('late', { severity: 'High', alertCreationTime: '2026-11-03T00:00:00Z' }),
      alert('early', { severity: 'high', alertCreationTime: '2026-11-02T00:00:00Z', description: 'yes' }),
    );
    expect(event).toMatchObject({ severity_id: 4, message: 'Title early and 2 more alerts', desc: 'yes' });
    expect((await made(alert('a'))).message).toBe('Title a');
    expect((await made(alert('a'), alert('b'))).message).toBe('Title a and 1 more alert');
    expect((await made()).message).toBe('Incident 7');
  });

  it('last from the first event to the last one, and were changed when an alert last was', async () => {
    const event = await made(
      alert('a', {
        firstEventTime: '2026-11-02T00:00:00Z',
        lastEventTime: '2026-11-04T00:00:00Z',
        lastUpdateTime: '2026-11-05T00:00:00Z',
      }),
      alert('b', {
        firstEventTime: '2026-11-01T00:00:00Z',
        lastEventTime: '2026-11-03T00:00:00Z',
        lastUpdateTime: '2026-11-06T00:00:00Z',
      }),
    );
    const day = (number: number) => Date.UTC(2026, 10, number);
    expect([event.start_time, event.end_time, event.time]).toEqual([day(1), day(4), day(6)]);
    expect(event.metadata.original_time).toBe('2026-11-06T00:00:00Z');
  });

  it('are true positives when one alert is, and anything else only when all are', async () => {
    const judged = async (...words: (string | null)[]) =>
      (await made(...words.map((classification, at) => alert(`a${at}`, { classification })))).verdict_id;
    expect(await judged('FalsePositive', 'TruePositive')).toBe(2);
    expect(await judged('FalsePositive', 'FalsePositive')).toBe(1);
    expect(await judged('FalsePositive', null)).toBe(0);
    expect(await judged(null, null)).toBe(0);
  });

  it('belong to whom the newest alert is assigned to', async () => {
    const event = await made(
      alert('a', { assignedTo: 'old', lastUpdateTime: '2026-11-01T00:00:00Z' }),
      alert('b', { assignedTo: 'k.ito@nordhafen.example', lastUpdateTime: '2026-11-02T00:00:00Z' }),
    );
    expect(event.assignee).toMatchObject({
      name: 'k.ito@nordhafen.example',
      email_addr: 'k.ito@nordhafen.example',
    });
    expect(event.unmapped?.incident.otherAssignees).toEqual(['old']);
    expect((await made(alert('a'))).assignee_group).toEqual({ name: 'Unassigned' });
  });
});
