import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJsonata } from '../../engine/map/compiler/compile.ts';
import { context } from './incident-records.ts';
import { type Json, NOW, validEvents } from './valid-event.ts';

const FILE = 'mappings/microsoft-defender/recommendation.jsonata';
const SCA = 'sca-_-scid-2000';
const VA = 'va-_-acme-_-reader';

interface Finding {
  activity_id: number;
  class_uid: number;
  type_uid: number;
  severity_id: number;
  severity: string;
  status_id: number;
  status: string;
  status_code?: string;
  status_detail?: string;
  time: number;
  metadata: Json;
  finding_info: Json & { uid: string };
  compliance?: { status_id: number; control: string; checks: { status_id: number; uid: string }[] };
  application?: { uid: string; name: string };
  remediation: { desc: string };
  device?: Json;
  resources?: { uid?: string; name?: string }[];
  unmapped?: { recommendation: Json };
}

const map = validEvents<Finding>(FILE);

const from = (...values: unknown[]) => fc.constantFrom(...values);
const maybe = (...values: unknown[]) =>
  fc.oneof({ weight: 4, arbitrary: from(...values) }, from(null, '', undefined));
const count = maybe(0, 1, 7, 310, '7', -1);
const recommendation: fc.Arbitrary<Json> = fc.record(
  {
    id: maybe(SCA, VA, 'VA-_-x', 'SCA-_-', 'other'),
    productName: maybe('reader'),
    recommendationName: maybe('Update "Reader"\n', 'Turn on X'),
    vendor: maybe('acme'),
    recommendedVersion: maybe('24.3.1'),
    recommendedVendor: maybe('acme'),
    recommendedProgram: maybe('reader'),
    recommendationCategory: maybe('Security controls', 'Application'),
    subCategory: maybe('Firewall'),
    severityScore: maybe(0, 0.5, 3.99, 4, 7, 8.4, 9, 10, '6.5', 'x', -1),
    publicExploit: maybe(true, false),
    associatedThreats: maybe([], ['a', 'b', ''], [null]),
    remediationType: maybe('ConfigurationChange', 'Update', 'Later'),
    status: maybe('Active', 'ACTIVE', 'Exception', 'Later'),
    weaknesses: count,
    exposureImpact: maybe(7.674418604651163, 0),
    totalMachineCount: count,
    exposedMachinesCount: count,
    relatedComponent: maybe('Acme Reader'),
  },
  { requiredKeys: [] },
);
const machine = fc.record(
  {
    id: maybe('b41d', 'c52e'),
    computerDnsName: maybe('lt-1.nordhafen.example', 'KIOSK', '.'),
    osPlatform: maybe('Windows11', 'Other', 'Plan9'),
    rbacGroupName: maybe('Nord'),
  },
  { requiredKeys: [] },
);
const machines = fc.oneof(fc.array(machine, { maxLength: 4 }), from(null, undefined));

