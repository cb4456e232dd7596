/** `boolean`: true for a share (`rate`) of the records. */
import { drawUnit, type GeneratorKind } from './kind.ts';

export const boolean: GeneratorKind<{ rate: number }> = {
  properties: { rate: { type: 'number', minimum: 0, maximum: 1 } },
  required: ['rate'],
  compile: ({ rate }, { salt }) => ({
    make: (at) => drawUnit(at, salt) < rate,
    write: (at, out) => out.value(drawUnit(at, salt) < rate),
  }),
};
