/** The `jsonata` package behind one small door: safe limits, a given time, no randomness, plain results. */
import jsonata from 'jsonata';
import { EVALUATION_SEQUENCE_MAX, EVALUATION_STACK_MAX, EVALUATION_TIMEOUT_MS } from '../limits.ts';
import { isArray, isObject, type Node, walk } from './ast.ts';

/** Limits of one evaluation: milliseconds, depth of open evaluations, length of a sequence. */
export interface Limits {
  timeout?: number;
  stack?: number;
  sequence?: number;
}

export interface Interpreted {
  ast: Node;
  /** @throws what JSONata throws, see `jsonata-error.ts` */
  evaluate(input: unknown, bindings?: Record<string, unknown>): Promise<unknown>;
  registerFunction: jsonata.Expression['registerFunction'];
}

/**
 * Parses a text for the interpreter.
 * @throws what JSONata throws for a text that does not parse, see `jsonata-error.ts`
 */
export function interpret(text: string, limits: Limits = {}): Interpreted {
  const options = {
    timeout: limits.timeout ?? EVALUATION_TIMEOUT_MS,
    stack: limits.stack ?? 0,
    sequence: limits.sequence ?? EVALUATION_SEQUENCE_MAX,
  };
  // Options are read at each evaluation, so the depth can be set once the tree is known.
  const expression = jsonata(text, options);
  const ast = expression.ast() as unknown as Node;
  if (limits.stack === undefined) options.stack = EVALUATION_STACK_MAX * (1 + membersOf(ast));
  return {
    ast,
    evaluate: async (input, bindings) => plain(await expression.evaluate(input, bindings)),
    registerFunction: (name, implementation, signature) =>
      expression.registerFunction(name, implementation, signature),
  };
}

const FORMAT = jsonata('$fromMillis($millis, $picture, $timezone)');

/** Binding that carries the time into an evaluation. No expression can name it. */
const NOW = ' now';

/** Gives `$now` and `$millis` the time that `timeBinding` carries, and takes away what makes two evaluations differ. */
export function makeRepeatable(interpreted: Interpreted): void {
  interpreted.registerFunction('millis', nowOf, '<:n>');
  interpreted.registerFunction(
    'now',
    function (this: jsonata.Focus, picture?: string, timezone?: string) {
      return FORMAT.evaluate(undefined, { millis: nowOf.call(this), picture, timezone });
    },
    '<s?s?:s>',
  );
  for (const [name, reason] of Object.entries(FORBIDDEN_FUNCTIONS)) {
    interpreted.registerFunction(name, () => {
      throw { code: `${name}-refused`, message: reason, token: name };
    });
  }
}

/** Bindings of one evaluation at a time, in milliseconds since the epoch. */
export function timeBinding(now: number | undefined): Record<string, unknown> {
  return { [NOW]: now };
}

/** Functions that expressions and mappings must not call, with the reason. */
export const FORBIDDEN_FUNCTIONS: Readonly<Record<string, string>> = {
  random: '`$random` is refused, because the same record must always give the same event',
  shuffle: '`$shuffle` is refused, because the same record must always give the same event',
  eval: '`$eval` is refused, because text from a record must never run',
};

function nowOf(this: jsonata.Focus): number {
  const now = this.environment.lookup(NOW);
  if (typeof now !== 'number') throw { code: 'no-time', message: 'there is no time here to ask for' };
  return now;
}

/**
 * Members of all object and array constructors. The interpreter evaluates members side by side and counts all open
 * evaluations together, so a wide mapping would reach a fixed depth without being deep: each member gets its own.
 */
function membersOf(ast: Node): number {
  let members = 0;
  walk(ast, (node) => {
    if (isObject(node)) members += node.lhs.length;
    if (isArray(node)) members += node.expressions.length;
  });
  return members;
}

/** A result without the marks that the interpreter leaves on its sequences: they cannot be cloned to another thread. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = 'sequence' in value || 'cons' in value ? Array.from(value) : value;
    for (let index = 0; index < items.length; index++) replace(items, index);
    return items;
  }
  if (typeof value === 'object' && value !== null && !('_jsonata_lambda' in value)) {
    for (const key of Object.keys(value)) replace(value as Record<string, unknown>, key);
  }
  return value;
}

function replace<K extends string | number>(owner: Record<K, unknown>, key: K): void {
  const value = owner[key];
  if (typeof value !== 'object' || value === null) return;
  const clean = plain(value);
  if (clean !== value) owner[key] = clean;
}
