import { describe, expect, it } from 'vitest';
import { inspectAcme, lineOf } from '../support/acme-connector.ts';

const user = { id: 'u1', name: 'Ann', groupId: 'g1' };
const CASE = {
  'cases/users/one/case.yaml': 'title: one\n',
  'cases/users/one/users.json': JSON.stringify({ data: { items: [user] } }),
  'cases/users/one/groups.json': JSON.stringify([{ id: 'g1', title: 'G' }]),
};

async function said(files: Record<string, string>): Promise<string[]> {
  return (await inspectAcme(files)).diagnostics.map(lineOf);
}

describe('loadCases', () => {
  it('loads recorded answers, bare lists and single records, in the order of their names', async () => {
    const { cases } = await inspectAcme({
      ...CASE,
      'cases/users/one/expected.json': '[{"a": 1}, {"a": 2}]',
      'cases/users/a-record/case.yaml':
        'title: record\nnow: 2026-02-03T04:05:06Z\nas: plain\nsettings: {deep: true}\n',
      'cases/users/a-record/record.json': JSON.stringify({ user }),
      'cases/users/a-record/expected.json': '{"a": 1}',
      'cases/users/a-record/README.md': 'why',
    });
    expect(cases).toMatchObject([
      {
        name: 'a-record',
        stream: 'users',
        definition: { title: 'record', now: '2026-02-03T04:05:06Z', as: 'plain', settings: { deep: true } },
        input: { record: { user } },
        expected: [{ a: 1 }],
      },
      {
        name: 'one',
        definition: { title: 'one', now: '2026-01-01T00:00:00Z' },
        input: { lists: { users: [user], groups: [{ id: 'g1', title: 'G' }] } },
        expected: [{ a: 1 }, { a: 2 }],
      },
    ]);
  });

  it('has nothing expected where there is no expected.json yet', async () => {
    expect((await inspectAcme(CASE)).cases?.[0]?.expected).toBeUndefined();
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a stream that is not there',
      { 'cases/usrs/one/case.yaml': 'title: x' },
      'case.yaml:1:1 case-incomplete: there is no stream `usrs` = did you mean `users`?',
    ],
    [
      'a stream with a name of JavaScript',
      { 'cases/toString/one/case.yaml': 'title: x' },
      'case.yaml:1:1 case-incomplete: there is no stream `toString` = name the folder like one of users',
    ],
    [
      'no case.yaml',
      { 'cases/users/one/record.json': '{}' },
      'case.yaml:1:1 case-incomplete: there is no case.yaml = write one with a `title`',
    ],
    [
      'nothing to put in',
      { 'cases/users/one/case.yaml': 'title: x' },
      'case.yaml:1:1 case-incomplete: there is nothing to put in = add record.json, or users.json and groups.json with recorded answers',
    ],
    [
      'a file that nothing reads',
      { ...CASE, 'cases/users/one/group.json': '[]' },
      'group.json:1:1 case-incomplete: nothing reads `group.json` = did you mean `groups.json`?',
    ],
    [
      'answers beside a record',
      { ...CASE, 'cases/users/one/record.json': '{"user": {"id": 1}}' },
      'users.json:1:1 case-incomplete: nothing reads `users.json` = remove it, or name it like one of record.json',
    ],
    [
      'a misspelled key',
      { ...CASE, 'cases/users/one/case.yaml': 'titel: x\n' },
      'case.yaml:1:1 def-unknown-key: unknown key `titel` in the file = did you mean `title`?',
    ],
    [
      'a time that is none',
      { ...CASE, 'cases/users/one/case.yaml': 'title: x\nnow: 2026-13-01T00:00:00Z\n' },
      'case.yaml:2:6 def-value: `now` is the text "2026-13-01T00:00:00Z", which must match format "date-time" = `now` is: The fetch time.',
    ],
    [
      'a day without a time',
      { ...CASE, 'cases/users/one/case.yaml': 'title: x\nnow: 2026-01-01\n' },
      'case.yaml:2:6 def-value: `now` is the text "2026-01-01", which must match format "date-time" = `now` is: The fetch time.',
    ],
    [
      'broken YAML',
      { ...CASE, 'cases/users/one/case.yaml': 'title: "x\n' },
      'case.yaml:2:1 yaml-syntax: missing closing "quote',
    ],
    [
      'an unknown mapping',
      { ...CASE, 'cases/users/one/case.yaml': 'title: x\nas: plan\n' },
      'case.yaml:2:5 case-unknown-mapping: the stream `users` has no mapping `plan` = did you mean `plain`?',
    ],
    [
      'an unknown setting',
      { ...CASE, 'cases/users/one/case.yaml': 'title: x\nsettings: {dep: true}\n' },
      'case.yaml:2:12 case-unknown-setting: there is no setting `dep` = did you mean `deep`?',
    ],
    [
      'a setting of another type',
      { ...CASE, 'cases/users/one/case.yaml': 'title: x\nsettings: {deep: "true"}\n' },
      'case.yaml:2:18 case-setting: the setting `deep` is `"true"`, expected a boolean = write it as in `deep: VALUE`',
    ],
    [
      'a secret',
      { ...CASE, 'cases/users/one/case.yaml': 'title: x\nsettings: {secret: hush}\n' },
      'case.yaml:2:12 case-unknown-setting: `secret` is a secret, cases need none = remove it',
    ],
    [
      'a record without its record',
      { 'cases/users/one/case.yaml': 'title: x', 'cases/users/one/record.json': '{"usr": {}}' },
      'record.json:1:1 case-incomplete: there is no `user` in it = write {"user": {...}, "group": {...}}',
    ],
    [
      'a record that is a list',
      { 'cases/users/one/case.yaml': 'title: x', 'cases/users/one/record.json': '[]' },
      'record.json:1:1 case-incomplete: there is no `user` in it = write {"user": {...}, "group": {...}}',
    ],
    [
      'a record of another stream',
      {
        'cases/users/one/case.yaml': 'title: x',
        'cases/users/one/record.json': '{"user": {"id": 1}, "gruop": {}}',
      },
      'record.json:1:1 case-incomplete: the stream `users` has no record `gruop` = did you mean `group`?',
    ],
    [
      'an answer without its list',
      { ...CASE, 'cases/users/one/users.json': '{"data": {}}' },
      'connector.yaml:19:14 def-no-list: the recorded answer of `users` has no list at `data.items` = correct `records`, or the answer in the case',
    ],
    [
      'an answer that is a text',
      { ...CASE, 'cases/users/one/groups.json': '"x"' },
      'connector.yaml:21:3 def-no-list: the recorded answer of `groups` has no list = correct `records`, or the answer in the case',
    ],
  ])('refuses %s', async (_, files, expected) => {
    const lines = await said(files);
    expect(
      lines.some((line) => line.startsWith(expected)),
      lines.join('\n'),
    ).toBe(true);
  });

  it('refuses JSON that is none, and leaves the case out', async () => {
    for (const name of ['users.json', 'expected.json']) {
      const { cases, connector, diagnostics } = await inspectAcme({
        ...CASE,
        [`cases/users/one/${name}`]: '{"a": }',
      });
      expect(lineOf(diagnostics[0] as never)).toMatch(
        new RegExp(`^${name}:1:\\d+ case-json: the file is not JSON`),
      );
      expect([cases, connector]).toEqual([undefined, undefined]);
    }
  });

  it('passes over files beside the cases and hidden files in them', async () => {
    const files = {
      ...CASE,
      'cases/README.md': 'x',
      'cases/users/notes.txt': 'x',
      'cases/users/one/.hidden': 'x',
    };
    expect(await said(files)).toEqual([]);
  });
});
