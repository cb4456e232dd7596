/** Built-in functions on lists and objects that the package ties to its own sequences or that look into what they are given: `$keys`, `$lookup`, `$append`, `$spread`, `$merge`, `$distinct`. */
import { definitionOf } from '../../package-door.ts';
import { type Focus, type Implementation, isFunction, Lambda, refuseToOpen, Tail } from '../callable.ts';
import { bare, setOwn } from '../grouping.ts';
import { KEY_BYTES, spend, spendOnItems } from '../meter.ts';
import { deepEqual, truth } from '../operators.ts';
import { field } from '../paths.ts';
import type { Run } from '../run.ts';
import { append, isSequence, newSequence, push } from '../sequence.ts';

const merge = definitionOf('merge').implementation as unknown as (this: Focus, list: unknown) => unknown;

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
    return spread(value, this.run);
  },

  merge(list: unknown) {
    if (Array.isArray(list)) {
      for (const item of list) {
        refuseToOpen(item);
        if (typeof item === 'object' && item !== null) spend(Object.keys(item).length * KEY_BYTES);
      }
    }
    return merge.call(this, list);
  },

  boolean(value: unknown) {
    let only = value;
    while (Array.isArray(only) && only.length === 1) only = only[0];
    return only === undefined ? undefined : truth(only);
  },

  distinct(list: unknown) {
    if (!Array.isArray(list) || list.length <= 1) return list;
    return distinct(list, this.run);
  },
};

/** The different items of a list, each where it is first; a sequence gives a sequence. */
export function distinct(list: unknown[], run: Run): unknown[] {
  if (list.length <= 1) return list;
  const results: unknown[] = isSequence(list) ? newSequence() : [];
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    run.step();
    if (!includes(results, value)) push(results, value, run.budget.sequence);
  }
  return results;
}

function includes(list: unknown[], value: unknown): boolean {
  for (let index = 0; index < list.length; index++) if (deepEqual(value, list[index])) return true;
  return false;
}

function keysOf(value: unknown, limit: number): unknown[] {
  const results = newSequence();
  if (Array.isArray(value)) {
    spendOnItems(value.length);
    const merged: Record<string, true> = Object.create(null);
    for (const item of value) for (const key of keysOf(item, limit)) merged[key as string] = true;
    for (const key of Object.keys(merged)) push(results, key, limit);
  } else if (typeof value === 'object' && value !== null && !isFunction(value)) {
    for (const key of Object.keys(value)) push(results, key, limit);
  }
  return results;
}

function spread(value: unknown, run: Run): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Lambda || value instanceof Tail)
    return value;
  refuseToOpen(value);
  const limit = run.budget.sequence;
  let results: unknown = newSequence();
  if (Array.isArray(value)) {
    spendOnItems(value.length);
    for (const item of value) results = append(results, spread(item, run), limit);
    return results;
  }
  for (const key of Object.keys(value)) {
    const single: Record<string, unknown> = {};
    setOwn(single, key, (value as Record<string, unknown>)[key]);
    push(results as unknown[], run.makesBare ? bare(single) : single, limit);
  }
  return results;
}
