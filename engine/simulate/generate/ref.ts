/** `ref`: a field or variable of the record in the linked collection; `otherwise` where there is none or it has no value. */
import { inCase, type LetterCase } from './copy.ts';
import type { GeneratorKind, GeneratorSpec } from './kind.ts';

export const ref: GeneratorKind<{ field: string; case?: LetterCase; otherwise?: GeneratorSpec }> = {
  properties: {
    field: { type: 'string' },
    case: { enum: ['lower', 'upper'] },
    otherwise: { $ref: '#/$defs/generator' },
  },
  required: ['field'],
  compile: ({ field, case: letters, otherwise = null }, scope) => {
    const slot = scope.parentSlot(field);
    const fallback = scope.compile(otherwise, 'otherwise');
    return (at) => {
      const value = at.parent()?.read(slot);
      return value === undefined || value === null || value === '' ? fallback(at) : inCase(value, letters);
    };
  },
};
