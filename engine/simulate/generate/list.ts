/** `list`: either the given `items`, one generator each, or `min` to `max` values of one generator `of`; absent ones are left out. */
import type { Cursor } from './cursor.ts';
import { drawInteger, type GeneratorKind, type GeneratorSpec, type Maker } from './kind.ts';
import { mix, saltAt } from './random.ts';
import { codeOf, type Given, putCode } from './write-code.ts';

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
    return drawn(scope.compile(spec.of, 'of'), { min, max, salt: scope.salt });
  },
};

function drawn(generator: Maker, { min, max, salt }: { min: number; max: number; salt: number }): Maker {
  const { make } = generator;
  const countOf = (at: Cursor) => drawInteger(at, salt, min, max);
  const baseOf = (base: number, item: number) => mix(base ^ saltAt(salt, item));
  return {
    make: (at) => {
      const count = countOf(at);
      const { base } = at;
      const made: unknown[] = [];
      for (let item = 1; item <= count; item++) {
        at.base = baseOf(base, item);
        const value = make(at);
        if (value !== undefined) made.push(value);
      }
      at.base = base;
      return made;
    },
    code: (given) =>
      listCode(`
        const base = at.base;
        const count = ${given.name(countOf)}(at);
        for (let item = 1; item <= count; item++) {
          at.base = ${given.name(baseOf)}(base, item);
          ${itemCode(generator, given)}
        }
        at.base = base;`),
  };
}

function fixed(generators: readonly Maker[]): Maker {
  return {
    make: (at) => generators.map(({ make }) => make(at)).filter((value) => value !== undefined),
    code: (given) => listCode(generators.map((generator) => itemCode(generator, given)).join('\n')),
  };
}

/** Writes a comma and the item, or nothing. */
function itemCode(generator: Maker, given: Given): string {
  return `{ ${putCode(',')} const item = p; ${codeOf(generator, given)} if (p === item) p--; }`;
}

/** Makes a list of the items: the first one's comma becomes its bracket. */
function listCode(items: string): string {
  const open = `if (p === start) { ${putCode('[')} } else view.setUint8(start, ${OPEN});`;
  return `{ const start = p; ${items} ${open} ${putCode(']')} }`;
}

const OPEN = 0x5b;
