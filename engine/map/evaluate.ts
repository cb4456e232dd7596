/** A mapping: JSONata text that turns the records of one event into that event. The only door to its evaluator. */
import type { SourceText } from '../definition/source.ts';
import { EngineError } from '../errors.ts';
import { type Diagnostic, diagnosticAt, placeOf } from '../report/diagnostic.ts';
import type { Node } from './ast.ts';
import { type Interpreted, interpret, makeRepeatable, timeBinding } from './interpreter.ts';
import { jsonataProblem } from './jsonata-error.ts';

export interface Mapping {
  source: SourceText;
  ast: Node;
  /**
   * The event of an object of named records; undefined where the mapping gives none. The input is not changed.
   * @param now what `$now()` and `$millis()` give: the page's fetch time in milliseconds since the epoch
   * @throws EngineError `map-` with JSONata's code in lower case (`map-d3030`), kind `data`, at the mapping's line
   */
  evaluate(input: Record<string, unknown>, now: number): Promise<unknown>;
}

/** Compiles a mapping. One that does not parse gives one diagnostic, `expr-syntax`. */
export function compileMapping(source: SourceText): { mapping?: Mapping; diagnostics: Diagnostic[] } {
  let interpreted: Interpreted;
  try {
    interpreted = interpret(source.text);
  } catch (thrown) {
    const { message, span, fix } = jsonataProblem(thrown, source.text);
    return {
      diagnostics: [diagnosticAt(source, span, { code: 'expr-syntax', message, ...(fix && { fix }) })],
    };
  }
  makeRepeatable(interpreted);
  const evaluate = async (input: Record<string, unknown>, now: number): Promise<unknown> => {
    try {
      return await interpreted.evaluate(input, timeBinding(now));
    } catch (thrown) {
      throw runtimeError(thrown, source);
    }
  };
  return { mapping: { source, ast: interpreted.ast, evaluate }, diagnostics: [] };
}

function runtimeError(thrown: unknown, source: SourceText): EngineError {
  const { code, message, span } = jsonataProblem(thrown, source.text);
  return new EngineError({
    code: `map-${code.toLowerCase()}`,
    kind: 'data',
    message,
    at: placeOf(source, span),
    cause: thrown,
  });
}
