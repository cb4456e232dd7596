/** `one_of`: one of several generators, by weight. */
import { choiceOf } from './choice.ts';
import type { Cursor } from './cursor.ts';
import { drawUnit, type GeneratorKind, type GeneratorSpec } from './kind.ts';
import { boundsOf, choiceAt } from './pick.ts';
import { branchCode, codeOf, drawCode } from './write-code.ts';

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
    const bounds = boundsOf(of.map(({ weight }) => weight));
    const choose = (at: Cursor) => choiceAt(bounds, drawUnit(at, scope.salt));
    return {
      choice: choiceOf(makers, choose),
      make: (at) => makers[choose(at)]?.make(at),
      code: (given) => {
        const codes = makers.map((maker) => codeOf(maker, given));
        return drawCode(scope.salt) + branchCode(bounds, codes);
      },
    };
  },
};
