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

export function failure(code: string, fields: Omit<Failure, 'code'> = {}): Failure {
  return { code, ...fields };
}

/** Thrown where a result only exists later (a promise): the caller must evaluate asynchronously. */
export class NotSynchronous extends Error {}

type Thrown = { position?: unknown; token?: unknown };

/** Names the operator that failed. */
export function atOperator(thrown: unknown, position: number | undefined, token: string): unknown {
  const error = thrown as Thrown;
  error.position = position;
  error.token = token;
  return error;
}
