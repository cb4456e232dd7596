/** `const`: always the same value, of any shape. */
import { literal } from '../json-bytes.ts';
import type { GeneratorKind, Maker } from './kind.ts';

export const constant: GeneratorKind<{ value: unknown }> = {
  properties: { value: {} },
  required: ['value'],
  compile: ({ value }) => always(value),
};

/** A generator of one value. */
export function always(value: unknown): Maker {
  const text = JSON.stringify(value);
  const ready = literal(text);
  return { make: () => value, write: (_, out) => out.put(ready), constant: text };
}
