import { describe, expect, it } from 'vitest';
import { acmeWith, inspectAcme, lineOf, MAPPING } from '../support/acme-connector.ts';

const users = {
  data: {
    items: [{ id: 'u1', name: 'Ann', groupId: 'g1', created: '2026-01-01T00:00:00Z', tags: [{ key: 'k' }] }],
  },
};
const groups = [{ id: 'g1', title: 'Group', at: '2026-01-01T00:00:00Z' }];
const CASE = {
  'cases/users/one/case.yaml': 'title: one\n',
  'cases/users/one/users.json': JSON.stringify(users),
  'cases/users/one/groups.json': JSON.stringify(groups),
};

async function said(files: Record<string, string>): Promise<string[]> {
  return (await inspectAcme({ ...CASE, ...files })).diagnostics.map(lineOf);
}

describe('checkEvidence', () => {
  it('says nothing where all paths occur', async () => {
    expect(await said({})).toEqual([]);
  });

  it.each([
    [
      'path: /users\n    records: data.items\n    key: id',
      'path: /users\n    records: data.items\n    key: idd',
      '20:10 def-unknown-field: none of 1 recorded records of `users` has `idd` = did you mean `id`?',
    ],
    [
      '{user.groupId: id}',
      '{user.gropId: id}',
      '31:14 def-unknown-field: none of 1 recorded records of `users` has `gropId` = did you mean `groupId`?',
    ],
    [
      '{user.groupId: id}',
      '{user.groupId: uid}',
      '31:28 def-unknown-field: none of 1 recorded records of `groups` has `uid` = did you mean `id`?',
    ],
    [
      'when: settings.deep',
      'newest: ta',
      '32:17 def-unknown-field: none of 1 recorded records of `groups` has `ta` = did you mean `at`?',
    ],
    [
      'event: user_inventory',
      'cursor: {field: user.updated}\n    event: user_inventory',
      '33:21 def-unknown-field: none of 1 recorded records of `users` has `updated` = correct the path, or add a case whose records have it',
    ],
    [
      'event: user_inventory',
      'only_new: {when: settings.deep, field: user.craeted}\n    event: user_inventory',
      '33:44 def-unknown-field: none of 1 recorded records of `users` has `craeted` = did you mean `created`?',
    ],
    [
      'event: user_inventory',
      'ignore: [user.tags, user.nam]\n    event: user_inventory',
      '33:25 def-unknown-field: none of 1 recorded records of `users` has `nam` = did you mean `name`?',
    ],
    [
      'event: user_inventory',
      'removed: {absent: true, at: user.craeted}\n    event: user_inventory',
      '33:33 def-unknown-field: none of 1 recorded records of `users` has `craeted` = did you mean `created`?',
    ],
    [
      'path: /users\n    records: data.items\n    key: id',
      'path: /users\n    records: data.items\n    key_with: [nam]\n    key: id',
      '20:16 def-unknown-field: none of 1 recorded records of `users` has `nam` = did you mean `name`?',
    ],
    [
      'path: /groups\n    key: id',
      'path: /groups\n    key: uid',
      '24:10 def-unknown-field: none of 1 recorded records of `groups` has `uid` = did you mean `id`?',
    ],
  ])('refuses a path of the connector that no record has: %j', async (from, to, expected) => {
    expect(await said({ 'connector.yaml': acmeWith(from, to) })).toEqual([`connector.yaml:${expected}`]);
  });

  it('refuses a path to the records where the recorded answer has no list, at that path', async () => {
    expect(await said({ 'connector.yaml': acmeWith('data.items', 'data.itmes') })).toEqual([
      'connector.yaml:19:14 def-no-list: the recorded answer of `users` has no list at `data.itmes` = correct `records`, or the answer in the case',
    ]);
  });

  it('warns of a path of a mapping that no record has', async () => {
    const mapping = MAPPING.replace('user.name', 'user.nmae').replace(
      'group.title',
      'user.tags[key = "k"].valeu',
    );
    expect(await said({ 'mappings/acme/user.jsonata': mapping })).toEqual([
      'user.jsonata:3:36 warning map-unknown-path: `user.nmae` is in none of 1 recorded records of `users` = did you mean `name`?',
      'user.jsonata:4:14 warning map-unknown-path: `user.tags.valeu` is in none of 1 recorded records of `users` = correct the path, or add a case whose record has it',
    ]);
  });

  it('says nothing of an endpoint without records', async () => {
    const files = {
      'cases/users/one/case.yaml': 'title: one\n',
      'cases/users/one/users.json': JSON.stringify(users),
    };
    const mapping = MAPPING.replace('group.title', 'group.nothing');
    expect((await inspectAcme({ ...files, 'mappings/acme/user.jsonata': mapping })).diagnostics).toEqual([]);
  });

  it('takes the records of a case with one record as evidence too', async () => {
    const record = { user: users.data.items[0], group: groups[0] };
    const files = {
      'cases/users/two/case.yaml': 'title: two\n',
      'cases/users/two/record.json': JSON.stringify(record),
    };
    const mapping = MAPPING.replace('user.name', 'user.nmae').replace('group.title', 'group.titel');
    const { diagnostics } = await inspectAcme({ ...files, 'mappings/acme/user.jsonata': mapping });
    expect(diagnostics.map(({ code, at }) => `${at?.start.line} ${code}`)).toEqual([
      '3 map-unknown-path',
      '4 map-unknown-path',
    ]);
  });
});
