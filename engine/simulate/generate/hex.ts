/** `hex`: random hexadecimal digits; eight or more never repeat within a collection. */
import type { Cursor } from './cursor.ts';
import type { GeneratorKind } from './kind.ts';
import { mix, saltAt } from './random.ts';
import { drawCode, type Given, hexCode, putCode } from './write-code.ts';

export const hex: GeneratorKind<{ length: number; case?: 'lower' | 'upper' }> = {
  properties: { length: { type: 'integer', minimum: 1, maximum: 256 }, case: { enum: ['lower', 'upper'] } },
  required: ['length'],
  compile: ({ length, case: letters }, { salt }) => ({
    make: (at) => hexDigits(at, salt, length, letters === 'upper'),
    code: (given) => putCode('"') + hexDigitsCode(salt, length, letters === 'upper', given) + putCode('"'),
  }),
};

/** `length` digits for this salt and this record. */
export function hexDigits(at: Cursor, salt: number, length: number, upper: boolean): string {
  for (let word = 0; word * 8 < length; word++)
    writeHex(mix(at.base ^ saltAt(salt, word)), word * 8, 8, upper);
  return digits.toString('latin1', 0, length);
}

/** Writes what `hexDigits` makes. */
export function hexDigitsCode(salt: number, length: number, isUpper: boolean, given: Given): string {
  let code = '';
  for (let word = 0; word * 8 < length; word++) {
    code += drawCode(saltAt(salt, word)) + hexCode(Math.min(length - word * 8, 8), isUpper, given);
  }
  return code;
}

/** Digits are put into one buffer and read out whole: texts that are pieced together cost several times as much. */
export const digits = Buffer.alloc(264);
const LOWER = Buffer.from('0123456789abcdef');
const UPPER = Buffer.from('0123456789ABCDEF');

/** Writes the last `count` hexadecimal digits of a word into `digits`. */
export function writeHex(word: number, offset: number, count: number, upper: boolean): void {
  const table = upper ? UPPER : LOWER;
  for (let at = offset, shift = count * 4 - 4; shift >= 0; at++, shift -= 4) {
    digits[at] = table[(word >>> shift) & 15] as number;
  }
}
