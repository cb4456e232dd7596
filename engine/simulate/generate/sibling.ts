/** `sibling`: a field or variable of the record some places before in the same collection; null at the beginning. */
import type { GeneratorKind } from './kind.ts';

export const sibling: GeneratorKind<{ field: string; distance?: number }> = {
  properties: { field: { type: 'string' }, distance: { type: 'integer', minimum: 1 } },
  required: ['field'],
  compile: ({ field, distance = 1 }, scope) => {
    const slot = scope.slot(field);
    return {
      make: (at) => at.sibling(distance)?.read(slot) ?? null,
      write: (at, out) => {
        const start = out.at;
        at.sibling(distance)?.write(slot, out);
        if (out.at === start) out.value(null);
      },
    };
  },
};
