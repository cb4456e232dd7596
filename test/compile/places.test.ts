import { describe, expect, it } from 'vitest';
import { placesOf } from '../../engine/compile/places.ts';
import type { Schema } from '../../engine/definition/schema/schema.ts';

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    list: { type: 'array', items: { type: 'string', 'x-path': true } },
    free: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        oneOf: [
          {
            type: 'object',
            properties: { type: { const: 'a' }, one: { type: 'string', 'x-template': ['x'] } },
          },
          {
            type: 'object',
            properties: { type: { const: 'b' }, one: { type: 'string', 'x-expression': ['y'] } },
          },
        ],
      },
    },
  },
} as const satisfies Schema;

describe('placesOf', () => {
  it('walks maps, lists and members by their type, parents before children', () => {
    const value = {
      name: 'n',
      list: ['a', 'b'],
      free: { k: { type: 'a', one: '1' }, l: { type: 'b', one: '2' } },
    };
    const places = [...placesOf(schema, value)].map(({ path, schema: at }) => [path.join('.'), at]);
    expect(places.map(([path]) => path)).toEqual([
      '',
      'name',
      'list',
      'list.0',
      'list.1',
      'free',
      'free.k',
      'free.k.type',
      'free.k.one',
      'free.l',
      'free.l.type',
      'free.l.one',
    ]);
    expect(places.find(([path]) => path === 'free.k.one')?.[1]).toHaveProperty('x-template');
    expect(places.find(([path]) => path === 'free.l.one')?.[1]).toHaveProperty('x-expression');
  });

  it('passes over keys that the schema does not know, and values of other shapes', () => {
    const value = { other: { name: 'x' }, list: 'x', free: [1], constructor: 'x' };
    expect([...placesOf(schema, value)].map(({ path }) => path.join('.'))).toEqual(['', 'list', 'free']);
  });
});
