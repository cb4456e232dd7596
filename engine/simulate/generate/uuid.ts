/** `uuid`: a random version 4 UUID, never repeated within a collection; a share of them in upper case. */
import { digits, writeHex } from './hex.ts';
import { drawUnit, type GeneratorKind } from './kind.ts';
import { mix, saltAt } from './random.ts';

export const uuid: GeneratorKind<{ upper_rate?: number }> = {
  properties: { upper_rate: { type: 'number', minimum: 0, maximum: 1 } },
  required: [],
  compile: ({ upper_rate: upperRate = 0 }, { salt }) => {
    const caseSalt = saltAt(salt, 9);
    return (at) => {
      const upper = upperRate > 0 && drawUnit(at, caseSalt) < upperRate;
      return uuidFrom(
        mix(at.base ^ salt),
        mix(at.base ^ saltAt(salt, 1)),
        mix(at.base ^ saltAt(salt, 2)),
        mix(at.base ^ saltAt(salt, 3)),
        upper,
      );
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
