/** `match`: the generator that belongs to the value of another field or variable; `default` (else null) for any other value. */
import { choiceOf } from './choice.ts';
import type { Cursor } from './cursor.ts';
import type { GeneratorKind, GeneratorSpec } from './kind.ts';
import { codeOf } from './write-code.ts';

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
    const { collection } = scope;
    const slot = scope.slot(on);
    const values = Object.keys(cases);
    const fallback = values.length;
    const branches = Object.entries(cases).map(([value, spec]) => scope.compile(spec, 'cases', value));
    branches.push(scope.compile(otherwise, 'default'));
    const places = new Map(values.map((value, nth) => [value, nth]));
    const placeOf = (value: unknown) =>
      places.get(typeof value === 'string' ? value : String(value)) ?? fallback;
    let placeByChoice: number[] | undefined;
    const choose = (at: Cursor): number => {
      // Not before all slots are compiled: this one may stand above the one that it looks at.
      placeByChoice ??= collection.slots[slot]?.choice?.values.map(placeOf) ?? [];
      if (placeByChoice.length === 0) return placeOf(at.read(slot));
      return placeByChoice[at.choose(slot)] as number;
    };
    return {
      choice: choiceOf(branches, choose),
      make: (at) => branches[choose(at)]?.make(at),
      code: (given) => {
        const cases = branches.map((branch, nth) => `case ${nth}: ${codeOf(branch, given)} break;`);
        return `switch (${given.name(choose)}(at)) { ${cases.join('\n')} }`;
      },
    };
  },
};
