import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isComplete, type StreamCoverage, streamCoverage } from '../../engine/coverage/stream-coverage.ts';
import { trackReads } from '../../engine/coverage/track-reads.ts';
import { inspectAcme, lineOf } from '../support/acme-connector.ts';
import { filesWith } from '../support/files-with.ts';

const MAPPING = `(
  $name := function($of) { $of.first & ' ' & $of.last };
  {
    "class_uid": 5003,
    "user": {"uid": user.id, "full_name": $name(user.name)},
    "unmapped": {"address": user.address, "zone": false ? user.zone}
  }
)
`;

const RECORDS = [
  {
    id: '1',
    groupId: 'g',
    name: { first: 'Jo', last: 'Doe', suffix: 'Jr.' },
    address: { city: 'Bern' },
    zone: 'x',
    extras: [{ a: 1 }, { b: 2 }],
  },
];

const CASE = {
  'cases/users/one/case.yaml': 'title: It maps a user.\n',
  'cases/users/one/users.json': JSON.stringify({ data: { items: RECORDS } }),
};

async function reportWith(coverage?: string): Promise<StreamCoverage> {
  const { connector, cases = [] } = await inspectAcme({ 'mappings/acme/user.jsonata': MAPPING, ...CASE });
  const stream = connector?.streams.users;
  const mapping = stream?.mappings.get('plain');
  if (!connector || !stream || !mapping) throw new Error('the connector has errors');
  const path = join(connector.folder, 'coverage/users.yaml');
  const files = filesWith(coverage === undefined ? {} : { [path]: coverage });
  return streamCoverage(connector, stream, { as: 'plain', mapping }, cases, files);
}

describe('the coverage of a stream', () => {
  it('lists what OCSF wants of the class and of constructed objects, and the mapping does not write', async () => {
    const { attributes } = await reportWith();
    expect(attributes.open).toEqual(
      expect.arrayContaining(['time', 'metadata', 'user.name', 'user.has_mfa']),
    );
    for (const path of ['class_uid', 'user', 'user.uid', 'unmapped', 'metadata.version', 'user.full_name'])
      expect(attributes.open).not.toContain(path);
    expect(attributes.total).toBe(attributes.filled + attributes.open.length);
    expect(attributes.filled).toBe(3);
  });

  it('lists members of recorded records that nothing reads, the topmost of each', async () => {
    const { fields } = await reportWith();
    expect(fields.open).toEqual(['user.name.suffix', 'user.extras']);
    // Key and join key are the engine's, `zone` is named in a branch that no case takes, `address` is handed on whole.
    expect(fields).toMatchObject({ total: 12, read: 8, ignored: 0, forgotten: 4 });
  });

  it('takes reasons, also for all paths with one end and for all members below one', async () => {
    const open = (await reportWith()).attributes.open;
    const reasons = open
      .filter((path) => path !== 'user.has_mfa')
      .map((path) => `  ${path}: It is not known.\n`);
    const report = await reportWith(
      `attributes:\n${reasons.join('')}  "*.has_mfa": It is not known.\n` +
        'fields:\n  user.extras: It means nothing.\n  user.name.suffix: It means nothing.\n',
    );
    expect(report.problems.map(lineOf)).toEqual([]);
    expect(report.attributes).toMatchObject({ explained: open.length, open: [] });
    expect(report.fields).toMatchObject({ ignored: 4, forgotten: 0, open: [] });
    expect(isComplete(report)).toBe(true);
  });

  it('refuses entries without a use', async () => {
    const { problems } = await reportWith(`attributes:
  user.uid: It is not known.
  user.risk_score: It is not known.
  user.nme: It is not known.
fields:
  user.id: It means nothing.
  user.name: It means nothing.
  user.extra: It means nothing.
`);
    expect(problems.map(lineOf)).toEqual([
      'users.yaml:2:3 coverage-needless: the mapping writes `user.uid` = remove the entry',
      'users.yaml:3:3 coverage-needless: `user.risk_score` needs no reason: it is optional, or in an object that the mapping does not construct = remove the entry',
      'users.yaml:4:3 coverage-needless: there is no attribute `user.nme` = did you mean `user.name`?',
      'users.yaml:6:3 coverage-needless: `user.id` is read, or the engine needs it = remove the entry',
      'users.yaml:7:3 coverage-needless: `user.name` is read, or the engine needs it = remove the entry',
      "users.yaml:8:3 coverage-needless: no record of the stream's cases has `user.extra` = did you mean `user.extras` or `user.extras.a` or `user.extras.b`?",
    ]);
  });

  it('points at what is wrong with the shape of the file', async () => {
    const { problems, attributes } = await reportWith('attribute: {}\nfields: {user.extras: no}\n');
    expect(problems.map(lineOf)).toEqual([
      'users.yaml:1:1 def-unknown-key: unknown key `attribute` in the file = did you mean `attributes`?',
      expect.stringContaining('users.yaml:2:23 def-value: `user.extras` is the text "no"'),
    ]);
    expect(attributes.explained).toBe(0);
  });
});

describe('a tracked value', () => {
  it('is the value, and notes the path of each member that is looked at', () => {
    const reads = new Set<string>();
    const value = { a: { b: [{ c: 1 }, { d: 2 }] }, e: { f: 3 }, g: null };
    const tracked = trackReads(value, '', reads);
    expect(tracked.a.b.map((item) => item.c)).toEqual([1, undefined]);
    expect([...reads]).toEqual(['a', 'a.b', 'a.b.c']);
    expect(Array.isArray(tracked.a.b)).toBe(true);
    expect(JSON.parse(JSON.stringify(tracked))).toEqual(value);
    expect([...reads].sort()).toEqual(['a', 'a.b', 'a.b.c', 'a.b.d', 'e', 'e.f', 'g']);
  });
});
