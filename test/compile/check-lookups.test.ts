import { describe, expect, it } from 'vitest';
import { ACME, acmeWith, inspectAcme, lineOf, saidOf } from '../support/acme-connector.ts';

/** The connector with an endpoint for one user, and a stream that asks it. */
const ASKING = ACME.replace(
  'streams:\n',
  `  details:
    api: main
    path: /users/\${input.user.id}/details
    query: {of: "\${input.group.id}"}
    batch: {path: /batch}
streams:
`,
).replace('    event:', '    lookup:\n      detail:\n        endpoint: details\n    event:');

async function saidWith(from: string, to: string): Promise<string[]> {
  if (!ASKING.includes(from)) throw new Error(`the connector has no ${from}`);
  const { diagnostics } = await inspectAcme({ 'connector.yaml': ASKING.replace(from, to) });
  return diagnostics.map(lineOf);
}

describe('checkLookups', () => {
  it('has nothing to say of a lookup that names its record and a joined one', async () => {
    expect(await saidWith('acme', 'acme')).toEqual([]);
  });

  it.each([
    [
      '/users/${input.user.id}/details\n    query: {of: "${input.group.id}"}',
      '/users/details',
      'connector.yaml:39:19 def-lookup-without-input: `details` is asked for each record, and its path and query name none = name the record there, such as `${input.user.id}`',
    ],
    [
      'input.user.id',
      'input.usr.id',
      'connector.yaml:27:20 def-unknown-record: the stream `users` has no record `usr` when it asks this = did you mean `user`?',
    ],
    [
      'input.group.id',
      'input.detail.id',
      'connector.yaml:28:20 def-unknown-record: the stream `users` has no record `detail` when it asks this = use one of user, group',
    ],
    [
      'endpoint: details',
      'endpoint: details\n        into: usr',
      'connector.yaml:41:15 def-unknown-reference: the stream has no record `usr` = did you mean `user`?',
    ],
    ['batch: {path: /batch}', 'batch: {path: /batch}\n    records: value', undefined],
    [
      'record: {user: users}',
      'record: {user: details}',
      'connector.yaml:32:20 def-input-in-list: `details` is listed here, and its path or query names `input`, which only a lookup has = name an endpoint without `input`, or ask this one under `lookup`',
    ],
    [
      'endpoint: groups',
      'endpoint: details',
      'connector.yaml:35:19 def-input-in-list: `details` is listed here, and its path or query names `input`, which only a lookup has = name an endpoint without `input`, or ask this one under `lookup`',
    ],
    [
      '    event:',
      '    cursor: {field: user.at, endpoint: details}\n    event:',
      'connector.yaml:41:40 def-input-in-list: `details` is listed here, and its path or query names `input`, which only a lookup has = name an endpoint without `input`, or ask this one under `lookup`',
    ],
    [
      '    event:',
      '    alternatives: [{when: settings.deep, endpoint: details}]\n    event:',
      'connector.yaml:41:52 def-input-in-list: `details` is listed here, and its path or query names `input`, which only a lookup has = name an endpoint without `input`, or ask this one under `lookup`',
    ],
    [
      'path: /groups\n',
      'path: /groups\n    batch: {path: /batch}\n',
      'connector.yaml:24:5 def-batch-without-lookup: `groups` has a `batch`, and no stream looks it up = remove `batch`, or name the endpoint under `lookup` of a stream',
    ],
  ])('of %j as %j it says so', async (from, to, expected) => {
    const said = await saidWith(from, to);
    if (expected === undefined) expect(said).toEqual([]);
    else expect(said).toContain(expected);
  });

  it('refuses a list that is to complete a record', async () => {
    const text = ASKING.replace('batch: {path: /batch}', 'records: value').replace(
      'endpoint: details',
      'endpoint: details\n        into: user',
    );
    const { diagnostics } = await inspectAcme({ 'connector.yaml': text });
    expect(diagnostics.map(lineOf)).toContain(
      'connector.yaml:41:15 def-lookup-list: `details` answers with a list, whose members complete no record = remove `into`: mappings then know the list by the name of the lookup',
    );
  });

  it('lets a lookup name the answer to one before it, and none after it', async () => {
    const second = ASKING.replace(
      'streams:\n',
      '  more:\n    api: main\n    path: /more/${input.detail.id}\nstreams:\n',
    );
    const inOrder = second.replace('endpoint: details', 'endpoint: details\n      more: {endpoint: more}');
    expect((await inspectAcme({ 'connector.yaml': inOrder })).diagnostics).toEqual([]);
    const before = second.replace('      detail:\n', '      more: {endpoint: more}\n      detail:\n');
    expect((await inspectAcme({ 'connector.yaml': before })).diagnostics.map(({ code }) => code)).toEqual([
      'def-unknown-record',
    ]);
  });
});

describe('a stream that groups its records', () => {
  const group = 'group: {by: groupId, as: users}\n    event: user_inventory';

  it.each([
    ['cursor', 'cursor: {field: user.at}'],
    ['only_new', 'only_new: {when: settings.deep, field: user.at}'],
  ])('has no `%s`', async (key, line) => {
    expect(await saidOf('event: user_inventory', `${line}\n    ${group}`)).toEqual([
      `connector.yaml:33:5 def-group: the stream groups its records, which takes all of them, and has \`${key}\` = remove \`${key}\`, or \`group\``,
    ]);
  });

  it('is fine without them', async () => {
    const text = acmeWith('event: user_inventory', group);
    expect((await inspectAcme({ 'connector.yaml': text })).diagnostics).toEqual([]);
  });
});
