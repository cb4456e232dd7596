/** What went wrong while running, said once: the run reads `kind` and `retry`, a person reads `message` and `fix`. */
import type { Place } from './report/diagnostic.ts';

/**
 * - `usage`: the command line is off; `definition`: YAML, mapping or setting is; `state`: the state directory refuses
 * - `credentials`, `permission`: the vendor does not know or does not let this application
 * - `rate_limit`, `transient`: worth another try; `contract`: the vendor answered something that the definition does not describe
 * - `data`: records; `destination`: what we write to; `interrupted`: the operator stopped it;
 *   `internal`: the engine itself, a bug
 */
export type ErrorKind =
  | 'usage'
  | 'definition'
  | 'state'
  | 'credentials'
  | 'permission'
  | 'rate_limit'
  | 'transient'
  | 'contract'
  | 'data'
  | 'destination'
  | 'interrupted'
  | 'internal';

/** What the run does with it: never again, again after a back-off, again after at least `afterMs`, again with a new token. */
export type Retry = 'never' | 'backoff' | { afterMs: number } | 'new_token';

export interface EngineErrorOptions {
  /** Kebab-case, with its family first: `auth-wrong-secret`, `http-timeout`. Stable for ever. */
  code: string;
  kind: ErrorKind;
  /** What failed, where, observed against expected; lower case, no full stop. */
  message: string;
  /** What to do, as an imperative sentence. */
  fix?: string;
  /** The line of the user's file that caused it. */
  at?: Place;
  retry?: Retry;
  cause?: unknown;
}

/** An error as it travels between threads: without its class. `new EngineError` takes it. */
export function plainError({ code, kind, message, fix, at, retry }: EngineError): EngineErrorOptions {
  return { code, kind, message, retry, ...(fix !== undefined && { fix }), ...(at && { at }) };
}

export class EngineError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly fix: string | undefined;
  readonly at: Place | undefined;
  readonly retry: Retry;

  constructor(options: EngineErrorOptions) {
    super(options.message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'EngineError';
    this.code = options.code;
    this.kind = options.kind;
    this.fix = options.fix;
    this.at = options.at;
    this.retry = options.retry ?? 'never';
  }
}
