/** `integer`: a whole number from `min` to `max`, both included, in steps of `step` from `min`. */
import type { Cursor } from './cursor.ts';
import { drawInteger, type GeneratorKind } from './kind.ts';
import { digitsCode, drawCode, drawnInteger } from './write-code.ts';

export const integer: GeneratorKind<{ min: number; max: number; step?: number }> = {
  properties: {
    min: { type: 'integer' },
    max: { type: 'integer' },
    step: { type: 'integer', minimum: 1 },
  },
  required: ['min', 'max'],
  compile: ({ min, max, step = 1 }, { salt }) => {
    const steps = Math.floor((max - min) / step);
    const make = (at: Cursor) => min + drawInteger(at, salt, 0, steps) * step;
    return min < 0
      ? make
      : {
          make,
          code: () => drawCode(salt) + digitsCode(`${min} + (${drawnInteger(0, steps)}) * ${step}`, 1),
        };
  },
};
