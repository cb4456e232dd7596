/** `index`: the record's place in its collection, counted from `start` (0). */
import type { GeneratorKind } from './kind.ts';

export const indexNumber: GeneratorKind<{ start?: number }> = {
  properties: { start: { type: 'integer' } },
  required: [],
  compile:
    ({ start = 0 }) =>
    (at) =>
      at.index + start,
};
