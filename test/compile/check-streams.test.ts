import { describe, expect, it } from 'vitest';
import { ACME, acmeWith, inspectAcme, lineOf, MAPPING, saidOf } from '../support/acme-connector.ts';

describe('checkStreams', () => {
  it.each([
    [
      'connector: acme',
      'connector: acne',
      'connector.yaml:1:12 warning def-connector-name: the connector is `acne`, its folder `acme` = name both the same',
    ],
    [
      'records: data.items\n    key: id',
      'records: data.items',
      'connector.yaml:16:3 def-missing-key: `users` has no `key`, and the stream `users` needs one = add `key`: the path to what identifies a record, such as `id`',
    ],
    [
      '      group:\n',
      '      user:\n',
      "connector.yaml:29:7 def-name: `user` is the name of the stream's own record = give the record another name",
    ],
    [
      '{user.groupId: id}',
      '{usr.groupId: id}',
      "connector.yaml:31:14 def-unknown-record: `usr.groupId` does not begin with the stream's record `user` = did you mean `user`?",
    ],
    [
      '{user.groupId: id}',
      '{groupId: id}',
      "connector.yaml:31:14 def-unknown-record: `groupId` does not begin with the stream's record `user` = write `user.groupId`",
    ],
    [
      '{user.groupId: id}',
      '{user.: id}',
      'connector.yaml:31:14 def-path: `user.` is not a path = write field names with dots between them, such as `data.items`',
    ],
    [
      'event: user_inventory',
      'cursor: {field: updated}\n    event: user_inventory',
      "connector.yaml:33:21 def-unknown-record: `updated` does not begin with the stream's record `user` = write `user.updated`",
    ],
    [
      'event: user_inventory',
      'only_new: {when: settings.deep, field: created}\n    event: user_inventory',
      "connector.yaml:33:44 def-unknown-record: `created` does not begin with the stream's record `user` = write `user.created`",
    ],
    [
      'event: user_inventory',
      'event: user_inventry',
      'connector.yaml:33:12 def-unknown-class: OCSF 1.5.0 has no class `user_inventry` = did you mean `user_inventory`?',
    ],
    [
      'event: user_inventory',
      'event: constructor',
      'connector.yaml:33:12 def-unknown-class: OCSF 1.5.0 has no class `constructor` = use the name of a class, such as `inventory_info`',
    ],
    [
      'acme/user.jsonata',
      'acme/usr.jsonata',
      'connector.yaml:35:14 def-missing-mapping: there is no mapping file `acme/usr.jsonata` = write it below `mappings/`, or correct the name',
    ],
    [
      'acme/user.jsonata',
      '../../connector.jsonata',
      'connector.yaml:35:14 def-missing-mapping: there is no mapping file `../../connector.jsonata` = write it below `mappings/`, or correct the name',
    ],
  ])('refuses %j', async (from, to, expected) => {
    expect(await saidOf(from, to)).toContain(expected);
  });

  it.each([
    [
      'user.name',
      'usr.name',
      'user.jsonata:3:36 map-unknown-record: the input has no `usr` = did you mean `user`?',
    ],
    [
      'group.title',
      'grop.title',
      'user.jsonata:4:14 map-unknown-record: the input has no `grop` = did you mean `group`?',
    ],
    [
      '"message"',
      '"mesage"',
      'user.jsonata:4:3 ocsf-unknown-attribute: the class has no attribute `mesage` = did you mean `message`?',
    ],
    [
      '"uid"',
      '"uidd"',
      'user.jsonata:3:12 ocsf-unknown-attribute: `user` has no attribute `uidd` = did you mean `uid`?',
    ],
    [
      '5003',
      '"5003"',
      'user.jsonata:2:16 ocsf-type: `class_uid` is the string "5003", OCSF wants a number (`integer_t`) = give a number',
    ],
    [
      'group.title',
      '$uppercse(group.title)',
      'user.jsonata:4:14 expr-unknown-function: there is no function `$uppercse` = did you mean `$uppercase`?',
    ],
    ['group.title', '$nope', 'user.jsonata:4:14 expr-unknown-variable: no variable `$nope` is bound here'],
    ['group.title', 'group.', 'user.jsonata:5:1 expr-syntax'],
  ])('refuses in the mapping %j', async (from, to, expected) => {
    const { diagnostics } = await inspectAcme({ 'mappings/acme/user.jsonata': MAPPING.replace(from, to) });
    expect(
      diagnostics.map(lineOf).some((line) => line.startsWith(expected)),
      diagnostics.map(lineOf).join('\n'),
    ).toBe(true);
  });

  it('reports a mapping that two streams share once', async () => {
    const text = `${ACME}  again:\n    record: {user: users}\n    join: {group: {endpoint: groups, on: {user.groupId: id}}}\n    event: user_inventory\n    mappings: {plain: acme/user.jsonata}\n`;
    const broken = MAPPING.replace('group.title', '$nope');
    const { diagnostics } = await inspectAcme({
      'connector.yaml': text,
      'mappings/acme/user.jsonata': broken,
    });
    expect(diagnostics).toHaveLength(1);
  });

  it('lets a joined list do without a key', async () => {
    const text = acmeWith('path: /groups\n    key: id', 'path: /groups');
    expect((await inspectAcme({ 'connector.yaml': text })).diagnostics).toEqual([]);
  });
});
