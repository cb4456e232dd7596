/** `hex`: random hexadecimal digits; eight or more never repeat within a collection. */
import type { Cursor } from './cursor.ts';
import type { GeneratorKind } from './kind.ts';
import { mix, saltAt } from './random.ts';

export const hex: GeneratorKind<{ length: number; case?: 'lower' | 'upper' }> = {
  properties: { length: { type: 'integer', minimum: 1, maximum: 256 }, case: { enum: ['lower', 'upper'] } },
  required: ['length'],
  compile:
    ({ length, case: letters }, { salt }) =>
    (at) =>
      hexDigits(at, salt, length, letters === 'upper'),
};

/** `length` digits for this salt and this record. */
export function hexDigits(at: Cursor, salt: number, length: number, upper: boolean): string {
  let text = '';
  for (let word = 0; text.length < length; word++) text += hexWord(mix(at.base ^ saltAt(salt, word)), upper);
  return text.length === length ? text : text.slice(0, length);
}

const LOWER = Array.from({ length: 65536 }, (_, value) => value.toString(16).padStart(4, '0'));
const UPPER = LOWER.map((digits) => digits.toUpperCase());

/** A 32-bit word as eight hexadecimal digits. */
export function hexWord(word: number, upper: boolean): string {
  const table = upper ? UPPER : LOWER;
  return (table[word >>> 16] as string) + (table[word & 0xffff] as string);
}
