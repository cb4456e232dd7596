/** The public `tributary/jsonata`: compiles JSONata with safe limits, results and error codes as the `jsonata` package. */
import { EngineError } from '../errors.ts';
import { type Interpreted, interpret, type Limits } from './interpreter.ts';

export type { Limits } from './interpreter.ts';

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
  /** @throws EngineError `jsonata-no-sync`: the interpreter is asynchronous throughout */
  evaluateSync(input: unknown, bindings?: Record<string, unknown>): unknown;
}

/**
 * Compiles JSONata. `timeout` in milliseconds, `stack` in open evaluations, `sequence` in items; each has a safe default.
 * @throws JsonataError for a source that does not parse
 */
export function compile(source: string, limits: Limits = {}): Compiled {
  let interpreted: Interpreted;
  try {
    interpreted = interpret(source, limits);
  } catch (thrown) {
    throw new JsonataError(thrown);
  }
  return {
    evaluate: async (input, bindings) => {
      try {
        return await interpreted.evaluate(input, bindings);
      } catch (thrown) {
        throw new JsonataError(thrown);
      }
    },
    evaluateSync: () => {
      throw new EngineError({
        code: 'jsonata-no-sync',
        kind: 'usage',
        message: 'evaluateSync needs compiled JSONata, and this version interprets it',
        fix: 'Use evaluate.',
      });
    },
  };
}
