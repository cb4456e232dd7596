/** Compiles JSONata to JavaScript: the results and error codes of the `jsonata` package, without waiting. */
import jsonata from 'jsonata';
import { EngineError } from '../../errors.ts';
import { EVALUATION_SEQUENCE_MAX, EVALUATION_STACK_MAX, EVALUATION_TIMEOUT_MS } from '../../limits.ts';
import { isArray, isObject, type Node, walk } from '../ast.ts';
import { type Analysis, analyse } from './analysis.ts';
import { generate, type Program } from './generate.ts';
import { fillMessage, parse, parseRaw } from './package-door.ts';
import { failure, NotSynchronous } from './runtime/errors.ts';
import { Frame } from './runtime/frame.ts';
import { BUILT_INS } from './runtime/functions/built-ins.ts';
import { type Budget, Run } from './runtime/run.ts';
import { marks, plain, wrapInput } from './runtime/sequence.ts';

/** Limits of one evaluation: milliseconds, depth of open evaluations, length of a sequence. */
export interface Limits {
  timeout?: number;
  stack?: number;
  sequence?: number;
}

export interface CompiledJsonata {
  ast: Node;
  /**
   * @param now what `$now()` and `$millis()` give; the clock's time without it
   * @throws plain objects as the package throws them; EngineError `jsonata-no-sync` where a function gives a promise
   *   or the expression is not compiled
   */
  evaluateSync(input: unknown, bindings?: Record<string, unknown>, now?: number): unknown;
  /** Like `evaluateSync`, and waits for functions among the bindings. */
  evaluate(input: unknown, bindings?: Record<string, unknown>): Promise<unknown>;
  /** Why `evaluateSync` always fails, where it does. */
  obstacle: string | undefined;
}

/**
 * Compiles a text.
 * @throws the package's error objects for a text that does not parse
 */
export function compileJsonata(source: string, limits: Limits = {}): CompiledJsonata {
  const ast = parse(source);
  const analysis = analyse(ast);
  const budget = budgetOf(ast, limits);
  const programs = new Programs(ast, analysis, budget);
  const evaluateSync = (input: unknown, bindings?: Record<string, unknown>, now?: number): unknown => {
    if (analysis.obstacle !== undefined) throw noSync(analysis.obstacle);
    try {
      return runProgram(programs, budget, input, bindings ?? NO_BINDINGS, now);
    } catch (thrown) {
      throw thrown instanceof NotSynchronous ? noSync(thrown.message) : asFailure(thrown, budget);
    }
  };
  const evaluate = async (input: unknown, bindings?: Record<string, unknown>): Promise<unknown> => {
    const isOurs = analysis.obstacle === undefined && !hasFunctions(bindings);
    if (!isOurs) return interpret(source, budget, input, bindings);
    try {
      return evaluateSync(input, bindings);
    } catch (thrown) {
      if (thrown instanceof EngineError || (analysis.isRacy && !isLimit(thrown))) {
        return interpret(source, budget, input, bindings);
      }
      throw thrown;
    }
  };
  return { ast, evaluateSync, evaluate, obstacle: analysis.obstacle };
}

const NO_BINDINGS: Record<string, unknown> = Object.freeze({});

function budgetOf(ast: Node, limits: Limits): Budget {
  return {
    timeout: limits.timeout ?? EVALUATION_TIMEOUT_MS,
    stack: limits.stack ?? EVALUATION_STACK_MAX * (1 + membersOf(ast)),
    sequence: limits.sequence ?? EVALUATION_SEQUENCE_MAX,
  };
}

/** The interpreter counts members of constructors as open at once, so that a wide expression needs more. */
function membersOf(ast: Node): number {
  let members = 0;
  walk(ast, (node) => {
    if (isObject(node)) members += node.lhs.length;
    if (isArray(node)) members += node.expressions.length;
  });
  return members;
}

