/** `index`: the record's place in its collection, counted from `start` (0), one further after each record or each so many (`every`). */
import type { GeneratorKind } from './kind.ts';

export const indexNumber: GeneratorKind<{ start?: number; every?: number }> = {
  properties: { start: { type: 'integer' }, every: { type: 'integer', minimum: 1 } },
  required: [],
  compile:
    ({ start = 0, every = 1 }) =>
    (at) =>
      Math.floor(at.index / every) + start,
};
