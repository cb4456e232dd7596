/** How do compiled expressions fail? With plain objects like those of the `jsonata` package, their message filled in last. */

export interface Failure {
  code: string;
  position?: number;
  token?: string;
  value?: unknown;
  value2?: unknown;
  index?: number;
  message?: string;
  [field: string]: unknown;
}

/** What an evaluation fails with that takes too much time or memory: it would do so once more. */
export const EXHAUSTED: ReadonlySet<string> = new Set(['D1012', 'memory-exceeded', 'output-too-long']);
/** Limits that a mapping meets sooner, and that a single large record may meet. */
export const LIMITED: ReadonlySet<string> = new Set([
  'D1011',
  'D2014',
  'D2015',
  'text-too-long',
  'picture-endless',
  'picture-too-long',
  'regex-endless',
  'regex-text',
]);

export function failure(code: string, fields: Omit<Failure, 'code'> = {}): Failure {
  return { code, ...fields };
}

/** The package would show its own frames and syntax trees there, which expressions share and could change. */
export function functionOpened(): Failure {
  return failure('function-opened', { message: 'the fields of a function are looked at, which has none' });
}

/** Thrown where a result only exists later (a promise): the caller must evaluate asynchronously. */
export class NotSynchronous extends Error {}

/**
 * Thrown where a list of one item is told to stay a list, which what was read of it before has taken for its item: the
 * program that was made without such lists in mind is the wrong one.
 */
export class ListKept {}

/** Thrown where JavaScript is about to make text of an object: it matters whether objects are made with a prototype. */
export class ObjectShown {}

type Thrown = { position?: unknown; token?: unknown };

/** Names the operator that failed. */
export function atOperator(thrown: unknown, position: number | undefined, token: string): unknown {
  const error = thrown as Thrown;
  error.position = position;
  error.token = token;
  return error;
}
