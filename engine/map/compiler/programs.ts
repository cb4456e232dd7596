/** The JavaScript of one expression, made when it is first needed, and its evaluations. */
import type { Node } from '../ast.ts';
import { type Analysis, analyse } from './analysis.ts';
import { generate, type Program } from './generate.ts';
import { fillMessage, parseRaw } from './package-door.ts';
import { apply } from './runtime/apply.ts';
import { Callable, type Native } from './runtime/callable.ts';
import { failure, ListKept, NotSynchronous, ObjectShown } from './runtime/errors.ts';
import { Frame } from './runtime/frame.ts';
import { emptyFilled } from './runtime/grouping.ts';
import type { JsonBytes } from './runtime/json-bytes.ts';
import { measure, measuredLast } from './runtime/meter.ts';
import { withFunctions } from './runtime/results.ts';
import { type Budget, hasFunctions, Run } from './runtime/run.ts';
import { isPlain, marks, plain, wrapInput } from './runtime/sequence.ts';

const NO_BINDINGS: Record<string, unknown> = Object.freeze({});

/** How many evaluations a call of `$eval` opens. */
const EVAL_DEPTH = 8;

export class Programs {
  private readonly ast: Node;
  private readonly analysis: Analysis;
  private readonly budget: Budget;
  private readonly builtIns: ReadonlyMap<string, Native>;
  private usual: Program | undefined;
  /** The same for an input that is a plain object, as records are. */
  private forObjects: Program | undefined;
  /** For bindings that replace built-in functions. */
  private wary: Program | undefined;
  private text: Program | undefined;
  /**
   * Nearly always a list that is told to stay one has no other name, and then the order in which it is read and told does
   * not matter. Until an evaluation finds otherwise, programs are made for that: they are smaller and quicker.
   */
  private trustsLists: boolean;
  /**
   * The package makes objects without a prototype, of which JavaScript makes neither text nor number. Nearly always signatures
   * keep objects away from whatever would try. Until an evaluation finds otherwise, objects are made like any other,
   * which is quicker.
   */
  private makesBare: boolean;

  constructor(ast: Node, analysis: Analysis, budget: Budget, builtIns: ReadonlyMap<string, Native>) {
    this.ast = ast;
    this.analysis = analysis;
    this.budget = budget;
    this.builtIns = builtIns;
    this.trustsLists = analysis.keepsLists && !analysis.isDynamic;
    this.makesBare = analysis.showsObjects;
  }

  /** @throws what compiled code throws, without its message */
  run(input: unknown, bindings = NO_BINDINGS, now: number | undefined): unknown {
    // What functions of the caller do must not be done twice.
    if (this.trustsLists && bindings !== NO_BINDINGS && hasFunctions(bindings)) {
      this.trustsLists = false;
      this.forget();
    }
    for (;;) {
      try {
        return this.evaluate(input, bindings, now);
      } catch (thrown) {
        if (!this.hasLearnt(thrown)) throw thrown;
        emptyFilled();
      }
    }
  }

  private evaluate(input: unknown, bindings: Record<string, unknown>, now: number | undefined): unknown {
    const program = this.programFor(bindings, isPlain(input));
    const before = marks.made;
    const run = new Run(this.budget, input, bindings, now, this.evaluateText, this.makesBare);
    const frame = this.analysis.isDynamic ? this.outermostFrame(run) : undefined;
    let result = program(run, Array.isArray(input) ? wrapInput(input) : input, frame);
    if (typeof result === 'object' || typeof result === 'string') {
      measure(result);
      if (measuredLast.hasFunctions) result = withFunctions(result, (value) => functionOf(value, run));
    }
    // Without any marked array there is nothing to clean.
    return marks.made === before ? result : plain(result);
  }

