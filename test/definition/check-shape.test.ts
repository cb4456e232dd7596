import { describe, expect, it } from 'vitest';
import { checkShape } from '../../engine/definition/check-shape.ts';
import { configSchema } from '../../engine/definition/schema/config.ts';
import type { Schema } from '../../engine/definition/schema/schema.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { YamlFile } from '../../engine/definition/yaml-file.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', description: 'What it is called.', pattern: '^[a-z]+$' },
    count: { type: 'integer', minimum: 1, maximum: 9, description: 'How many.' },
    share: { type: 'number', description: 'A share.' },
    on: { type: 'boolean', description: 'Whether.' },
    regex: { type: 'string', format: 'regex', description: 'A pattern.' },
    at: { type: 'string', format: 'date-time', description: 'When.' },
    kind: { type: 'string', enum: ['header', 'query'], description: 'Where.' },
    list: {
      type: 'array',
      minItems: 1,
      description: 'Things.',
      items: {
        type: 'object',
        description: 'A thing.',
        required: ['id'],
        properties: { id: { type: 'string' } },
      },
    },
    one: {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      description: 'Exactly one.',
      propertyNames: { type: 'string', pattern: '^[a-z]+$' },
      additionalProperties: { type: 'string', description: 'It.' },
    },
    auth: {
      type: 'object',
      description: 'A flow.',
      required: ['type'],
      discriminator: { propertyName: 'type' },
      oneOf: [
        {
          type: 'object',
          additionalProperties: false,
          required: ['type', 'token'],
          properties: { type: { const: 'bearer' }, token: { type: 'string', description: 'The token.' } },
        },
        {
          type: 'object',
          additionalProperties: false,
          required: ['type'],
          properties: { type: { const: 'basic' }, user: { type: 'string' } },
        },
      ],
    },
  },
} as const satisfies Schema;

function check(text: string, as: Schema = schema): string[] {
  const file = new YamlFile(new SourceText('a.yaml', text));
  expect(file.diagnostics).toEqual([]);
  return checkShape(file, as).map(
    ({ code, message, at, fix }) =>
      `${at?.start.line}:${at?.start.column} ${code}: ${message}${fix ? ` = ${fix}` : ''}`,
  );
}

