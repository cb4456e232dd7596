/** `one_of`: one of several generators, by weight. */
import type { Cursor } from './cursor.ts';
import { drawUnit, type GeneratorKind, type GeneratorSpec } from './kind.ts';
import { boundsOf, choiceAt } from './pick.ts';
import { writeOf } from './write-code.ts';

export const oneOf: GeneratorKind<{ of: { weight: number; value: GeneratorSpec }[] }> = {
  properties: {
    of: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          weight: { type: 'number', exclusiveMinimum: 0 },
          value: { $ref: '#/$defs/generator' },
        },
        required: ['weight', 'value'],
        additionalProperties: false,
      },
    },
  },
  required: ['of'],
  compile: ({ of }, scope) => {
    const makers = of.map(({ value }, at) => scope.compile(value, 'of', at, 'value'));
    const writes = makers.map(writeOf);
    const bounds = boundsOf(of.map(({ weight }) => weight));
    const choose = (at: Cursor) => choiceAt(bounds, drawUnit(at, scope.salt));
    return {
      make: (at) => makers[choose(at)]?.make(at),
      write: (at, out) => writes[choose(at)]?.(at, out),
    };
  },
};
