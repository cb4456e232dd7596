/** A small JSONata expression inside a definition file: compiled once, evaluated against the names that its place sees. */
import { EngineError } from '../errors.ts';
import type { Node } from './ast.ts';
import { type CompiledJsonata, compileJsonata } from './compiler/compile.ts';
import { jsonataProblem } from './jsonata-error.ts';
import { type ReadPath, references } from './references.ts';
import { Tokens } from './tokens.ts';

export interface Expression {
  text: string;
  ast: Node;
  /** What it reads of the names that it sees, as paths from the root. */
  paths: readonly ReadPath[];
  /**
   * @param now what `$now()` and `$millis()` give; without it they fail
   * @throws EngineError `expr-` with JSONata's code in lower case (`expr-d3030`), kind `definition`
   */
  evaluate(input: Record<string, unknown>, now?: number): Promise<unknown>;
}

/** What is wrong with a piece of an expression's text; `start` and `end` are offsets in that text. */
export interface ExpressionProblem {
  code: string;
  message: string;
  start: number;
  end: number;
  fix?: string;
}

type Compiled = { expression: Expression } | { problem: ExpressionProblem };

/** The checks of a definition ask for the same text again and again. */
const compiledBefore = new Map<string, Compiled>();
const COMPILED_MAX = 1000;

/** Compiles an expression; one that does not parse gives the problem instead, code `expr-syntax`. */
export function compileExpression(text: string): Compiled {
  let compiled = compiledBefore.get(text);
  if (!compiled) {
    compiled = compileText(text);
    if (compiledBefore.size >= COMPILED_MAX) compiledBefore.clear();
    compiledBefore.set(text, compiled);
  }
  return compiled;
}

function compileText(text: string): Compiled {
  let compiled: CompiledJsonata;
  try {
    compiled = compileJsonata(text, { isRepeatable: true });
  } catch (thrown) {
    const { message, span, fix } = jsonataProblem(thrown, text);
    return { problem: { code: 'expr-syntax', message, ...span, ...(fix && { fix }) } };
  }
  const evaluate = async (input: Record<string, unknown>, now?: number): Promise<unknown> => {
    try {
      return await compiled.evaluate(input, undefined, now);
    } catch (thrown) {
      const { code, message } = jsonataProblem(thrown, text);
      throw new EngineError({
        code: `expr-${code.toLowerCase()}`,
        kind: 'definition',
        message,
        cause: thrown,
      });
    }
  };
  const { paths } = references(compiled.ast, new Tokens(text));
  return { expression: { text, ast: compiled.ast, paths, evaluate } };
}
