/**
 * `object`: an object of generated members; an absent member leaves its key out. With `keys` it has all of them in their order,
 * null where `fields` does not say more.
 */
import type { Generate, GeneratorKind, GeneratorSpec } from './kind.ts';

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
    const members: [string, Generate][] = Object.entries(fields).map(([name, spec]) => [
      name,
      scope.compile(spec, 'fields', name),
    ]);
    return (at) => {
      const made: Record<string, unknown> = { ...blank };
      for (const [name, generate] of members) {
        const value = generate(at);
        if (value !== undefined) made[name] = value;
      }
      return made;
    };
  },
};
