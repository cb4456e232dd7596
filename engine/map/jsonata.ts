/** The public `tributary/jsonata`: compiles JSONata with safe limits, results and error codes as the `jsonata` package. */
import { EngineError } from '../errors.ts';
import { type CompiledJsonata, compileJsonata, type Limits } from './compiler/compile.ts';

export type { Limits } from './compiler/compile.ts';

/** An error of JSONata, with the fields that the `jsonata` package throws. */
export class JsonataError extends Error {
  readonly code: string;
  /** Offset in the source just after the token. */
  readonly position: number | undefined;
  readonly token: string | undefined;
  readonly value: unknown;

  constructor(thrown: unknown) {
    const fields = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
    super(typeof fields.message === 'string' ? fields.message : String(fields.code ?? thrown), {
      cause: thrown,
    });
    this.name = 'JsonataError';
    this.code = String(fields.code ?? 'failed');
    this.position = typeof fields.position === 'number' ? fields.position : undefined;
    this.token = typeof fields.token === 'string' ? fields.token : undefined;
    this.value = fields.value;
  }
}

export interface Compiled {
  /** @throws JsonataError */
  evaluate(input: unknown, bindings?: Record<string, unknown>): Promise<unknown>;
  /**
   * @throws JsonataError
   * @throws EngineError `jsonata-no-sync` where a function among the bindings gives a promise, or for the rare
   *   expression that is not compiled (a variable bound inside an object or array constructor, outside of a block)
   */
  evaluateSync(input: unknown, bindings?: Record<string, unknown>): unknown;
}

/**
 * Compiles JSONata. `timeout` in milliseconds, `stack` in open evaluations, `sequence` in items; each has a safe default.
 * @throws JsonataError for a source that does not parse
 */
export function compile(source: string, limits: Limits = {}): Compiled {
  let compiled: CompiledJsonata;
  try {
    compiled = compileJsonata(source, limits);
  } catch (thrown) {
    throw new JsonataError(thrown);
  }
  return {
    evaluate: async (input, bindings) => {
      try {
        return await compiled.evaluate(input, bindings);
      } catch (thrown) {
        throw new JsonataError(thrown);
      }
    },
    evaluateSync: (input, bindings) => {
      try {
        return compiled.evaluateSync(input, bindings);
      } catch (thrown) {
        throw thrown instanceof EngineError ? thrown : new JsonataError(thrown);
      }
    },
  };
}
