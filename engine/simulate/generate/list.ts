/** `list`: either the given `items`, one generator each, or `min` to `max` values of one generator `of`; absent ones are left out. */
import { drawInteger, type Generate, type GeneratorKind, type GeneratorSpec } from './kind.ts';
import { mix, saltAt } from './random.ts';

interface ListSpec {
  items?: GeneratorSpec[];
  of?: GeneratorSpec;
  min?: number;
  max?: number;
}

export const list: GeneratorKind<ListSpec> = {
  properties: {
    items: { type: 'array', items: { $ref: '#/$defs/generator' } },
    of: { $ref: '#/$defs/generator' },
    min: { type: 'integer', minimum: 0 },
    max: { type: 'integer', minimum: 0, maximum: 1000 },
  },
  required: [],
  compile: (spec, scope) => {
    if ((spec.items === undefined) === (spec.of === undefined)) {
      scope.report(scope.path, '`list` has both or neither of `items` and `of`, expected one of them');
    }
    if (spec.of === undefined) {
      return fixed((spec.items ?? []).map((item, at) => scope.compile(item, 'items', at)));
    }
    const { min = 0, max = 3 } = spec;
    const generate = scope.compile(spec.of, 'of');
    return (at) => {
      const count = drawInteger(at, scope.salt, min, max);
      const { base } = at;
      const made: unknown[] = [];
      for (let item = 1; item <= count; item++) {
        at.base = mix(base ^ saltAt(scope.salt, item));
        const value = generate(at);
        if (value !== undefined) made.push(value);
      }
      at.base = base;
      return made;
    };
  },
};

function fixed(generators: Generate[]): Generate {
  return (at) => {
    const made: unknown[] = [];
    for (const generate of generators) {
      const value = generate(at);
      if (value !== undefined) made.push(value);
    }
    return made;
  };
}
