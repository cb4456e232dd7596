/** `copy`: the value of another field or variable of the same record. */
import type { JsonBytes } from '../json-bytes.ts';
import type { Cursor } from './cursor.ts';
import type { Generate, GeneratorKind } from './kind.ts';

export type LetterCase = 'lower' | 'upper';

export const copy: GeneratorKind<{ of: string; case?: LetterCase }> = {
  properties: { of: { type: 'string' }, case: { enum: ['lower', 'upper'] } },
  required: ['of'],
  compile: ({ of, case: letters }, scope) => {
    const slot = scope.slot(of);
    const make = (at: Cursor) => inCase(at.read(slot), letters);
    return {
      make,
      write: (at, out) => {
        const start = out.at;
        at.write(slot, out);
        if (letters !== undefined) changeCase(at, out, { start, letters, make });
      },
    };
  },
};

/** Puts what was written at a place in the asked case; where that takes more than ASCII, it is made and written again. */
export function changeCase(
  at: Cursor,
  out: JsonBytes,
  { start, letters, make }: { start: number; letters: LetterCase | undefined; make: Generate },
): void {
  if (out.changeCaseSince(start, letters === 'upper')) return;
  out.at = start;
  out.value(make(at));
}

/** A text in the asked case; anything else as it is. */
export function inCase(value: unknown, letters: LetterCase | undefined): unknown {
  if (letters === undefined || typeof value !== 'string') return value;
  return letters === 'upper' ? value.toUpperCase() : value.toLowerCase();
}
