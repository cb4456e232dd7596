/** `match`: the generator that belongs to the value of another field or variable; `default` (else null) for any other value. */
import type { Cursor } from './cursor.ts';
import type { GeneratorKind, GeneratorSpec } from './kind.ts';
import { putCode, writeOf, writerOf } from './write-code.ts';

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
    const values = Object.keys(cases);
    const fallback = values.length;
    const branches = Object.entries(cases).map(([value, spec]) => scope.compile(spec, 'cases', value));
    branches.push(scope.compile(otherwise, 'default'));
    const places = new Map(values.map((value, nth) => [value, nth]));
    const choose = (at: Cursor): number => {
      const value = at.read(slot);
      return places.get(typeof value === 'string' ? value : String(value)) ?? fallback;
    };
    const code = branches.map(
      ({ constant }, nth) =>
        `case ${nth}: ${constant === undefined ? `write${nth}(at, out);` : putCode(constant)} return;`,
    );
    return {
      make: (at) => branches[choose(at)]?.make(at),
      write: writerOf([`switch (choose0(at)) { ${code.join('\n')} }`], {
        choose: [choose],
        write: branches.map(writeOf),
      }),
    };
  },
};