describe('recommendation.jsonata', () => {
  it('is compiled', () => {
    const text = readFileSync(FILE, 'utf8');
    expect(compileJsonata(text, { isRepeatable: true }).obstacle).toBeUndefined();
  });

  it('gives valid events for random records, with every machine that has a name or an ID', async () => {
    const inputs = fc.tuple(recommendation, machines, context);
    for (const [record, list, about] of fc.sample(inputs, { seed: 20261122, numRuns: 400 })) {
      const event = await map({ recommendation: record, machines: list, ...about });
      const named = ((list ?? []) as Json[]).filter(({ id, computerDnsName }) => id || computerDnsName);
      expect((event.resources ?? []).map(({ uid, name }) => uid ?? name)).toEqual(
        named.map(({ id, computerDnsName }) => id || computerDnsName),
      );
      expect([2003, 2007]).toContain(event.class_uid);
      expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
      expect('compliance' in event).toBe(event.class_uid === 2003);
      expect('application' in event).toBe(event.class_uid === 2007);
      expect(event.activity_id === 3).toBe(event.status_id === 4);
      expect(event.time).toBe(NOW);
    }
  });

  it('stays valid when members are of kinds that nobody documents', async () => {
    const odd = fc.constantFrom<unknown>([], ['a', 'b'], [null], {}, { a: 1 }, 5, -1.5, true, 'x', [[]]);
    const inputs = fc.tuple(recommendation, fc.infiniteStream(odd));
    for (const [record, stream] of fc.sample(inputs, { seed: 7, numRuns: 200 })) {
      const changed = Object.fromEntries(
        Object.entries(record).map(([member, value], at) => [member, at % 3 ? stream.next().value : value]),
      );
      await map({
        recommendation: changed,
        machines: [{ id: stream.next().value, computerDnsName: stream.next().value }, stream.next().value],
      });
      await map({ recommendation: stream.next().value, machines: stream.next().value });
    }
  });

  it.each([
    [SCA, 'Update', 2003],
    [SCA.toUpperCase(), null, 2003],
    [VA, 'ConfigurationChange', 2007],
    [VA, 'Uninstall', 2007],
    ['other', 'ConfigurationChange', 2003],
    ['other', 'Upgrade', 2007],
    ['other', null, 2007],
  ])('takes %s, to be remedied by %s, as class %s', async (id, remediationType, expected) => {
    expect((await map({ recommendation: { id, remediationType } })).class_uid).toBe(expected);
  });

  it.each([
    [0, 1, 'Informational'],
    [0.1, 2, 'Low'],
    [3.99, 2, 'Low'],
    [4, 3, 'Medium'],
    [6.9, 3, 'Medium'],
    [7, 4, 'High'],
    [8.99, 4, 'High'],
    [9, 5, 'Critical'],
    [10, 5, 'Critical'],
    ['7.5', 4, 'High'],
    ['', 0, 'Unknown'],
    [null, 0, 'Unknown'],
    ['high', 0, 'Unknown'],
  ])('takes the severity score %s as %s %s', async (severityScore, ...rest) => {
    const event = await map({ recommendation: { id: SCA, severityScore } });
    expect([event.severity_id, event.severity]).toEqual(rest);
  });

  it.each([
    ['create', 'Active', 7, 1, 'New', 1, 3],
    ['update', 'Active', 7, 1, 'New', 2, 3],
    ['update', 'Exception', 7, 3, 'Suppressed', 2, 3],
    ['update', 'Active', 0, 4, 'Resolved', 3, 1],
    ['update', 'Exception', 0, 4, 'Resolved', 3, 1],
    ['remove', 'Active', 7, 4, 'Resolved', 3, 1],
    ['create', 'Postponed', 7, 99, 'Postponed', 1, 3],
    ['create', '', null, 0, 'Unknown', 1, 0],
  ])('takes the change %s, status %s, %s exposed as %s %s, activity %s, compliance %s', async (...row) => {
    const [type, status, exposedMachinesCount, statusId, caption, activity, compliance] = row;
    const change = { type, uid: 'abc' };
    const event = await map({ recommendation: { id: SCA, status, exposedMachinesCount }, change });
    expect([event.status_id, event.status, event.activity_id]).toEqual([statusId, caption, activity]);
    expect([event.compliance?.status_id, event.compliance?.checks[0]?.status_id]).toEqual([
      compliance,
      compliance,
    ]);
    expect(event.metadata).toMatchObject({ uid: 'abc', correlation_uid: SCA });
  });

  it('names the control of a configuration, and the software to update', async () => {
    const sca = await map({ recommendation: { id: SCA, recommendationName: 'Turn on X' } });
    expect(sca.compliance).toMatchObject({ control: 'scid-2000', checks: [{ uid: 'scid-2000' }] });
    const va = await map({ recommendation: { id: VA, productName: 'reader', relatedComponent: '' } });
    expect(va.application).toMatchObject({ uid: 'acme-_-reader', name: 'reader' });
  });

  it.each([
    ['Update Reader', '24.3', 'acme', 'reader', 'Update Reader: acme reader version 24.3'],
    ['Update Reader', '24.3', '', '', 'Update Reader: version 24.3'],
    ['Update Reader to 24.3', '24.3', 'acme', 'reader', 'Update Reader to 24.3'],
    ['Update Reader', '', '', '', 'Update Reader'],
  ])('takes %s, version %s of %s %s as the remedy %s', async (...row) => {
    const [recommendationName, recommendedVersion, recommendedVendor, recommendedProgram, expected] = row;
    const names = { recommendationName, recommendedVersion, recommendedVendor, recommendedProgram };
    expect((await map({ recommendation: { id: VA, ...names } })).remediation.desc).toBe(expected);
  });

  it('lists no more than 1,000 machines, and says how many there were', async () => {
    const list = Array.from({ length: 1200 }, (_, at) => ({
      id: `m${at}`,
      computerDnsName: `h${at}.example`,
    }));
    const event = await map({ recommendation: { id: SCA, exposedMachinesCount: 1200 }, machines: list });
    expect(event.resources).toHaveLength(1000);
    expect(event.resources?.[999]?.uid).toBe('m999');
    expect(event.unmapped?.recommendation).toMatchObject({ listedMachines: 1200, shownMachines: 1000 });
    const few = await map({ recommendation: { id: SCA }, machines: list.slice(0, 1000) });
    expect(few.resources).toHaveLength(1000);
    expect(few.unmapped).toBeUndefined();
  });

  it('has a device when there is but one machine', async () => {
    const one = { id: 'b41d', computerDnsName: 'lt-1.nordhafen.example', osPlatform: 'Windows11' };
    const record = { id: SCA, exposedMachinesCount: 1 };
    expect((await map({ recommendation: record, machines: [one] })).device).toMatchObject({
      uid: 'b41d',
      name: 'lt-1',
      type: 'Desktop',
    });
    expect((await map({ recommendation: record, machines: [one, { id: 'c' }] })).device).toBeUndefined();
    const more = { id: SCA, exposedMachinesCount: 2 };
    expect((await map({ recommendation: more, machines: [one] })).device).toBeUndefined();
  });

  it('counts the machines of the list when the record does not', async () => {
    expect((await map({ recommendation: { id: SCA }, machines: [{ id: 'b' }] })).compliance?.status_id).toBe(
      3,
    );
    expect((await map({ recommendation: { id: SCA }, machines: [] })).status_id).toBe(4);
    expect((await map({ recommendation: { id: SCA } })).compliance?.status_id).toBe(0);
  });
});
