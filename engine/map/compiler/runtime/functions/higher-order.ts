/** Built-in functions that call a function back: `$map`, `$filter`, `$single`, `$reduce`, `$each`, `$sift`, `$sort`. */
import { callBack } from '../apply.ts';
import { arityOf, type Implementation, refuseToOpen } from '../callable.ts';
import { failure } from '../errors.ts';
import { bare, setOwn } from '../grouping.ts';
import { truth } from '../operators.ts';
import { isListOfNumbers, isListOfStrings } from '../paths.ts';
import { newSequence, push } from '../sequence.ts';
import { mergeSort } from '../sorting.ts';

export const HIGHER_ORDER_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  map(list: unknown[] | undefined, callee: unknown) {
    if (list === undefined) return undefined;
    const results = newSequence();
    for (let index = 0; index < list.length; index++) {
      const value = callBack(this, callee, argumentsFor(callee, list[index], index, list));
      if (value !== undefined) push(results, value, this.options.sequence);
    }
    return results;
  },

  filter(list: unknown[] | undefined, callee: unknown) {
    if (list === undefined) return undefined;
    const results = newSequence();
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      const answer = callBack(this, callee, argumentsFor(callee, item, index, list));
      if (truth(answer)) push(results, item, this.options.sequence);
    }
    return results;
  },

  single(list: unknown[] | undefined, callee: unknown) {
    if (list === undefined) return undefined;
    let found: unknown[] = [];
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      const isMatch =
        callee === undefined || truth(callBack(this, callee, argumentsFor(callee, item, index, list)));
      if (!isMatch) continue;
      if (found.length > 0) throw failure('D3138', { index });
      found = [item];
    }
    if (found.length === 0) throw failure('D3139');
    return found[0];
  },

  reduce(list: unknown[] | undefined, callee: unknown, initial: unknown) {
    if (list === undefined) return undefined;
    const arity = arityOf(callee);
    if (arity < 2) throw failure('D3050', { index: 1 });
    const startsWithFirst = initial === undefined && list.length > 0;
    let result = startsWithFirst ? list[0] : initial;
    for (let index = startsWithFirst ? 1 : 0; index < list.length; index++) {
      const args = [result, list[index]];
      if (arity >= 3) args.push(index);
      if (arity >= 4) args.push(list);
      result = callBack(this, callee, args);
    }
    return result;
  },

  each(object: unknown, callee: unknown) {
    const results = newSequence();
    for (const key of keysOf(object)) {
      const value = callBack(
        this,
        callee,
        argumentsFor(callee, (object as Record<string, unknown>)[key], key, object),
      );
      if (value !== undefined) push(results, value, this.options.sequence);
    }
    return results;
  },

  sift(object: unknown, callee: unknown) {
    const result: Record<string, unknown> = {};
    for (const key of keysOf(object)) {
      const value = (object as Record<string, unknown>)[key];
      if (truth(callBack(this, callee, argumentsFor(callee, value, key, object)))) setOwn(result, key, value);
    }
    if (Object.keys(result).length === 0) return undefined;
    return this.run.makesBare ? bare(result) : result;
  },

  sort(list: unknown[] | undefined, comparator: unknown) {
    if (list === undefined) return undefined;
    if (list.length <= 1) return list;
    const isList = Array.isArray(list);
    if (comparator === undefined) {
      if (!isList || (!isListOfNumbers(list) && !isListOfStrings(list))) throw failure('D3070', { index: 1 });
      return mergeSort(list, (a, b) => (a as number) > (b as number));
    }
    if (!isList) return list;
    if (typeof comparator !== 'function') throw new TypeError('this function cannot be called back');
    return mergeSort(list, (a, b) => callBack(this, comparator, [a, b]));
  },
};

/** The value, and its index or key and the whole if the function takes them. */
function argumentsFor(callee: unknown, value: unknown, key: unknown, whole: unknown): unknown[] {
  const arity = arityOf(callee);
  if (arity >= 3) return [value, key, whole];
  return arity === 2 ? [value, key] : [value];
}

function keysOf(value: unknown): string[] {
  refuseToOpen(value);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
