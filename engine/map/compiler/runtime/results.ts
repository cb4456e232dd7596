/** What an evaluation gives to whoever asked for it. */
import { failure } from './errors.ts';

type JavaScriptFunction = (...args: unknown[]) => unknown;

/**
 * A result with the functions in it as functions of JavaScript, which JSON leaves out: what they hold is nobody's business.
 * @param functionOf the function that an object is; undefined for one that is none
 */
export function withFunctions(
  value: unknown,
  functionOf: (value: object) => JavaScriptFunction | undefined,
  seen = new Set<object>(),
): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  const made = functionOf(value);
  if (made) return made;
  seen.add(value);
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    const inner = withFunctions(members[key], functionOf, seen);
    if (inner !== members[key]) members[key] = inner;
  }
  return value;
}

/** Whoever waits for an object with a function under `then` waits for that function, which nothing ends. @throws a failure `then-function` */
export function refuseThen(result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  if (typeof (result as { then?: unknown }).then !== 'function') return;
  throw failure('then-function', {
    message: 'an object has a function under `then`, which JavaScript would wait for',
  });
}
