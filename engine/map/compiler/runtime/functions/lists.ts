/** Built-in functions on lists and objects that the package ties to its own sequences: `$keys`, `$lookup`, `$append`, `$spread`, `$distinct`. */
import { type Implementation, isFunction, Lambda, Tail } from '../callable.ts';
import { setOwn } from '../grouping.ts';
import { deepEqual } from '../operators.ts';
import { field } from '../paths.ts';
import { append, isSequence, newSequence, push } from '../sequence.ts';

export const LIST_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  keys(value: unknown) {
    return keysOf(value, this.options.sequence);
  },

  lookup(value: unknown, key: string) {
    return field(value, key, this.options.sequence);
  },

  append(first: unknown, second: unknown) {
    return append(first, second, this.options.sequence);
  },

  spread(value: unknown) {
    return spread(value, this.options.sequence);
  },

  distinct(list: unknown) {
    if (!Array.isArray(list) || list.length <= 1) return list;
    const results: unknown[] = isSequence(list) ? newSequence() : [];
    for (const value of list) {
      this.run.step();
      if (!results.some((result) => deepEqual(value, result))) push(results, value, this.options.sequence);
    }
    return results;
  },
};

function keysOf(value: unknown, limit: number): unknown[] {
  const results = newSequence();
  if (Array.isArray(value)) {
    const merged: Record<string, true> = Object.create(null);
    for (const item of value) for (const key of keysOf(item, limit)) merged[key as string] = true;
    for (const key of Object.keys(merged)) push(results, key, limit);
  } else if (typeof value === 'object' && value !== null && !isFunction(value)) {
    for (const key of Object.keys(value)) push(results, key, limit);
  }
  return results;
}

function spread(value: unknown, limit: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Lambda || value instanceof Tail)
    return value;
  let results: unknown = newSequence();
  if (Array.isArray(value)) {
    for (const item of value) results = append(results, spread(item, limit), limit);
    return results;
  }
  for (const key of Object.keys(value)) {
    const single: Record<string, unknown> = {};
    setOwn(single, key, (value as Record<string, unknown>)[key]);
    push(results as unknown[], single, limit);
  }
  return results;
}
