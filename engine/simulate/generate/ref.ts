/**
 * `ref`: a field or variable of the record that a link leads to (`link`; without it that of the collection's own link or size);
 * `otherwise` where there is none or it has no value.
 */

import type { JsonBytes } from '../json-bytes.ts';
import { changeCase, inCase, type LetterCase } from './copy.ts';
import type { Cursor } from './cursor.ts';
import type { Choice, GeneratorKind, GeneratorSpec } from './kind.ts';
import { codeOf } from './write-code.ts';

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
    const fallback = scope.compile(otherwise, 'otherwise');
    const make = (at: Cursor) => {
      const value = at.linked(link)?.read(slot);
      return isNothing(value) ? fallback.make(at) : inCase(value, letters);
    };
    const target = scope.collection.links[link]?.collection.slots[slot];
    return {
      make,
      code: (given) => {
        // What no step changes is written without entering it.
        const isSteady = target?.changeShare === 0;
        const write = isSteady ? `${given.name(target)}.write(linked, out)` : `linked.write(${slot}, out)`;
        const change = (at: Cursor, out: JsonBytes, start: number) =>
          changeCase(at, out, { start, letters, make });
        return [
          `{ const start = p; const linked = at.linked(${link}); out.at = p;`,
          `if (linked !== undefined) { ${write}; view = out.view; }`,
          `if (out.isNothingSince(start)) { p = start; ${codeOf(fallback, given)} }`,
          `else { ${letters === undefined ? '' : `${given.name(change)}(at, out, start);`}`,
          'p = out.at; view = out.view; } }',
        ].join('\n');
      },
      choice:
        target?.choice &&
        fallback.choice &&
        linkedChoice(link, slot, letters, target.choice, fallback.choice),
    };
  },
};

function linkedChoice(
  link: number,
  slot: number,
  letters: LetterCase | undefined,
  target: Choice,
  fallback: Choice,
): Choice {
  const count = target.values.length;
  const isMissing = target.values.map(isNothing);
  return {
    values: [...target.values.map((value) => inCase(value, letters)), ...fallback.values],
    at: (at) => {
      const nth = at.linked(link)?.choose(slot);
      return nth === undefined || isMissing[nth] ? count + fallback.at(at) : nth;
    },
  };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
