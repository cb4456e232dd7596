import { describe, expect, it } from 'vitest';
import { settingExample, settingValue } from '../../engine/compile/setting-value.ts';
import type { SettingDefinition } from '../../engine/definition/schema/connector.ts';

describe('settingValue', () => {
  it.each<[SettingDefinition, unknown, unknown]>([
    [{}, 'text', 'text'],
    [{}, 5, '5'],
    [{ type: 'integer' }, '12', 12],
    [{ type: 'number' }, '1.5', 1.5],
    [{ default: 3 }, '4', 4],
    [{ default: true }, 'false', false],
    [{ type: 'boolean' }, true, true],
    [{ enum: [1, 2] }, '2', 2],
    [{ format: 'uuid' }, '80FE8FF8-2624-418e-9591-41f0491218f9', '80FE8FF8-2624-418e-9591-41f0491218f9'],
    [{ format: 'uri' }, 'http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    [{ format: 'date-time' }, '2026-01-01T00:00:00+01:00', '2026-01-01T00:00:00+01:00'],
    [{ format: 'hostname' }, 'a.example.com', 'a.example.com'],
    [{ format: 'email' }, 'a@example.com', 'a@example.com'],
    [{ minLength: 2, maxLength: 3, pattern: '^a' }, 'abc', 'abc'],
  ])('%j admits %j', (definition, given, value) => {
    expect(settingValue(definition, given)).toEqual({ value });
  });

  it.each<[SettingDefinition, unknown, string]>([
    [{ type: 'integer' }, '1.5', 'a whole number'],
    [{ type: 'integer' }, ' ', 'a whole number'],
    [{ type: 'integer' }, true, 'a whole number'],
    [{ type: 'number' }, 'x', 'a number'],
    [{ type: 'number' }, 'Infinity', 'a number'],
    [{ type: 'number' }, [], 'a number'],
    [{ type: 'integer', minimum: 2 }, '1', 'at least 2'],
    [{ type: 'integer', maximum: 2 }, 3, 'at most 2'],
    [{ type: 'boolean' }, 'yes', '`true` or `false`'],
    [{ type: 'boolean' }, 1, '`true` or `false`'],
    [{ default: false }, 'no', '`true` or `false`'],
    [{}, {}, 'a text'],
    [{}, null, 'a text'],
    [{ format: 'uuid' }, 'x', 'a uuid such as 80fe8ff8-2624-418e-9591-41f0491218f9'],
    [{ format: 'uri' }, 'ftp://x', 'a uri such as https://api.example.com'],
    [{ format: 'uri' }, 'https://', 'a uri such as https://api.example.com'],
    [{ format: 'date-time' }, '2026-01-01', 'a date-time such as 2026-01-01T00:00:00Z'],
    [{ format: 'hostname' }, 'a b', 'a hostname such as api.example.com'],
    [{ format: 'email' }, 'a@', 'a email such as soc@example.com'],
    [{ pattern: '^a+$' }, 'b', 'a text that matches ^a+$'],
    [{ minLength: 2 }, 'b', 'at least 2 characters'],
    [{ maxLength: 2 }, 'bbb', 'at most 2 characters'],
    [{ enum: ['abc', 'x'] }, 'y', 'one of abc, x'],
  ])('%j refuses %j', (definition, given, expected) => {
    expect(settingValue(definition, given)).toMatchObject({ expected });
  });

  it('names the value that was meant', () => {
    expect(settingValue({ enum: ['basic', 'body'] }, 'basci')).toMatchObject({
      fix: 'did you mean `basic`?',
    });
  });
});

describe('settingExample', () => {
  it.each<[SettingDefinition, string]>([
    [{ examples: ['acme'], format: 'hostname' }, 'acme'],
    [{ enum: ['a', 'b'] }, 'a'],
    [{ format: 'email' }, 'soc@example.com'],
    [{}, 'VALUE'],
  ])('of %j is %s', (definition, example) => {
    expect(settingExample(definition)).toBe(example);
  });
});
