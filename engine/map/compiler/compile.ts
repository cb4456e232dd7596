/** Compiles JSONata to JavaScript: the results and error codes of the `jsonata` package, without waiting. */
import { type Clock, systemClock } from '../../env.ts';
import { EngineError } from '../../errors.ts';
import { EVALUATION_SEQUENCE_MAX, EVALUATION_STACK_MAX, EVALUATION_TIMEOUT_MS } from '../../limits.ts';
import type { Node } from '../ast.ts';
import { type Analysis, analyse } from './analysis.ts';
import { regexProblem } from './bounded-regex.ts';
import { hasText } from './emit-text.ts';
import { type Fallback, fallback } from './fallback.ts';
import { fillMessage, parse } from './package-door.ts';
import { Programs } from './programs.ts';
import { REPEATABLE_BUILT_INS } from './repeatable.ts';
import { EXHAUSTED, failure, LIMITED, NotSynchronous } from './runtime/errors.ts';
import { BUILT_INS } from './runtime/functions/built-ins.ts';
import { emptyFilled } from './runtime/grouping.ts';
import type { JsonBytes } from './runtime/json-bytes.ts';
import { refuseThen } from './runtime/results.ts';
import { type Budget, hasFunctions } from './runtime/run.ts';
import { isPlain } from './runtime/sequence.ts';

/** Limits of one evaluation: milliseconds, depth of open evaluations, length of a sequence. */
export interface Limits {
  timeout?: number;
  stack?: number;
  sequence?: number;
}

export interface CompileOptions extends Limits {
  /**
   * Two evaluations of the same input and time give the same: `$now` and `$millis` only know the given time, what
   * draws lots or runs text of the input is refused, and of several failures the first in the text is reported.
   */
  isRepeatable?: boolean;
  /** The system's own by default. */
  clock?: Pick<Clock, 'now' | 'monotonic'>;
}

export interface CompiledJsonata {
  ast: Node;
  /**
   * @param now what `$now()` and `$millis()` give, in milliseconds since the epoch; otherwise the clock's time
   * @throws plain objects as the package throws them; EngineError `jsonata-no-sync` where a function gives a promise
   *   or the expression is not compiled
   */
  evaluateSync(input: unknown, bindings?: Record<string, unknown>, now?: number): unknown;
  /** Like `evaluateSync`, and waits for functions among the bindings. */
  evaluate(input: unknown, bindings?: Record<string, unknown>, now?: number): Promise<unknown>;
  /**
   * Writes the JSON text of what `evaluateSync` gives, nothing where JSON has none; only there for an expression that is
   * made to give an object.
   * @throws as `evaluateSync` does, with nothing written
   */
  writeText?(input: unknown, now: number | undefined, out: JsonBytes): void;
  /** Why `evaluateSync` always fails; undefined where it does not. */
  obstacle: string | undefined;
}

/**
 * Compiles a text.
 * @throws the package's error objects for a text that does not parse
 */
