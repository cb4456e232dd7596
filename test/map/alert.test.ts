import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { compileJsonata } from '../../engine/map/compiler/compile.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { ocsf } from '../../engine/validate/ocsf/schema.ts';
import { createValidator } from '../../engine/validate/validate.ts';
import { defenderInput, graphInput, type Json } from './alert-records.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 987);
const validator = createValidator();

interface Event extends Json {
  time: number;
  metadata: Json & { profiles: string[]; product: Json };
  finding_info: Json & { attacks?: Json[]; analytic?: Json };
  device?: Json;
  evidences?: (Json & { data?: Json })[];
  observables?: { name: string; value: string }[];
  unmapped?: { alert: Json };
}

interface Source {
  file: string;
  inputs: fc.Arbitrary<Json>;
  /** Members of a piece of evidence that alone say nothing. */
  silent: string[];
  created: string;
  updated: string;
}

const defender: Source = {
  file: 'mappings/microsoft-defender/alert.jsonata',
  inputs: defenderInput,
  silent: ['entityType', 'evidenceCreationTime'],
  created: 'alertCreationTime',
  updated: 'lastUpdateTime',
};
const graph: Source = {
  file: 'mappings/microsoft-defender/alert.graph.jsonata',
  inputs: graphInput,
  silent: ['@odata.type', 'createdDateTime'],
  created: 'createdDateTime',
  updated: 'lastUpdateDateTime',
};

function mapperOf({ file }: Source): (input: Json) => Event {
  const { mapping } = compileMapping(new SourceText(file, readFileSync(file, 'utf8')));
  if (!mapping?.evaluateSync) throw new Error(`${file} is not compiled`);
  const { evaluateSync } = mapping;
  return (input) => evaluateSync(input, NOW) as Event;
}

