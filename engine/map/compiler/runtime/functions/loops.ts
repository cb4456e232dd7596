/** `$map`, `$filter`, `$each` and `$sift` where they are given a lambda: its JavaScript function is called at once. */
import { applyTails } from '../apply.ts';
import { Lambda, Tail } from '../callable.ts';
import { setOwn } from '../grouping.ts';
import { truth } from '../operators.ts';
import type { Run } from '../run.ts';
import { newSequence, push } from '../sequence.ts';

/** Whether a value is a lambda that takes its arguments as they come. */
export function isOpen(value: unknown): value is Lambda {
  return value instanceof Lambda && value.signature === undefined && !value.isPartial;
}

type Loop<T> = (run: Run, subject: T, lambda: Lambda, name: string, position: number | undefined) => unknown;

export const mapWith: Loop<unknown[]> = (run, list, lambda, name, position) => {
  const results = newSequence();
  try {
    for (let index = 0; index < list.length; index++) {
      const value = invoke(run, lambda, list[index], index, list);
      if (value !== undefined) push(results, value, run.budget.sequence);
    }
  } catch (thrown) {
    throw atLoop(run, thrown, lambda, name, position);
  }
  return results;
};

export const filterWith: Loop<unknown[]> = (run, list, lambda, name, position) => {
  const results = newSequence();
  try {
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      if (truth(invoke(run, lambda, item, index, list))) push(results, item, run.budget.sequence);
    }
  } catch (thrown) {
    throw atLoop(run, thrown, lambda, name, position);
  }
  return results;
};

export const eachWith: Loop<Record<string, unknown>> = (run, object, lambda, name, position) => {
  const results = newSequence();
  try {
    for (const key of Object.keys(object)) {
      const value = invoke(run, lambda, object[key], key, object);
      if (value !== undefined) push(results, value, run.budget.sequence);
    }
  } catch (thrown) {
    throw atLoop(run, thrown, lambda, name, position);
  }
  return results;
};

export const siftWith: Loop<Record<string, unknown>> = (run, object, lambda, name, position) => {
  const result: Record<string, unknown> = {};
  let isEmpty = true;
  try {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (!truth(invoke(run, lambda, value, key, object))) continue;
      setOwn(result, key, value);
      isEmpty = false;
    }
  } catch (thrown) {
    throw atLoop(run, thrown, lambda, name, position);
  }
  return isEmpty ? undefined : result;
};

/** A lambda's JavaScript function has as many parameters as the lambda: it does not see what it does not take. */
function invoke(run: Run, lambda: Lambda, value: unknown, key: unknown, whole: unknown): unknown {
  run.step();
  const result = lambda.body(null, value, key, whole);
  return result instanceof Tail ? applyTails(run, result, null) : result;
}

/** What a lambda throws is put down to it, then to the function that called it back. */
function atLoop(
  run: Run,
  thrown: unknown,
  lambda: Lambda,
  name: string,
  position: number | undefined,
): unknown {
  const error = thrown as { token?: unknown; position?: unknown };
  if (run.tailError === thrown) run.tailError = undefined;
  else if (error.token === undefined && lambda.token !== undefined) error.token = lambda.token;
  if (error.token === undefined) error.token = name;
  error.position = position || error.position;
  return thrown;
}