  private programFor(bindings: Record<string, unknown>, isPlainInput: boolean): Program {
    const { ast, analysis, builtIns, trustsLists, makesBare } = this;
    const limit = this.budget.sequence;
    for (const name of bindings === NO_BINDINGS ? [] : Object.keys(bindings)) {
      if (!analysis.builtIns.has(name) && name !== 'clone') continue;
      this.wary ??= generate(ast, { analysis, trustsBuiltIns: false, makesBare, builtIns, limit });
      return this.wary;
    }
    const options = { analysis, trustsBuiltIns: true, trustsLists, makesBare, builtIns, limit };
    if (isPlainInput) {
      this.forObjects ??= generate(ast, { ...options, isPlainInput });
      return this.forObjects;
    }
    this.usual ??= generate(ast, options);
    return this.usual;
  }

  /**
   * Writes the JSON text of what an evaluation of a plain object without bindings gives; nothing where JSON has none.
   * @throws what compiled code throws, without its message; what was written by then is left there
   */
  writeText(input: unknown, now: number | undefined, out: JsonBytes): void {
    const start = out.at;
    for (;;) {
      try {
        this.writeTextOnce(input, now, out);
        return;
      } catch (thrown) {
        if (!this.hasLearnt(thrown)) throw thrown;
        emptyFilled();
        out.at = start;
      }
    }
  }

  private writeTextOnce(input: unknown, now: number | undefined, out: JsonBytes): void {
    const { ast, analysis, builtIns, trustsLists, makesBare } = this;
    const limit = this.budget.sequence;
    this.text ??= generate(ast, {
      analysis,
      trustsBuiltIns: true,
      trustsLists,
      makesBare,
      builtIns,
      limit,
      isPlainInput: true,
      writesText: true,
    });
    const run = new Run(this.budget, input, NO_BINDINGS, now, this.evaluateText, makesBare);
    this.text(run, input, undefined, out);
  }

  /** Whether an evaluation gave up because its program was the wrong one: from here on there is another. */
  private hasLearnt(thrown: unknown): boolean {
    // A function of an earlier evaluation, among the bindings, may say again what is known.
    if (thrown instanceof ObjectShown && !this.makesBare) this.makesBare = true;
    else if (thrown instanceof ListKept && this.trustsLists) this.trustsLists = false;
    else return false;
    this.forget();
    return true;
  }

  private forget(): void {
    this.usual = undefined;
    this.forObjects = undefined;
    this.wary = undefined;
    this.text = undefined;
  }

  private outermostFrame(run: Run): Frame {
    const { builtIns } = this;
    return new Frame(undefined, (name) =>
      name === '$' ? run.input : run.bindingOr(name, builtIns.get(name)),
    );
  }

  /** `$eval`: a text among the variables of its caller. */
  private readonly evaluateText = (
    run: Run,
    text: string,
    input: unknown,
    frame: Frame | undefined,
  ): unknown => {
    let ast: Node;
    try {
      ast = parseRaw(text);
    } catch (thrown) {
      throw evalFailure('D3120', thrown);
    }
    const analysis = { ...analyse(ast), isDynamic: true };
    const isBoundAmongMembers = this.analysis.isRacy && analysis.binding.has(ast);
    const obstacle = isBoundAmongMembers ? 'a variable is bound by a text' : analysis.obstacle;
    if (obstacle !== undefined) throw new NotSynchronous(obstacle);
    const limit = this.budget.sequence;
    const program = generate(ast, {
      analysis,
      trustsBuiltIns: false,
      makesBare: run.makesBare,
      builtIns: this.builtIns,
      limit,
    });
    run.enter(EVAL_DEPTH);
    // Compiling takes as long as many steps.
    run.checkClock();
    try {
      const result = program(run, input, frame ?? this.outermostFrame(run));
      run.depth -= EVAL_DEPTH;
      return result;
    } catch (thrown) {
      if (thrown instanceof NotSynchronous || thrown instanceof RangeError) throw thrown;
      throw evalFailure('D3121', thrown);
    }
  };
}

function functionOf(value: object, run: Run): ((...args: unknown[]) => unknown) | undefined {
  if (!(value instanceof Callable)) return undefined;
  return (...args) => apply(run, value, args, undefined);
}

function evalFailure(code: string, thrown: unknown): unknown {
  fillMessage(thrown);
  return failure(code, { value: (thrown as { message?: unknown }).message, error: thrown });
}
