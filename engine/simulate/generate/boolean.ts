/** `boolean`: true for a share (`rate`) of the records. */
import { drawUnit, type GeneratorKind } from './kind.ts';
import { branchCode, drawCode, putCode } from './write-code.ts';

export const boolean: GeneratorKind<{ rate: number }> = {
  properties: { rate: { type: 'number', minimum: 0, maximum: 1 } },
  required: ['rate'],
  compile: ({ rate }, { salt }) => ({
    choice: { values: [false, true], at: (at) => (drawUnit(at, salt) < rate ? 1 : 0) },
    make: (at) => drawUnit(at, salt) < rate,
    code: () => drawCode(salt) + branchCode([rate], [putCode('true'), putCode('false')]),
  }),
};
