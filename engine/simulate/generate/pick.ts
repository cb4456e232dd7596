/** `pick`: one of some values, evenly (`values`; one after the other with `in_turn`) or by weight (`weights`, whose keys are the values). */
import type { Cursor } from './cursor.ts';
import { drawUnit, type GeneratorKind } from './kind.ts';
import { branchCode, drawCode, putCode } from './write-code.ts';

export const pick: GeneratorKind<{
  values?: unknown[];
  weights?: Record<string, number>;
  in_turn?: boolean;
}> = {
  properties: {
    values: { type: 'array', minItems: 1 },
    in_turn: { type: 'boolean' },
    weights: {
      type: 'object',
      minProperties: 1,
      additionalProperties: { type: 'number', exclusiveMinimum: 0 },
    },
  },
  required: [],
  compile: ({ values, weights, in_turn: inTurn = false }, { salt, report, path }) => {
    if ((values === undefined) === (weights === undefined)) {
      report(path, '`pick` has both or neither of `values` and `weights`, expected one of them');
    }
    const all: unknown[] = values ?? Object.keys(weights ?? {});
    const texts = all.map((value) => putCode(JSON.stringify(value)));
    if (inTurn) {
      const make = (at: Cursor) => all[at.index % all.length];
      const cases = texts.map((text, nth) => `case ${nth}: ${text} break;`);
      return { make, code: () => `switch (at.index % ${all.length}) { ${cases.join('\n')} }` };
    }
    const bounds = boundsOf(values ? all.map(() => 1) : Object.values(weights ?? {}));
    return {
      make: (at) => all[choiceAt(bounds, drawUnit(at, salt))],
      choice: { values: all, at: (at) => choiceAt(bounds, drawUnit(at, salt)) },
      code: () => drawCode(salt) + branchCode(bounds, texts),
    };
  },
};

/** For each choice the share of draws below its end, where each is as likely as its weight. */
export function boundsOf(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
}

/** The choice that a number in [0, 1) falls on. */
export function choiceAt(bounds: readonly number[], draw: number): number {
  const last = bounds.length - 1;
  let nth = 0;
  while (nth < last && draw >= (bounds[nth] as number)) nth++;
  return nth;
}
