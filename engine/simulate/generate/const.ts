/** `const`: always the same value, of any shape. */
import type { GeneratorKind } from './kind.ts';

export const constant: GeneratorKind<{ value: unknown }> = {
  properties: { value: {} },
  required: ['value'],
  compile:
    ({ value }) =>
    () =>
      value,
};
