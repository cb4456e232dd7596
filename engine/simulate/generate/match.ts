/** `match`: the generator that belongs to the value of another field or variable; `default` (else null) for any other value. */
import type { Cursor } from './cursor.ts';
import { type Generate, type GeneratorKind, type GeneratorSpec, jsonOf, withJson } from './kind.ts';

export const match: GeneratorKind<{
  on: string;
  cases: Record<string, GeneratorSpec>;
  default?: GeneratorSpec;
}> = {
  properties: {
    on: { type: 'string' },
    cases: { type: 'object', additionalProperties: { $ref: '#/$defs/generator' } },
    default: { $ref: '#/$defs/generator' },
  },
  required: ['on', 'cases'],
  compile: ({ on, cases, default: otherwise = null }, scope) => {
    const slot = scope.slot(on);
    const branches = new Map<string, Generate>();
    for (const [value, spec] of Object.entries(cases))
      branches.set(value, scope.compile(spec, 'cases', value));
    const fallback = scope.compile(otherwise, 'default');
    const texts = new Map([...branches].map(([value, generate]) => [value, jsonOf(generate)]));
    const fallbackText = jsonOf(fallback);
    const textAt = (at: Cursor): string => {
      const value = at.read(slot);
      return typeof value === 'string' ? value : String(value);
    };
    return withJson(
      (at) => (branches.get(textAt(at)) ?? fallback)(at),
      (at) => (texts.get(textAt(at)) ?? fallbackText)(at),
    );
  },
};