/** The JavaScript of an expression, made when it is first needed: once as usual, once for bindings that replace functions. */
class Programs {
  private readonly ast: Node;
  private readonly analysis: Analysis;
  private readonly limit: number;
  private usual: Program | undefined;
  private wary: Program | undefined;

  constructor(ast: Node, analysis: Analysis, budget: Budget) {
    this.ast = ast;
    this.analysis = analysis;
    this.limit = budget.sequence;
  }

  get isDynamic(): boolean {
    return this.analysis.isDynamic;
  }

  for(bindings: Record<string, unknown>): Program {
    if (bindings === NO_BINDINGS && this.usual) return this.usual;
    const { ast, analysis, limit } = this;
    for (const name of Object.keys(bindings)) {
      if (!analysis.builtIns.has(name) && name !== 'clone') continue;
      this.wary ??= generate(ast, { analysis, trustsBuiltIns: false, limit });
      return this.wary;
    }
    this.usual ??= generate(ast, { analysis, trustsBuiltIns: true, limit });
    return this.usual;
  }
}

function runProgram(
  programs: Programs,
  budget: Budget,
  input: unknown,
  bindings: Record<string, unknown>,
  now: number | undefined,
): unknown {
  const program = programs.for(bindings);
  const before = marks.made;
  const run = new Run(budget, input, bindings, now, evaluateText);
  const frame = programs.isDynamic ? outermostFrame(run) : undefined;
  const result = program(run, Array.isArray(input) ? wrapInput(input) : input, frame);
  // Without any marked array there is nothing to clean.
  return marks.made === before ? result : plain(result);
}

function outermostFrame(run: Run): Frame {
  return new Frame(undefined, (name) => (name === '$' ? run.input : run.bindingOr(name, BUILT_INS.get(name))));
}

const EVAL_DEPTH = 8;

/** `$eval`: a text among the variables of its caller. */
function evaluateText(run: Run, text: string, input: unknown, frame: Frame | undefined): unknown {
  let ast: Node;
  try {
    ast = parseRaw(text);
  } catch (thrown) {
    throw evalFailure('D3120', thrown);
  }
  const analysis = { ...analyse(ast), isDynamic: true };
  if (analysis.obstacle !== undefined) throw new NotSynchronous(analysis.obstacle);
  const program = generate(ast, { analysis, trustsBuiltIns: false, limit: run.budget.sequence });
  run.enter(EVAL_DEPTH);
  let result: unknown;
  try {
    result = program(run, input, frame ?? outermostFrame(run));
  } catch (thrown) {
    if (thrown instanceof NotSynchronous || thrown instanceof RangeError) throw thrown;
    throw evalFailure('D3121', thrown);
  }
  run.depth -= EVAL_DEPTH;
  return result;
}

function evalFailure(code: string, thrown: unknown): unknown {
  fillMessage(thrown);
  return failure(code, { value: (thrown as { message?: unknown }).message, error: thrown });
}

/** What was thrown, with its message; recursion that used up JavaScript's own stack is too deep as well. */
function asFailure(thrown: unknown, budget: Budget): unknown {
  const error = isStackOverflow(thrown) ? failure('D1011', { value: budget.stack }) : thrown;
  fillMessage(error);
  return error;
}

function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && /call stack/i.test(thrown.message);
}

function isLimit(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown };
  return code === 'D1011' || code === 'D1012' || code === 'D2015';
}

function noSync(reason: string): EngineError {
  return new EngineError({
    code: 'jsonata-no-sync',
    kind: 'usage',
    message: `evaluateSync cannot give the result: ${reason}`,
    fix: 'Use evaluate.',
  });
}

/** Functions among the bindings may give promises. */
function hasFunctions(bindings: Record<string, unknown> | undefined): boolean {
  return bindings !== undefined && Object.values(bindings).some((value) => typeof value === 'function');
}

/** The package itself, for what is not compiled. */
async function interpret(
  source: string,
  budget: Budget,
  input: unknown,
  bindings: Record<string, unknown> | undefined,
): Promise<unknown> {
  return plain(await jsonata(source, budget).evaluate(input, bindings));
}
