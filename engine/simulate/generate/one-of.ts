/** `one_of`: one of several generators, by weight. */
import { drawUnit, type GeneratorKind, type GeneratorSpec } from './kind.ts';
import { byWeight } from './pick.ts';

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
    const choose = byWeight(
      of.map(({ weight, value }, at) => [scope.compile(value, 'of', at, 'value'), weight] as const),
    );
    return (at) => choose(drawUnit(at, scope.salt))(at);
  },
};
