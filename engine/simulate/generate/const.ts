/** `const`: always the same value, of any shape. */
import type { GeneratorKind, Maker } from './kind.ts';
import { putCode } from './write-code.ts';

export const constant: GeneratorKind<{ value: unknown }> = {
  properties: { value: {} },
  required: ['value'],
  compile: ({ value }) => always(value),
};

/** A generator of one value. */
export function always(value: unknown): Maker {
  const text = JSON.stringify(value);
  return {
    make: () => value,
    code: () => putCode(text),
    constant: text,
    choice: { values: [value], at: () => 0 },
  };
}
