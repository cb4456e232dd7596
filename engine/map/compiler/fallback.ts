/** The `jsonata` package itself, for expressions that are not compiled and for functions that give promises. */
import jsonata from 'jsonata';
import { BoundedRegex } from './bounded-regex.ts';
import { definitionOf, forgetCalls } from './package-door.ts';
import { FORBIDDEN_FUNCTIONS, NO_TIME, refusal } from './repeatable.ts';
import { failure, functionOpened } from './runtime/errors.ts';
import { PRETTY_INDENT, TEXT_FUNCTIONS } from './runtime/functions/texts.ts';
import { asText, given as made, measure } from './runtime/meter.ts';
import { refuseThen, withFunctions } from './runtime/results.ts';
import { type Budget, Run } from './runtime/run.ts';
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
  const { timeout, stack, sequence } = budget;
  const expression = jsonata(source, {
    timeout,
    stack,
    sequence,
    RegexEngine: Pattern as unknown as typeof RegExp,
  });
  return {
    evaluate: async (input, bindings, now) => {
      if (isRepeatable) refuseMarks(input);
      const run = new Run(budget, input, {}, now, refuseText, true);
      // Everything is bound anew: a function that was called keeps the place of the call.
      forgetCalls();
      bindMakers(expression, budget);
      bindOpeners(expression);
      // Which of several failures is the first one decides how often each way is waited on: a hook that is waited for changes it.
      if (isRepeatable) {
        bindExit(expression, run);
        makeRepeatable(expression);
      }
      expression.assign(FRAME_PUSH, (enclosing: PackageFrame, frame: PackageFrame) => {
        if (enclosing.base === undefined) hidePush(frame);
        refuseClone(frame, bindings?.clone);
        if (!isRepeatable) watchFrame(enclosing, frame, run);
      });
      // Without any the package would keep what the expression binds for the next evaluation.
      const all = { ...bindings, ...(isRepeatable && { [NOW]: now }) };
      const result = withFunctions(await expression.evaluate(input, all), functionOf);
      measure(result);
      refuseThen(result);
      return plain(result);
    },
  };
}

/** What the package takes for its own marks, also on what a vendor sends. */
const MARKS = ['_jsonata_lambda', '_jsonata_function', 'tupleStream'] as const;

/** @throws a failure `reserved-field` */
function refuseMarks(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const mark = Array.isArray(value) ? undefined : MARKS.find((name) => Object.hasOwn(value, name));
  if (mark !== undefined)
    throw failure('reserved-field', {
      message: `the input has a field \`${mark}\`, which an expression that is not compiled takes for something else`,
    });
  for (const member of Object.values(value)) refuseMarks(member);
}

/** Functions of the package hold all that they see, themselves included; text has nothing of them. */
function isPackageFunction(value: object): boolean {
  const { _jsonata_lambda: isLambda, _jsonata_function: isNative } = value as Record<string, unknown>;
  return isLambda === true || isNative === true;
}

function isNative(value: object): value is { implementation: (...args: unknown[]) => unknown } {
  const { _jsonata_function: isMarked, implementation } = value as Record<string, unknown>;
  return isMarked === true && typeof implementation === 'function';
}

function isFunctionLike(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && isPackageFunction(value);
}

/** The function of JavaScript that one of the package's is; undefined for what is none. */
function functionOf(value: object): ((...args: unknown[]) => unknown) | undefined {
  const { _jsonata_lambda: isLambda, apply } = value as Record<string, unknown>;
  if (isLambda === true) return (...args) => (apply as (...all: unknown[]) => unknown)(undefined, args);
  return isNative(value) ? (...args) => value.implementation(...args) : undefined;
}

/** The package makes one of these of each regular expression, and asks it for matches. */
class Pattern {
  readonly #regex: BoundedRegex;
  lastIndex = 0;

  constructor(regex: RegExp) {
    this.#regex = new BoundedRegex(regex);
  }

  exec(given: unknown): RegExpExecArray | null {
    // `~>` gives it whatever is there.
    const text = asText(given);
    const regex = this.#regex.for(text);
    regex.lastIndex = this.lastIndex;
    const found = regex.exec(text);
    this.lastIndex = regex.lastIndex;
    return found;
  }
}

/** The package runs the text of `$eval` by itself. */
function refuseText(): never {
  throw failure('D3120');
}

/** Functions that make something large of something small at once, or never end. */
const MAKING = [
  'pad',
  'join',
  'string',
  'clone',
  'toMillis',
  'split',
  'formatNumber',
  'formatInteger',
] as const;

const EXIT = Symbol.for('jsonata.__evaluate_exit') as unknown as string;
const FRAME_PUSH = Symbol.for('jsonata.__createFrame_push') as unknown as string;

