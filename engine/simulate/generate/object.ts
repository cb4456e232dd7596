/**
 * `object`: an object of generated members; an absent member leaves its key out. With `keys` it has all of them in their order,
 * null where `fields` does not say more.
 */
import { always } from './const.ts';
import type { GeneratorKind, GeneratorSpec, Maker } from './kind.ts';
import { codeOf, putCode } from './write-code.ts';
import { objectCode } from './write-object.ts';

export const object: GeneratorKind<{
  fields: Record<string, GeneratorSpec>;
  keys?: string[];
}> = {
  properties: {
    keys: { type: 'array', items: { type: 'string' } },
    fields: { type: 'object', additionalProperties: { $ref: '#/$defs/generator' } },
  },
  required: ['fields'],
  compile: ({ fields, keys }, scope) => {
    for (const name of keys ? Object.keys(fields) : []) {
      if (!keys?.includes(name))
        scope.report([...scope.path, 'fields', name], `\`${name}\` is not among the keys`);
    }
    const blank = keys && JSON.parse(JSON.stringify(Object.fromEntries(keys.map((key) => [key, null]))));
    const members = Object.entries(fields).map(
      ([name, spec]) => [name, scope.compile(spec, 'fields', name)] as const,
    );
    const known = new Map(members);
    const inOrder = Object.keys(blank ?? {}).map(
      (name) => [name, orNull(known.get(name) ?? always(null))] as const,
    );
    return {
      make: (at) => {
        const made: Record<string, unknown> = { ...blank };
        for (const [name, { make }] of members) {
          const value = make(at);
          if (value !== undefined) made[name] = value;
        }
        return made;
      },
      code: objectCode(keys ? inOrder : members),
    };
  },
};

/** Null where the generator gives nothing. */
function orNull(generator: Maker): Maker {
  if (generator.constant !== undefined) return generator;
  return {
    make: generator.make,
    code: (given) =>
      `{ const start = p; ${codeOf(generator, given)} if (p === start) { ${putCode('null')} } }`,
  };
}
