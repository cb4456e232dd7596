/** `number`: a number from `min` up to `max`, rounded to `decimals` places (2). */
import { drawUnit, type GeneratorKind } from './kind.ts';

export const number: GeneratorKind<{ min: number; max: number; decimals?: number }> = {
  properties: {
    min: { type: 'number' },
    max: { type: 'number' },
    decimals: { type: 'integer', minimum: 0, maximum: 12 },
  },
  required: ['min', 'max'],
  compile: ({ min, max, decimals = 2 }, { salt }) => {
    const scale = 10 ** decimals;
    return (at) => Math.round((min + drawUnit(at, salt) * (max - min)) * scale) / scale;
  },
};