describe.each([defender, graph])('$file', { timeout: 60_000 }, (source) => {
  const map = mapperOf(source);
  const mapAlert = (alert: Json, more: Json = {}) => {
    const event = map({ alert: { id: 'a', ...alert }, ...more });
    expect(validator.validateText(JSON.stringify(event)), JSON.stringify(alert)).toEqual([]);
    return event;
  };

  it('is compiled, so that no record needs the interpreter', () => {
    const text = readFileSync(source.file, 'utf8');
    expect(compileJsonata(text, { isRepeatable: true }).obstacle).toBeUndefined();
  });

  it('gives valid events without nulls and empty values for 300 random alerts, and loses no evidence', () => {
    for (const input of fc.sample(source.inputs, { seed: 20261122, numRuns: 300 })) {
      const before = JSON.stringify(input);
      const event = map(input);
      expect(validator.validateText(JSON.stringify(event)), before).toEqual([]);
      expect(emptyPlaces(event), before).toEqual([]);
      expect(JSON.stringify(input)).toBe(before);
      const evidence = ((input.alert as Json).evidence ?? []) as unknown[];
      const telling = evidence.filter((item) => tells(item, source.silent));
      expect(event.evidences?.length ?? 0, before).toBe(telling.length);
      for (const [index, item] of telling.entries()) {
        const text = JSON.stringify(event.evidences?.[index]).toLowerCase();
        for (const value of wordsOf(item as Json)) expect(text, before).toContain(value);
      }
    }
  });

  it('fills everything that is required, and marks every event as an alert of the two profiles', () => {
    const required = [...(ocsf().classByName('detection_finding')?.attributes.values() ?? [])]
      .filter((attribute) => attribute.requirement === 'required' && !attribute.profiles)
      .map(({ name }) => name);
    expect(required).toContain('finding_info');
    for (const input of fc.sample(source.inputs, { seed: 3, numRuns: 100 })) {
      const event = map(input);
      expect(required.filter((attribute) => event[attribute] === undefined)).toEqual([]);
      expect(event.is_alert).toBe(true);
      expect(event.metadata.profiles.slice(0, 2)).toEqual(['security_control', 'incident']);
      expect(event.type_uid).toBe(200400 + Number(event.activity_id));
    }
  });

  it('stays valid when members are of kinds that nobody documents', () => {
    const odds = fc.infiniteStream(
      fc.constantFrom<unknown>([], ['a'], [null], {}, { a: 1 }, 5, -1.5, true, 'x'),
    );
    for (const [input, odd] of fc.sample(fc.tuple(source.inputs, odds), { seed: 7, numRuns: 100 })) {
      const shuffle = (record: Json) =>
        Object.fromEntries(
          Object.entries(record).map(([key, value], at) =>
            key === 'id' || key === 'evidence' || at % 3 === 0 ? [key, value] : [key, odd.next().value],
          ),
        );
      const alert = shuffle(input.alert as Json);
      if (Array.isArray(alert.evidence))
        alert.evidence = alert.evidence.map((item) => (item ? shuffle(item as Json) : odd.next().value));
      const text = JSON.stringify(map({ ...input, alert }));
      expect(validator.validateText(text), JSON.stringify(alert)).toEqual([]);
    }
  });

  it.each([
    ['UnSpecified', 0, 'Unknown'],
    ['informational', 1, 'Informational'],
    ['Low', 2, 'Low'],
    ['MEDIUM', 3, 'Medium'],
    ['high', 4, 'High'],
    ['critical', 5, 'Critical'],
    ['unknownFutureValue', 0, 'Unknown'],
    ['constructor', 99, 'constructor'],
    ['', 0, 'Unknown'],
    [null, 0, 'Unknown'],
  ])('takes the severity %s as %s %s', (severity, id, caption) => {
    const event = mapAlert({ severity });
    expect([event.severity_id, event.severity]).toEqual([id, caption]);
  });

  it.each([
    ['new', undefined, 1, 'New', 1],
    ['New', 'update', 1, 'New', 2],
    ['inProgress', 'create', 2, 'In Progress', 1],
    ['InProgress', 'update', 2, 'In Progress', 2],
    ['Resolved', 'create', 4, 'Resolved', 3],
    ['RESOLVED', 'update', 4, 'Resolved', 3],
    ['unknown', 'update', 0, 'Unknown', 2],
    ['reopened', 'create', 99, 'reopened', 1],
    [null, undefined, 0, 'Unknown', 1],
  ])('takes the status %s of the change %s as %s %s, activity %s', (status, type, id, caption, activity) => {
    const event = mapAlert({ status }, type === undefined ? {} : { change: { type, uid: 'u' } });
    expect([event.status_id, event.status, event.activity_id]).toEqual([id, caption, activity]);
    expect(event.metadata.uid).toBe(type === undefined ? undefined : 'u');
  });

  it.each([
    ['TruePositive', 'Malware', 2],
    ['truePositive', 'unwantedSoftware', 8],
    ['FalsePositive', 'Clean', 1],
    ['falsePositive', 'insufficientData', 7],
    ['InformationalExpectedActivity', 'SecurityTesting', 6],
    ['Informational, expected activity', null, 5],
    ['unknown', 'unknown', 0],
    [null, null, 0],
    ['Maybe', null, 99],
  ])('takes the classification %s with %s as verdict %s', (classification, determination, verdict) => {
    expect(mapAlert({ classification, determination }).verdict_id).toBe(verdict);
  });

  it('tells a creation at the time of creation, and what follows at the time of the last update', () => {
    const times = {
      [source.created]: '2026-11-18T09:14:30.9133333Z',
      [source.updated]: '2026-11-19T10:00:00.05+01:00',
    };
    const created = mapAlert(times);
    expect([created.time, created.metadata.original_time]).toEqual([1794993270913, times[source.created]]);
    const updated = mapAlert(times, { change: { type: 'update', uid: 'u' } });
    expect([updated.time, updated.metadata.original_time]).toEqual([1795078800050, times[source.updated]]);
    expect(mapAlert({ [source.created]: 'never', [source.updated]: null }).time).toBe(NOW);
  });

  it('takes the tenant of the record, else that of the settings', () => {
    const member = source === defender ? 'aadTenantId' : 'tenantId';
    const settings = { tenant_id: 'of-settings' };
    expect(mapAlert({ [member]: 'own' }, { settings }).metadata.tenant_uid).toBe('own');
    expect(mapAlert({ [member]: '' }, { settings }).metadata.tenant_uid).toBe('of-settings');
    expect(mapAlert({}).metadata.tenant_uid).toBeUndefined();
  });

  it('takes techniques from a list as from one text, each with the tactic that the category names', () => {
    for (const mitreTechniques of [['T1059.001', 'T1105'], 'T1059.001, t1105']) {
      const { attacks } = mapAlert({ mitreTechniques, category: 'CommandAndControl' }) as {
        attacks?: Json[];
      };
      expect(attacks).toMatchObject([
        { tactic: { uid: 'TA0011' }, technique: { uid: 'T1059' }, sub_technique: { uid: 'T1059.001' } },
        { tactic: { uid: 'TA0011' }, technique: { uid: 'T1105' } },
      ]);
    }
    const event = mapAlert({ mitreTechniques: ['Phishing'], category: 'Malware' });
    expect(event.attacks).toBeUndefined();
    expect(event.unmapped?.alert).toEqual({ mitreTechniques: ['PHISHING'] });
    expect(mapAlert({ category: 'Impact' }).attacks).toMatchObject([
      { tactic: { uid: 'TA0040', name: 'Impact' } },
    ]);
  });

  it('keeps the newest comment, whatever its members are called', () => {
    const comments = [
      { comment: 'second', createdByDisplayName: 'A', createTime: '2026-11-18T12:00:00Z' },
      { comment: 'first', createdBy: 'B', createdTime: '2026-11-18T11:00:00Z' },
      null,
    ];
    const event = mapAlert({ comments });
    expect(event.comment).toBe('second');
    expect(event.unmapped?.alert.comments).toEqual([
      { comment: 'second', createdBy: 'A', createdTime: '2026-11-18T12:00:00Z' },
      { comment: 'first', createdBy: 'B', createdTime: '2026-11-18T11:00:00Z' },
    ]);
  });
});