export function compileJsonata(source: string, options: CompileOptions = {}): CompiledJsonata {
  const ast = parse(source);
  const analysis = analyse(ast);
  if (options.isRepeatable) refuseEndlessRegexes(analysis.regexes);
  if (options.isRepeatable && analysis.members > MEMBERS_MAX) throw tooWide(analysis.members);
  const { obstacle } = analysis;
  const budget = budgetOf(analysis, options);
  const isRepeatable = options.isRepeatable ?? false;
  const programs = new Programs(ast, analysis, budget, isRepeatable ? REPEATABLE_BUILT_INS : BUILT_INS);
  let interpreter: Fallback | undefined;
  const interpret: Fallback['evaluate'] = (...args) => {
    interpreter ??= fallback(source, budget, isRepeatable);
    return interpreter.evaluate(...args);
  };
  const evaluateSync: CompiledJsonata['evaluateSync'] = (input, bindings, now) => {
    if (obstacle !== undefined) throw noSync(obstacle);
    try {
      return programs.run(input, bindings, now);
    } catch (thrown) {
      throw thrown instanceof NotSynchronous
        ? noSync(thrown.message)
        : asFailure(thrown, budget, isRepeatable);
    }
  };
  const evaluate: CompiledJsonata['evaluate'] = async (input, bindings, now) => {
    if (obstacle !== undefined || (bindings !== undefined && hasFunctions(bindings)))
      return interpret(input, bindings, now);
    let result: unknown;
    try {
      result = evaluateSync(input, bindings, now);
    } catch (thrown) {
      if (!isForInterpreter(thrown, analysis, isRepeatable)) throw thrown;
      emptyFilled();
      return interpretFailed(input, bindings, now, thrown);
    }
    refuseThen(result);
    return result;
  };
  /** Asked for the failure of what failed here, the package may not be allowed to evaluate it. */
  const interpretFailed = async (
    input: unknown,
    bindings: Record<string, unknown> | undefined,
    now: number | undefined,
    failed: unknown,
  ): Promise<unknown> => {
    try {
      return await interpret(input, bindings, now);
    } catch (thrown) {
      const isRefused = (thrown as { code?: unknown })?.code === 'clone-replaced';
      throw isRefused && !(failed instanceof EngineError) ? failed : thrown;
    }
  };
  const writeText = (input: unknown, now: number | undefined, out: JsonBytes): void => {
    const start = out.at;
    try {
      if (isPlain(input)) {
        programs.writeText(input, now, out);
        return;
      }
    } catch (thrown) {
      if (isAtBound(thrown)) {
        out.at = start;
        throw asFailure(thrown, budget, isRepeatable);
      }
      // Members of the text may be computed in another order, so that another of several failures came first.
      out.at = start;
      emptyFilled();
    }
    out.value(evaluateSync(input, undefined, now));
  };
  const isText = obstacle === undefined && !analysis.isDynamic && hasText(ast);
  return { ast, evaluateSync, evaluate, obstacle, ...(isText && { writeText }) };
}

/** Compiling takes longer than in proportion; the widest event has some hundred. */
const MEMBERS_MAX = 5_000;

function tooWide(members: number): unknown {
  const message = `the expression makes objects and lists of ${members} members, expected at most ${MEMBERS_MAX}`;
  return failure('too-wide', { message });
}

/** @throws what the parser throws for what is no regular expression */
function refuseEndlessRegexes(regexes: Analysis['regexes']): void {
  for (const { value, position } of regexes) {
    const message = value instanceof RegExp ? regexProblem(value) : undefined;
    if (message !== undefined)
      throw failure('regex-endless', { message, ...(position !== undefined && { position }) });
  }
}

/** The interpreter counts members of constructors as open at once, so that a wide expression needs more. */
function budgetOf({ members }: Analysis, options: CompileOptions): Budget {
  return {
    timeout: options.timeout ?? EVALUATION_TIMEOUT_MS,
    stack: options.stack ?? EVALUATION_STACK_MAX * (1 + members),
    sequence: options.sequence ?? EVALUATION_SEQUENCE_MAX,
    clock: options.clock ?? systemClock,
  };
}

/**
 * Promises; and the package's own choice among several failures of members that it evaluates side by side. What ended at a
 * bound would go there again.
 */
function isForInterpreter(thrown: unknown, analysis: Analysis, isRepeatable: boolean): boolean {
  if (thrown instanceof EngineError) return true;
  const isRangeTooLong = (thrown as { code?: unknown }).code === 'D2014';
  return analysis.isRacy && !isRepeatable && (isRangeTooLong || !isAtBound(thrown));
}

/** Whether it ended at a bound: it would take as much once more. */
function isAtBound(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' && (EXHAUSTED.has(code) || LIMITED.has(code));
}

/** What was thrown, with its message; recursion that used up JavaScript's own stack is too deep as well. */
function asFailure(thrown: unknown, budget: Budget, isRepeatable: boolean): unknown {
  const isOverflow = thrown instanceof RangeError && /call stack/i.test(thrown.message);
  const error = isOverflow ? failure('D1011', { value: budget.stack }) : thrown;
  try {
    fillMessage(error);
  } catch (unshown) {
    if ((unshown as { code?: unknown })?.code === 'output-too-long') return unshown;
    // Whoever writes a mapping is told what failed all the same.
    if (!isRepeatable) throw unshown instanceof NotSynchronous ? noSync(unshown.message) : unshown;
    (error as { message?: unknown }).message =
      'a value, which has a function in it, is not of the right kind';
  }
  return error;
}

function noSync(reason: string): EngineError {
  return new EngineError({
    code: 'jsonata-no-sync',
    kind: 'usage',
    message: `evaluateSync cannot give the result: ${reason}`,
    fix: 'Use evaluate.',
  });
}
