import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../engine/definition/defaults.ts';
import type { Schema } from '../../engine/definition/schema/schema.ts';

const entry = {
  type: 'object',
  oneOf: [
    { type: 'object', properties: { type: { const: 'a' }, size: { type: 'integer', default: 10 } } },
    { type: 'object', properties: { type: { const: 'b' }, name: { type: 'string', default: 'x' } } },
  ],
} as const satisfies Schema;

const schema = {
  type: 'object',
  properties: {
    on: { type: 'boolean', default: false },
    deep: { type: 'object', properties: { unit: { type: 'string', default: 's' } } },
    list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer', default: 1 } } } },
    free: { type: 'object', additionalProperties: entry },
  },
} as const satisfies Schema;

describe('withDefaults', () => {
  it('fills in absent keys, at every depth that is there', () => {
    expect(withDefaults<unknown>(schema, { deep: {}, list: [{}, { n: 2 }] })).toEqual({
      on: false,
      deep: { unit: 's' },
      list: [{ n: 1 }, { n: 2 }],
    });
  });

  it('leaves what is written alone, false and 0 included', () => {
    expect(withDefaults<unknown>(schema, { on: true, list: [{ n: 0 }] })).toEqual({
      on: true,
      list: [{ n: 0 }],
    });
  });

  it('makes no map that is not there', () => {
    expect(withDefaults<unknown>(schema, {})).toEqual({ on: false });
  });

  it('fills each entry by its type', () => {
    expect(withDefaults<unknown>(schema, { free: { one: { type: 'a' }, two: { type: 'b' } } })).toMatchObject(
      {
        free: { one: { type: 'a', size: 10 }, two: { type: 'b', name: 'x' } },
      },
    );
  });

  it('does not change what it was given, and keeps unknown keys', () => {
    const value = { deep: {}, other: 1 };
    expect(withDefaults<unknown>(schema, value)).toMatchObject({ other: 1 });
    expect(value).toEqual({ deep: {}, other: 1 });
  });
});
