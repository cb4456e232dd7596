/** What an evaluation gives to whoever asked for it. */
import { apply } from './apply.ts';
import { Callable } from './callable.ts';
import { failure } from './errors.ts';
import type { Run } from './run.ts';

/** A result with the functions in it as functions of JavaScript, which JSON leaves out: what they hold is nobody's business. */
export function withFunctions(value: unknown, run: Run, seen = new Set<object>()): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  if (value instanceof Callable) return (...args: unknown[]) => apply(run, value, args, undefined);
  seen.add(value);
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    const inner = withFunctions(members[key], run, seen);
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
