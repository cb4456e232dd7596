/** `object`: an object of generated members; an absent member leaves its key out. */
import type { Generate, GeneratorKind, GeneratorSpec } from './kind.ts';

export const object: GeneratorKind<{ fields: Record<string, GeneratorSpec> }> = {
  properties: { fields: { type: 'object', additionalProperties: { $ref: '#/$defs/generator' } } },
  required: ['fields'],
  compile: ({ fields }, scope) => {
    const members: [string, Generate][] = Object.entries(fields).map(([name, spec]) => [
      name,
      scope.compile(spec, 'fields', name),
    ]);
    return (at) => {
      const made: Record<string, unknown> = {};
      for (const [name, generate] of members) {
        const value = generate(at);
        if (value !== undefined) made[name] = value;
      }
      return made;
    };
  },
};
