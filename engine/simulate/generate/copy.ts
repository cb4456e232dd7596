/** `copy`: the value of another field or variable of the same record. */
import type { GeneratorKind } from './kind.ts';

export type LetterCase = 'lower' | 'upper';

export const copy: GeneratorKind<{ of: string; case?: LetterCase }> = {
  properties: { of: { type: 'string' }, case: { enum: ['lower', 'upper'] } },
  required: ['of'],
  compile: ({ of, case: letters }, scope) => {
    const slot = scope.slot(of);
    return (at) => inCase(at.read(slot), letters);
  },
};

/** A text in the asked case; anything else as it is. */
export function inCase(value: unknown, letters: LetterCase | undefined): unknown {
  if (letters === undefined || typeof value !== 'string') return value;
  return letters === 'upper' ? value.toUpperCase() : value.toLowerCase();
}
