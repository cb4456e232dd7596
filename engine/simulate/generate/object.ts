/** `object`: an object of generated members; an absent member leaves its key out. */
import { enclosed } from './json-text.ts';
import { type Generate, type GeneratorKind, type GeneratorSpec, jsonOf, withJson } from './kind.ts';

export const object: GeneratorKind<{ fields: Record<string, GeneratorSpec> }> = {
  properties: { fields: { type: 'object', additionalProperties: { $ref: '#/$defs/generator' } } },
  required: ['fields'],
  compile: ({ fields }, scope) => {
    const members: [string, Generate][] = Object.entries(fields).map(([name, spec]) => [
      name,
      scope.compile(spec, 'fields', name),
    ]);
    const texts = members.map(([name, generate]) => [`,${JSON.stringify(name)}:`, jsonOf(generate)] as const);
    return withJson(
      (at) => {
        const made: Record<string, unknown> = {};
        for (const [name, generate] of members) {
          const value = generate(at);
          if (value !== undefined) made[name] = value;
        }
        return made;
      },
      (at) => {
        let made = '';
        for (const [key, json] of texts) {
          const value = json(at);
          if (value !== undefined) made += key + value;
        }
        return enclosed('{', made, '}');
      },
    );
  },
};
