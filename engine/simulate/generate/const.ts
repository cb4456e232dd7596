/** `const`: always the same value, of any shape. */
import { type Generate, type GeneratorKind, withJson } from './kind.ts';

export const constant: GeneratorKind<{ value: unknown }> = {
  properties: { value: {} },
  required: ['value'],
  compile: ({ value }) => constantly(value),
};

/** A generator of one value. */
export function constantly(value: unknown): Generate {
  const text = JSON.stringify(value);
  return withJson(
    () => value,
    () => text,
  );
}
