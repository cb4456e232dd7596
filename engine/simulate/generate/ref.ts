/**
 * `ref`: a field or variable of the record that a link leads to (`link`; without it that of the collection's own link or size);
 * `otherwise` where there is none or it has no value.
 */
import { inCase, type LetterCase } from './copy.ts';
import type { GeneratorKind, GeneratorSpec } from './kind.ts';

export const ref: GeneratorKind<{
  field: string;
  link?: string;
  case?: LetterCase;
  otherwise?: GeneratorSpec;
}> = {
  properties: {
    field: { type: 'string' },
    link: { type: 'string' },
    case: { enum: ['lower', 'upper'] },
    otherwise: { $ref: '#/$defs/generator' },
  },
  required: ['field'],
  compile: ({ field, link: name, case: letters, otherwise = null }, scope) => {
    const { link, slot } = scope.linkedSlot(field, name);
    const fallback = scope.compile(otherwise, 'otherwise').make;
    return (at) => {
      const value = at.linked(link)?.read(slot);
      return value === undefined || value === null || value === '' ? fallback(at) : inCase(value, letters);
    };
  },
};