describe('the machine of an alert of Defender for Endpoint', () => {
  const map = mapperOf(defender);
  const alert = { id: 'a', machineId: 'M1', computerDnsName: 'a.example.com', rbacGroupName: 'G' };

  it('is what the list of machines knows, else what the alert says', () => {
    const machine = {
      id: 'm1',
      computerDnsName: 'a.example.com',
      osPlatform: 'WindowsServer2022',
      rbacGroupId: 7,
    };
    expect(map({ alert, machine }).device).toMatchObject({
      uid: 'm1',
      type: 'Server',
      os: { name: 'Windows Server 2022', type_id: 100 },
      groups: [{ uid: '7', name: 'G' }],
    });
    expect(map({ alert }).device).toEqual({
      ...{
        type_id: 0,
        type: 'Unknown',
        uid: 'M1',
        hostname: 'a.example.com',
        domain: 'example.com',
        name: 'a',
      },
      groups: [{ name: 'G' }],
    });
    expect(map({ alert: { id: 'a' } }).device).toBeUndefined();
  });
});

describe('the device of an alert of Graph', () => {
  const map = mapperOf(graph);
  const device = (mdeDeviceId: string, detailedRoles: string[] = []) => ({
    ...{ '@odata.type': '#microsoft.graph.security.deviceEvidence', mdeDeviceId, detailedRoles },
  });
  const file = { '@odata.type': '#microsoft.graph.security.fileEvidence', fileDetails: { fileName: 'x' } };
  const uidOf = (...evidence: Json[]) => map({ alert: { id: 'a', evidence } }).device?.uid;

  it('is the main one, else the one that other evidence was found on, else the first', () => {
    expect(uidOf(device('1'), device('2', ['PrimaryDevice']))).toBe('2');
    expect(uidOf(device('1'), device('2'), { ...file, mdeDeviceId: '2' })).toBe('2');
    expect(uidOf(device('1'), device('2'))).toBe('1');
    expect(uidOf({ ...file, mdeDeviceId: '9' })).toBe('9');
    expect(uidOf(file)).toBeUndefined();
  });
});

/** Whether a piece of evidence says more than what kind it is. */
function tells(item: unknown, silent: string[]): boolean {
  if (typeof item !== 'object' || item === null) return false;
  return Object.entries(item).some(([key, value]) => !silent.includes(key) && holds(value));
}

function holds(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.values(value).some(holds);
}

/** Members that each kind of evidence of Graph has beside those of all kinds. */
const OWN: Record<string, string[]> = {
  deviceEvidence: ['mdeDeviceId', 'deviceDnsName', 'hostName', 'loggedOnUsers'],
  userEvidence: ['userAccount'],
  processEvidence: [
    'imageFile',
    'parentProcessImageFile',
    'processCommandLine',
    'userAccount',
    'mdeDeviceId',
  ],
  fileEvidence: ['fileDetails', 'mdeDeviceId'],
  ipEvidence: ['ipAddress', 'location'],
  urlEvidence: ['url'],
  registryKeyEvidence: ['registryKey'],
  registryValueEvidence: ['registryKey', 'registryValueName', 'registryValueType', 'mdeDeviceId'],
  mailboxEvidence: ['primaryAddress', 'upn', 'displayName', 'userAccount'],
};

/** Texts that the element of a piece must show somewhere, in lower case and as JSON writes them. */
function wordsOf(item: Json): string[] {
  const kind = String(item['@odata.type'] ?? '').replace(/^.*security\./, '');
  const isDefender = !('@odata.type' in item) && 'entityType' in item;
  const members = Object.entries(item).filter(([name]) =>
    isDefender ? name !== 'registryValueType' && !/Time$/.test(name) : (OWN[kind] ?? []).includes(name),
  );
  return members.flatMap(([, value]) => textsIn(value)).filter((text) => !SILENT.has(text));
}

/** Said otherwise, or nothing: types of registry values have names of their own, and zeros stand for no ID. */
const SILENT = new Set(['00000000-0000-0000-0000-000000000000', 'string', 'dword']);

function textsIn(value: unknown): string[] {
  if (typeof value === 'string')
    return value === '' ? [] : [JSON.stringify(value).slice(1, -1).toLowerCase()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Paths of nulls, empty texts, empty lists and empty objects. */
function emptyPlaces(value: unknown, path = '$'): string[] {
  if (value === null || value === undefined || value === '') return [path];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, child]) => emptyPlaces(child, `${path}.${key}`));
}
