/** `uuid`: a random version 4 UUID, never repeated within a collection; a share of them in upper case. */
import { hexWord } from './hex.ts';
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
  const second = hexWord((b & 0xffff0fff) | 0x4000, upper);
  const third = hexWord((c & 0x3fffffff) | 0x80000000, upper);
  return `${hexWord(a, upper)}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${hexWord(d, upper)}`;
}