/** Counts the steps, and measures what each of them gives. */
function bindExit(expression: jsonata.Expression, run: Run): void {
  expression.assign(EXIT, (_node: unknown, _input: unknown, _environment: unknown, result: unknown) => {
    made(result);
    run.step();
  });
}

interface PackageFrame {
  bind(name: string, value: unknown): void;
  lookup(name: string): unknown;
  base?: unknown;
}

/** Does so without being waited for: each step looks for the hook, and what grows from step to step has a name. */
function watchFrame(enclosing: PackageFrame, frame: PackageFrame, run: Run): void {
  const { bind, lookup } = frame;
  frame.bind = (name, value) => {
    made(value);
    bind(name, value);
  };
  if (enclosing.base !== undefined) return;
  frame.lookup = (name) => {
    if (name !== EXIT) return lookup(name);
    run.step();
    return undefined;
  };
}

/** Lists whose length is bound have a `push` of their own there, which nothing that goes through their members is to see. */
function hidePush(frame: PackageFrame): void {
  let create: (...items: unknown[]) => unknown[] = () => [];
  Object.defineProperty(frame, 'createSequence', {
    get: () => create,
    set: (made: typeof create) => {
      create = (...items) => {
        const sequence = made(...items);
        if (Object.hasOwn(sequence, 'push')) Object.defineProperty(sequence, 'push', { enumerable: false });
        return sequence;
      };
    },
  });
}

/** The functions whose texts the package itself does not bound. */
function bindMakers(expression: jsonata.Expression, budget: Budget): void {
  for (const name of MAKING) {
    const ours = TEXT_FUNCTIONS[name] as (...args: unknown[]) => unknown;
    const theirs = definitionOf(name) as { implementation: (...args: unknown[]) => unknown };
    bindInPlace(expression, name, function (this: jsonata.Focus, ...args: unknown[]): unknown {
      if (name === 'split' && typeof args[1] !== 'string') return theirs.implementation(...args);
      if (name === 'string' || name === 'clone') {
        measure(args[0], args[1] === true ? PRETTY_INDENT : 0, isPackageFunction);
        return theirs.implementation.apply(this, args);
      }
      // Other evaluations may be under way.
      const time = this.environment?.lookup(NOW);
      const environment = typeof time === 'number' ? { timestamp: new Date(time) } : this.environment;
      if (name === 'split') return (async () => ours.apply({ options: budget, environment }, args))();
      return ours.apply({ options: budget, environment }, args);
    });
  }
}

/** The functions that look into what they are given. Partially applied they are given anything. */
function bindOpeners(expression: jsonata.Expression): void {
  for (const name of ['each', 'sift', 'merge', 'spread']) {
    const theirs = definitionOf(name) as { implementation: (...args: unknown[]) => unknown };
    bindInPlace(expression, name, function (this: jsonata.Focus, ...args: unknown[]): unknown {
      const [value, ...others] = args;
      const isLambda = (item: unknown) => (item as { _jsonata_lambda?: unknown })?._jsonata_lambda === true;
      if (name !== 'spread' && (Array.isArray(value) ? value.some(isLambda) : isLambda(value)))
        throw functionOpened();
      return theirs.implementation.call(this, ownNatives(value), ...others);
    });
  }
}

/** Built-in functions that are looked into are copies: the others belong to all expressions. */
function ownNatives(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isNative(value)) return { ...value, ...copied((value as { signature?: object }).signature) };
  if (!Array.isArray(value)) return value;
  return value.some((item) => ownNatives(item) !== item) ? value.map(ownNatives) : value;
}

function copied(signature: object | undefined): { signature?: object } {
  return signature ? { signature: { ...signature } } : {};
}

/** A built-in function that is ours, and looks like the package's. */
function bindInPlace(
  expression: jsonata.Expression,
  name: string,
  implementation: (this: jsonata.Focus, ...args: unknown[]) => unknown,
): void {
  const theirs = definitionOf(name);
  // Partial application reads the names of the parameters there; functions that call back count them.
  implementation.toString = () => theirs.implementation.toString();
  Object.defineProperty(implementation, 'length', { value: theirs.implementation.length });
  expression.assign(name, { ...theirs, implementation });
}

/**
 * A transform changes what `$clone` gives it. With another than the package's that may be the functions which all expressions
 * share.
 * @param given what the caller binds
 */
function refuseClone(frame: PackageFrame, given: unknown): void {
  const { bind } = frame;
  frame.bind = (name, value) => {
    if (name === 'clone' && value !== given && isFunctionLike(value))
      throw failure('clone-replaced', {
        message: '$clone is replaced in an expression that is not compiled, where functions could be changed',
      });
    bind(name, value);
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
