import { describe, expect, it } from 'vitest';
import { ACME, inspectAcme, lineOf, saidOf } from '../support/acme-connector.ts';

describe('checkPlaces', () => {
  it('says nothing of a connector whose names all exist', async () => {
    expect((await inspectAcme()).diagnostics.map(lineOf)).toEqual([]);
  });

  it.each([
    [
      'auth: token',
      'auth: tokn',
      'connector.yaml:14:11 def-unknown-reference: `auth` has no `tokn` = did you mean `token`?',
    ],
    [
      'api: main\n    path: /users',
      'api: other\n    path: /users',
      'connector.yaml:17:10 def-unknown-reference: `apis` has no `other` = use one of main',
    ],
    [
      'record: {user: users}',
      'record: {user: user}',
      'connector.yaml:27:20 def-unknown-reference: `endpoints` has no `user` = did you mean `users`?',
    ],
    [
      'endpoint: groups',
      'endpoint: toString',
      'connector.yaml:30:19 def-unknown-reference: `endpoints` has no `toString` = use one of users, groups',
    ],
  ])('refuses a reference to nothing: %j', async (from, to, expected) => {
    expect(await saidOf(from, to)).toContain(expected);
  });

  it.each([
    [
      'records: data.items',
      'records: data..items',
      'connector.yaml:19:14 def-path: `data..items` is not a path = write field names with dots between them, such as `data.items`',
    ],
    [
      'records: data.items',
      'records: "data[0]"',
      'connector.yaml:19:14 def-path: `data[0]` is not a path = write field names with dots between them, such as `data.items`',
    ],
    [
      '{user.groupId: id}',
      '{user.groupId: "a b"}',
      'connector.yaml:31:28 def-path: `a b` is not a path = write field names with dots between them, such as `data.items`',
    ],
  ])('refuses what is no path: %j', async (from, to, expected) => {
    expect(await saidOf(from, to)).toContain(expected);
  });

  it('reads a long path in a moment', async () => {
    const path = `${'a.'.repeat(5_000)}!`;
    const begin = performance.now();
    expect((await saidOf('records: data.items', `records: "${path}"`))[0]).toContain('def-path');
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it.each([
    [
      'base_url: ${settings.url}',
      'base_url: ${settings.ulr}',
      'connector.yaml:13:17 def-unknown-setting: there is no setting `ulr` = did you mean `url`?',
    ],
    [
      'when: settings.deep',
      'when: settings.dep',
      'connector.yaml:32:15 def-unknown-setting: there is no setting `dep` = did you mean `deep`?',
    ],
    [
      'base_url: ${settings.url}',
      'base_url: x${settings.toString}',
      'connector.yaml:13:18 def-unknown-setting: there is no setting `toString` = add it under `settings`',
    ],
    [
      '"https://${settings.tenant}',
      '"https://${settings.tennant}',
      'connector.yaml:5:29 def-unknown-setting: there is no setting `tennant` = did you mean `tenant`?',
    ],
  ])('refuses a setting that does not exist: %j', async (from, to, expected) => {
    expect(await saidOf(from, to)).toContain(expected);
  });

  it.each([
    ['base_url: ${settings.url}', 'base_url: ${settings.secret}', '13:17', 'settings.secret'],
    ['path: /users', 'path: /users/${$string(settings.secret)}', '18:28', 'settings.secret'],
    ['when: settings.deep', 'when: settings.secret = "x"', '32:15', 'settings.secret'],
    ['"https://${settings.tenant}', '"https://${settings.secret}', '5:29', 'settings.secret'],
  ])('refuses a secret in a place that is not made for secrets: %j', async (from, to, place, name) => {
    expect(await saidOf(from, to)).toContain(
      `connector.yaml:${place} def-secret-place: \`${name}\` is a secret and this place is not made for secrets = use it in an entry of \`auth\` only`,
    );
  });

  it.each([
    [
      'path: /users',
      'path: /users/${setings.url}',
      '18:20 expr-unknown-name: the input has no `setings` = did you mean `settings`?',
    ],
    [
      'path: /users',
      'path: /users/${now}',
      '18:20 expr-unknown-name: the input has no `now` = use one of `settings`',
    ],
    [
      'path: /users',
      'path: /users/${$lowercas(settings.url)}',
      '18:20 expr-unknown-function: there is no function `$lowercas` = did you mean `$lowercase`?',
    ],
    ['path: /users', 'path: /users/${$x}', '18:20 expr-unknown-variable: no variable `$x` is bound here'],
    [
      'path: /users',
      'path: /users/${settings.url',
      '18:18 expr-syntax: `${` is not closed = close the expression with `}`',
    ],
    [
      'path: /users',
      'path: /users/${settings.}',
      '18:29 expr-syntax: the expression ends after `.` = here an expression sees `settings`',
    ],
    [
      'path: /users',
      'path: /users/${}',
      '18:20 expr-syntax: the expression is empty = here an expression sees `settings`',
    ],
    [
      'when: settings.deep',
      'when: settings.deep and',
      '32:32 expr-syntax: the expression ends after `and` = here an expression sees `settings`',
    ],
    [
      'when: settings.deep',
      'when: machine.deep',
      '32:15 expr-unknown-name: the input has no `machine` = use one of `settings`',
    ],
    ['when: settings.deep', 'when: $random() > 0.5', '32:15 expr-unknown-function'],
    [
      'when: settings.deep',
      'when: ""',
      '32:16 expr-syntax: the expression is empty = here an expression sees `settings`',
    ],
  ])('refuses in %j what stands in %j', async (from, to, expected) => {
    const said = await saidOf(from, to);
    expect(
      said.some((line) => line.startsWith(`connector.yaml:${expected}`)),
      said.join('\n'),
    ).toBe(true);
  });

  it('finds the place inside of a block scalar', async () => {
    const [line] = await saidOf(
      'when: settings.deep',
      'when: |\n          settings.deep\n            and settings.dep',
    );
    expect(line).toBe(
      'connector.yaml:34:17 def-unknown-setting: there is no setting `dep` = did you mean `deep`?',
    );
  });

  it('reports what stands below an anchor once, at the anchor', async () => {
    const text = ACME.replace('record: {user: users}', 'record: &r {user: usrs}').concat(
      '  again:\n    record: *r\n    event: user_inventory\n    mappings: {plain: acme/user.jsonata}\n',
    );
    const { diagnostics } = await inspectAcme({ 'connector.yaml': text });
    const references = diagnostics.filter(({ code }) => code === 'def-unknown-reference');
    expect(references.map(lineOf)).toEqual([
      'connector.yaml:27:23 def-unknown-reference: `endpoints` has no `usrs` = did you mean `users`?',
    ]);
  });
});
