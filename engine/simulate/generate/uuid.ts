/** `uuid`: a random version 4 UUID, never repeated within a collection; a share of them in upper case. */
import type { Cursor } from './cursor.ts';
import { digits, writeHex } from './hex.ts';
import { drawUnit, type GeneratorKind } from './kind.ts';
import { mix, saltAt } from './random.ts';
import { drawCode, hexCode, putCode } from './write-code.ts';

export const uuid: GeneratorKind<{ upper_rate?: number }> = {
  properties: { upper_rate: { type: 'number', minimum: 0, maximum: 1 } },
  required: [],
  compile: ({ upper_rate: upperRate = 0 }, { salt }) => {
    const caseSalt = saltAt(salt, 9);
    const isUpper = (at: Cursor) => upperRate > 0 && drawUnit(at, caseSalt) < upperRate;
    const word = (at: Cursor, nth: number) => mix(at.base ^ saltAt(salt, nth));
    return {
      make: (at) => uuidFrom(word(at, 0), word(at, 1), word(at, 2), word(at, 3), isUpper(at)),
      code: (given) => {
        const word = (nth: number, count: number) =>
          drawCode(saltAt(salt, nth)) + hexCode(count, 'upper', given);
        const half = (change = '') => `h <<= 16; ${change} ${hexCode(4, 'upper', given)}`;
        const isUpper = upperRate > 0 ? `(h >>> 0) < ${upperRate * 0x1_0000_0000}` : 'false';
        return [
          `{ ${drawCode(caseSalt)} const upper = ${isUpper};`,
          putCode('"') + word(0, 8) + putCode('-') + word(1, 4) + putCode('-'),
          half('h = (h & 0x0fffffff) | 0x40000000;') + putCode('-'),
          `${drawCode(saltAt(salt, 2))} const third = h; h = (h & 0x3fffffff) | 0x80000000;`,
          `${hexCode(4, 'upper', given)} ${putCode('-')} h = third; ${half()} ${word(3, 8)} ${putCode('"')} }`,
        ].join('\n');
      },
    };
  },
};

/** Four random words as a version 4 UUID (RFC 9562, section 5.4). */
export function uuidFrom(a: number, b: number, c: number, d: number, upper = false): string {
  writeHex(a, 0, 8, upper);
  writeHex(b >>> 16, 9, 4, upper);
  writeHex((b & 0x0fff) | 0x4000, 14, 4, upper);
  writeHex(((c >>> 16) & 0x3fff) | 0x8000, 19, 4, upper);
  writeHex(c, 24, 4, upper);
  writeHex(d, 28, 8, upper);
  digits[8] = digits[13] = digits[18] = digits[23] = HYPHEN;
  return digits.toString('latin1', 0, 36);
}

const HYPHEN = 45;
