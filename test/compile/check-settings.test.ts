import { describe, expect, it } from 'vitest';
import { saidOf } from '../support/acme-connector.ts';

const TENANT = 'tenant: {title: Tenant}';

describe('checkSettings', () => {
  it.each([
    'tenant: {default: x, format: hostname}',
    'tenant: {default: 5, minimum: 1}',
    'tenant: {type: integer, default: "${settings.size}"}\n  size: {default: 3}',
    'tenant: {enum: [a, b], default: a}',
    'tenant: {enum: [1, 2], default: 1}',
    'tenant: {type: boolean, default: true, examples: [false]}',
    'tenant: {examples: [some.example.com], pattern: "^[a-z.]+$"}',
  ])('accepts %j', async (setting) => {
    expect(await saidOf(TENANT, setting)).toEqual([]);
  });

  it.each([
    [
      '{format: uri, default: acme}',
      '3:34',
      'the default of `tenant` is `"acme"`, expected a uri such as https://api.example.com',
    ],
    ['{type: integer, default: "3"}', '3:36', 'the default of `tenant` is `"3"`, expected a number'],
    ['{type: integer, default: 2.5}', '3:36', 'the default of `tenant` is `2.5`, expected a whole number'],
    [
      '{type: boolean, default: yes}',
      '3:36',
      'the default of `tenant` is `"yes"`, expected `true` or `false`',
    ],
    ['{default: 5, maximum: 3}', '3:21', 'the default of `tenant` is `5`, expected at most 3'],
    ['{default: [a]}', '3:21', 'the default of `tenant` is `["a"]`, expected a text'],
    ['{default: {a: b}}', '3:21', 'the default of `tenant` is `{"a":"b"}`, expected a text'],
    ['{default: }', '3:21', 'the default of `tenant` is `null`, expected a text'],
    ['{enum: [a, b], default: c}', '3:35', 'the default of `tenant` is `"c"`, expected one of a, b'],
    ['{type: integer, enum: [1, x]}', '3:37', 'a value of `tenant` is `"x"`, expected a whole number'],
    [
      '{format: uuid, examples: [1-2]}',
      '3:37',
      'an example of `tenant` is `"1-2"`, expected a uuid such as 80fe8ff8-2624-418e-9591-41f0491218f9',
    ],
  ])('refuses %j', async (setting, place, message) => {
    expect(await saidOf(TENANT, `tenant: ${setting}`)).toEqual([
      `connector.yaml:${place} def-setting-value: ${message} = correct the value, or the \`type\`, \`format\` and limits of the setting`,
    ]);
  });

  it.each(['default: s3cret', 'examples: [s3cret]', 'identity: true'])(
    'refuses a secret with %j',
    async (key) => {
      const [line, ...more] = await saidOf('secret: {secret: true}', `secret: {secret: true, ${key}}`);
      expect(line).toMatch(/^connector.yaml:4:3\d def-secret-open: /);
      expect(line).not.toContain('s3cret');
      expect(more).toEqual([]);
    },
  );

  it('refuses defaults that need each other, with the chain', async () => {
    const settings =
      'tenant: {default: "${settings.a}"}\n  a: {default: "x${settings.b}"}\n  b: {default: "${settings.url}"}';
    expect(await saidOf(TENANT, settings)).toEqual([
      'connector.yaml:3:21 def-setting-cycle: defaults need each other: `tenant` needs `a` needs `b` needs `url` needs `tenant` = give one of them a default of its own',
    ]);
  });

  it('refuses a default that needs itself', async () => {
    expect(await saidOf(TENANT, 'tenant: {default: "${settings.tenant}"}')).toEqual([
      'connector.yaml:3:21 def-setting-cycle: defaults need each other: `tenant` needs `tenant` = give one of them a default of its own',
    ]);
  });
});
