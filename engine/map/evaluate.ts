/** A mapping: JSONata text that turns the records of one event into that event. The only door to its evaluator. */
import type { SourceText } from '../definition/source.ts';
import { EngineError } from '../errors.ts';
import { type Diagnostic, diagnosticAt, placeOf } from '../report/diagnostic.ts';
import type { Node } from './ast.ts';
import { type CompiledJsonata, compileJsonata } from './compiler/compile.ts';
import { JsonBytes } from './compiler/runtime/json-bytes.ts';
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
  /** The same at once; not there for the rare mapping that only the interpreter can evaluate. */
  evaluateSync?(input: Record<string, unknown>, now: number): unknown;
  /**
   * What `JSON.stringify` gives of the event, without making the event; only there for a mapping that can make nothing
   * but one object; undefined where it makes none.
   * @throws EngineError as `evaluate` does
   */
  evaluateText?(input: Record<string, unknown>, now: number): string | undefined;
  /**
   * The same, written; there where `evaluateText` is.
   * @throws EngineError as `evaluate` does, with nothing written
   */
  writeText?(input: Record<string, unknown>, now: number, out: JsonBytes): void;
}

/** Enough for most events; it grows. */
const SCRATCH_BYTES = 16 * 1024;

/** Compiles a mapping. One that does not parse gives one diagnostic, `expr-syntax`. */
export function compileMapping(source: SourceText): { mapping?: Mapping; diagnostics: Diagnostic[] } {
  let compiled: CompiledJsonata;
  try {
    compiled = compileJsonata(source.text, { isRepeatable: true });
  } catch (thrown) {
    const { message, span, fix } = jsonataProblem(thrown, source.text);
    return {
      diagnostics: [diagnosticAt(source, span, { code: 'expr-syntax', message, ...(fix && { fix }) })],
    };
  }
  const evaluate = async (input: Record<string, unknown>, now: number): Promise<unknown> => {
    try {
      return await compiled.evaluate(input, undefined, now);
    } catch (thrown) {
      throw runtimeError(thrown, source);
    }
  };
  const evaluateSync = (input: Record<string, unknown>, now: number): unknown => {
    try {
      return compiled.evaluateSync(input, undefined, now);
    } catch (thrown) {
      throw runtimeError(thrown, source);
    }
  };
  const { ast, obstacle, writeText: write } = compiled;
  const writeText = (input: Record<string, unknown>, now: number, out: JsonBytes): void => {
    try {
      write?.(input, now, out);
    } catch (thrown) {
      throw runtimeError(thrown, source);
    }
  };
  let scratch: JsonBytes | undefined;
  const evaluateText = (input: Record<string, unknown>, now: number): string | undefined => {
    scratch ??= new JsonBytes(SCRATCH_BYTES);
    scratch.clear();
    writeText(input, now, scratch);
    return scratch.at === 0 ? undefined : scratch.text(0);
  };
  const mapping = {
    source,
    ast,
    evaluate,
    ...(obstacle === undefined && { evaluateSync }),
    ...(write && { evaluateText, writeText }),
  };
  return { mapping, diagnostics: [] };
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
