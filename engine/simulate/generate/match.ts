/** `match`: the generator that belongs to the value of another field or variable; `default` (else null) for any other value. */
import type { Generate, GeneratorKind, GeneratorSpec } from './kind.ts';

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
    return (at) => {
      const value = at.read(slot);
      return (branches.get(typeof value === 'string' ? value : String(value)) ?? fallback)(at);
    };
  },
};
