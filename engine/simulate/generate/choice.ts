/** The choice of a value that one of several makers makes: all their values one after the other, if each has a few. */
import type { Cursor } from './cursor.ts';
import type { Choice, Maker } from './kind.ts';

/** `which` says the maker; undefined where one of them makes any value. */
export function choiceOf(makers: readonly Maker[], which: (at: Cursor) => number): Choice | undefined {
  const choices: Choice[] = [];
  for (const { choice } of makers) {
    if (!choice) return undefined;
    choices.push(choice);
  }
  let total = 0;
  const starts = choices.map(({ values }) => {
    const start = total;
    total += values.length;
    return start;
  });
  return {
    values: choices.flatMap(({ values }) => values),
    at: (at) => {
      const nth = which(at);
      return (starts[nth] as number) + (choices[nth] as Choice).at(at);
    },
  };
}
