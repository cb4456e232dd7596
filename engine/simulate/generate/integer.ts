/** `integer`: a whole number from `min` to `max`, both included, in steps of `step` from `min`. */
import { drawInteger, type GeneratorKind } from './kind.ts';

export const integer: GeneratorKind<{ min: number; max: number; step?: number }> = {
  properties: {
    min: { type: 'integer' },
    max: { type: 'integer' },
    step: { type: 'integer', minimum: 1 },
  },
  required: ['min', 'max'],
  compile: ({ min, max, step = 1 }, { salt }) => {
    const steps = Math.floor((max - min) / step);
    return (at) => min + drawInteger(at, salt, 0, steps) * step;
  },
};
