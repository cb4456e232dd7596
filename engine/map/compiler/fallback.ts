/** The `jsonata` package itself, for expressions that are not compiled and for functions that give promises. */
import jsonata from 'jsonata';
import { FORBIDDEN_FUNCTIONS, NO_TIME, refusal } from './repeatable.ts';
import type { Budget } from './runtime/run.ts';
import { plain } from './runtime/sequence.ts';

export interface Fallback {
  evaluate(
    input: unknown,
    bindings: Record<string, unknown> | undefined,
    now: number | undefined,
  ): Promise<unknown>;
}

/** @param isRepeatable whether the time is given and what makes two evaluations differ is refused */
export function fallback(source: string, budget: Budget, isRepeatable: boolean): Fallback {
  const expression = jsonata(source, budget);
  if (isRepeatable) makeRepeatable(expression);
  return {
    evaluate: async (input, bindings, now) => {
      const all = isRepeatable ? { ...bindings, [NOW]: now } : bindings;
      return plain(await expression.evaluate(input, all));
    },
  };
}

/** Binding that carries the time into an evaluation. No expression can name it. */
const NOW = ' now';

let format: jsonata.Expression | undefined;

function makeRepeatable(expression: jsonata.Expression): void {
  expression.registerFunction('millis', nowOf, '<:n>');
  expression.registerFunction(
    'now',
    function (this: jsonata.Focus, picture?: string, timezone?: string) {
      format ??= jsonata('$fromMillis($millis, $picture, $timezone)');
      return format.evaluate(undefined, { millis: nowOf.call(this), picture, timezone });
    },
    '<s?s?:s>',
  );
  for (const name of Object.keys(FORBIDDEN_FUNCTIONS)) {
    expression.registerFunction(name, () => {
      throw refusal(name);
    });
  }
}

function nowOf(this: jsonata.Focus): number {
  const now = this.environment.lookup(NOW);
  if (typeof now !== 'number') throw { ...NO_TIME };
  return now;
}
