/** `pick`: one of some values, evenly (`values`; one after the other with `in_turn`) or by weight (`weights`, whose keys are the values). */
import { drawUnit, type GeneratorKind } from './kind.ts';

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
    if (inTurn && values) return (at) => values[at.index % values.length];
    const weighted = values?.map((value) => [value, 1] as const) ?? Object.entries(weights ?? {});
    const choose = byWeight(weighted);
    return (at) => choose(drawUnit(at, salt));
  },
};

/** From a number in [0, 1) to one of the choices, each as likely as its weight. */
export function byWeight<T>(choices: readonly (readonly [T, number])[]): (draw: number) => T {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let sum = 0;
  const bounds = choices.map(([, weight]) => {
    sum += weight / total;
    return sum;
  });
  const last = choices.length - 1;
  return (draw) => {
    let at = 0;
    while (at < last && draw >= (bounds[at] as number)) at++;
    return (choices[at] as readonly [T, number])[0];
  };
}