describe('checkShape', () => {
  it('says nothing of a file that has the shape', () => {
    expect(check('name: x\ncount: 3\nshare: 0.5\nkind: query\nlist: [{id: a}]\none: {a: b}\n')).toEqual([]);
    expect(check('name: x\nauth: {type: basic, user: u}\nregex: "^a"\nat: 2026-01-01T00:00:00Z\n')).toEqual(
      [],
    );
  });

  it.each([
    ['nmae: x\nname: y', '1:1 def-unknown-key: unknown key `nmae` in the file = did you mean `name`?'],
    [
      'name: x\nauth: {type: basic, xyz: 1}',
      '2:21 def-unknown-key: unknown key `xyz` in `auth` = use one of `type`, `user`',
    ],
    ['count: 1', '1:1 def-missing-key: the file has no `name` = add `name`: What it is called.'],
    ['name: x\nlist:\n  - {}\n', '3:5 def-missing-key: item 1 of `list` has no `id` = add `id`'],
    ['name: x\nauth: {type: bearer}', '2:1 def-missing-key: `auth` has no `token` = add `token`: The token.'],
    [
      'name: x\nauth: {type: beerer}',
      '2:14 def-unknown-type: unknown type `beerer` of `auth` = did you mean `bearer`?',
    ],
    [
      'name: x\nauth: {type: saml}',
      '2:14 def-unknown-type: unknown type `saml` of `auth` = use one of `bearer`, `basic`',
    ],
    [
      'name: x\nauth: {user: u}',
      '2:1 def-missing-key: `auth` has no `type` = add `type`: one of `bearer`, `basic`',
    ],
    [
      'name: x\nauth: {type: 3}',
      '2:14 def-unknown-type: the type of `auth` is the number 3 = use one of `bearer`, `basic`',
    ],
    [
      'name: x\nauth: {tpye: basic}',
      '2:8 def-unknown-key: unknown key `tpye` in `auth` = did you mean `type`?',
    ],
    ['name: x\nauth: basic', '2:7 def-type: `auth` is the text "basic", expected a map = `auth` is: A flow.'],
    [
      'name: x\nkind: headr',
      '2:7 def-value: `kind` is the text "headr", expected one of `header`, `query` = did you mean `header`?',
    ],
    ['name: 1', '1:7 def-type: `name` is the number 1, expected a text = `name` is: What it is called.'],
    ['name:', '1:6 def-type: `name` is empty, expected a text = `name` is: What it is called.'],
    [
      'name: x\ncount: "3"',
      '2:8 def-type: `count` is the text "3", expected a whole number = `count` is: How many.',
    ],
    [
      'name: x\ncount: 2.5',
      '2:8 def-type: `count` is the number 2.5, expected a whole number = `count` is: How many.',
    ],
    ['name: x\nshare: []', '2:8 def-type: `share` is a list, expected a number = `share` is: A share.'],
    ['name: x\non: yes', '2:5 def-type: `on` is the text "yes", expected true or false = `on` is: Whether.'],
    ['name: x\nlist: {a: 1}', '2:7 def-type: `list` is a map, expected a list = `list` is: Things.'],
    [
      'name: X1',
      '1:7 def-value: `name` is the text "X1", which must match pattern "^[a-z]+$" = `name` is: What it is called.',
    ],
    [
      'name: x\ncount: 0',
      '2:8 def-value: `count` is the number 0, which must be >= 1 = `count` is: How many.',
    ],
    [
      'name: x\ncount: 10',
      '2:8 def-value: `count` is the number 10, which must be <= 9 = `count` is: How many.',
    ],
    [
      'name: x\nlist: []',
      '2:7 def-value: `list` is a list, which must NOT have fewer than 1 items = `list` is: Things.',
    ],
    [
      'name: x\none: {}',
      '2:6 def-value: `one` is a map, which must NOT have fewer than 1 properties = `one` is: Exactly one.',
    ],
    [
      'name: x\none: {a: b, c: d}',
      '2:6 def-value: `one` is a map, which must NOT have more than 1 properties = `one` is: Exactly one.',
    ],
    [
      'name: x\none: {A1: b}',
      '2:7 def-name: `A1` is not a name = use letters, digits and underscores, a letter first',
    ],
    [
      'name: x\nregex: "("',
      '2:8 def-value: `regex` is the text "(", which must match format "regex" = `regex` is: A pattern.',
    ],
    [
      'name: x\nat: soon',
      '2:5 def-value: `at` is the text "soon", which must match format "date-time" = `at` is: When.',
    ],
  ])('refuses %j', (text, expected) => {
    expect(check(text)).toContain(expected);
  });

  it('refuses a file that is no map', () => {
    expect(check('')).toEqual(['1:1 def-type: the file is empty, expected a map']);
    expect(check('- a')).toEqual(['1:1 def-type: the file is a list, expected a map']);
  });

  it('reports everything at once, in the order of the file', () => {
    expect(check('extra: 1\nname: 2\ncount: x\n').map((line) => line.split(' ')[0])).toEqual([
      '1:1',
      '2:7',
      '3:8',
    ]);
  });

  it('reports one fault once', () => {
    expect(check('name: x\none: {A1: b}')).toHaveLength(1);
    expect(check('name: x\nauth: {type: nope, token: 1}')).toHaveLength(1);
  });

  it('cuts long values', () => {
    const [line = ''] = check(`name: "${'X'.repeat(500)}"`);
    expect(line).toContain(`${'X'.repeat(56)}...`);
  });

  it('reads keys with slashes and tildes', () => {
    const problem = check('connectors:\n  a/b~c:\n    to: x\n', configSchema);
    expect(problem).toEqual([
      '3:5 def-unknown-key: unknown key `to` in `a/b~c` = use one of `settings`, `secrets`, `streams`',
    ]);
  });

  it('places what is wrong below an alias at the anchor', () => {
    const text = 'name: x\nlist: &l\n  - id: 1\none: {a: b}\n';
    expect(check(text)[0]).toContain('3:9 def-type');
  });

  it('takes keys that are names of JavaScript for unknown keys', () => {
    expect(check('name: x\n__proto__: {a: 1}\nconstructor: 1\n').map((line) => line.slice(0, 20))).toEqual([
      '2:1 def-unknown-key:',
      '3:1 def-unknown-key:',
    ]);
  });
});
