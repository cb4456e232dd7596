/** Steps of a path that need nothing compiled: names, wildcards, descendants, filters by value. */
import { isFunction } from './callable.ts';
import { failure } from './errors.ts';
import { spend } from './meter.ts';
import { isNumber, truth } from './operators.ts';
import {
  append,
  finish,
  flattenInto,
  isSequence,
  mark,
  newSequence,
  push,
  type Sequence,
  sequenceOf,
} from './sequence.ts';

/** The field of an object or of each object of a list. Only own fields count. */
export function field(input: unknown, key: string, limit: number): unknown {
  if (typeof input !== 'object' || input === null) return undefined;
  if (!Array.isArray(input)) {
    return Object.hasOwn(input, key) && !isFunction(input)
      ? (input as Record<string, unknown>)[key]
      : undefined;
  }
  const found = newSequence();
  for (const item of input) {
    const value = field(item, key, limit);
    if (Array.isArray(value)) for (const each of value) push(found, each, limit);
    else if (value !== undefined) push(found, value, limit);
  }
  return found;
}

/** A path of one or more names, from a list of inputs; not finished. */
function namePath(inputs: unknown[], keys: readonly string[], limit: number): Sequence {
  let list = inputs;
  for (let step = 0; step < keys.length; step++) {
    const key = keys[step] as string;
    const found: unknown[] = [];
    let count = 0;
    let only: unknown;
    for (let index = 0; index < list.length; index++) {
      const value = finish(field(list[index], key, limit));
      if (value === undefined) continue;
      if (count >= limit) throw failure('D2015', { value: limit });
      count++;
      only = value;
      flattenInto(found, value, limit);
    }
    const isLast = step === keys.length - 1;
    // An array that the last step gave alone stays as it is.
    if (isLast && count === 1 && Array.isArray(only) && !isSequence(only)) return only;
    list = found;
    if (found.length === 0) break;
  }
  return mark(list);
}

/** A path of names from the context, finished. */
export function fieldsOfContext(input: unknown, keys: readonly string[], limit: number): unknown {
  return finish(namePath(Array.isArray(input) ? input : [input], keys, limit));
}

/** A path of names from the value of a variable, finished. */
export function fieldsOfValue(value: unknown, keys: readonly string[], limit: number): unknown {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || (value as Sequence).cons) return finish(namePath([value], keys, limit));
  if (value.length > limit) throw failure('D2015', { value: limit });
  return finish(namePath(value, keys, limit));
}

export function wildcard(input: unknown, limit: number): unknown {
  let results: unknown = newSequence();
  let source = input;
  if (Array.isArray(source) && (source as Sequence).outerWrapper && source.length > 0) source = source[0];
  if (typeof source !== 'object' || source === null || isFunction(source)) return results;
  for (const key of Object.keys(source)) {
    const value = (source as Record<string, unknown>)[key];
    if (Array.isArray(value)) results = append(results, flat(value, [], limit), limit);
    else push(results as unknown[], value, limit);
  }
  return results;
}

/** What is in lists in lists, in one. */
function flat(list: unknown[], into: unknown[], limit: number): unknown[] {
  spend(LIST_BYTES);
  for (const item of list) {
    if (Array.isArray(item)) flat(item, into, limit);
    else push(into, item, limit);
  }
  return into;
}

const LIST_BYTES = 32;

export function descendants(input: unknown, limit: number): unknown {
  if (input === undefined) return undefined;
  const results = newSequence();
  collect(input, results, limit);
  return results.length === 1 ? results[0] : results;
}

function collect(input: unknown, results: Sequence, limit: number): void {
  if (Array.isArray(input)) {
    spend(LIST_BYTES);
    for (const item of input) collect(item, results, limit);
    return;
  }
  push(results, input, limit);
  if (typeof input !== 'object' || input === null || isFunction(input)) return;
  for (const key of Object.keys(input)) collect((input as Record<string, unknown>)[key], results, limit);
}

/** `[2]`: the item at an index, from the end where it is negative. */
export function itemAt(input: unknown, position: number): unknown {
  const isTuples = Array.isArray(input) && (input as Sequence).tupleStream;
  const list = Array.isArray(input) ? input : [input];
  const index = Math.floor(position);
  const item = list[index < 0 ? list.length + index : index];
  if (Array.isArray(item)) return item;
  const result = item === undefined ? newSequence() : sequenceOf(item);
  if (isTuples) result.tupleStream = true;
  return result;
}

/** What a position counts for that an item is compared with. */
const POSITION_BYTES = 8;

/** Adds an item to the results of a filter if what the filter gave for it says so: its position, or truth. */
export function keepIf(
  results: unknown[],
  item: unknown,
  answer: unknown,
  index: number,
  length: number,
  limit: number,
): void {
  if (typeof answer === 'boolean') {
    if (answer) push(results, item, limit);
    return;
  }
  const positions = isNumber(answer) ? [answer] : answer;
  if (Array.isArray(positions)) spend(positions.length * POSITION_BYTES);
  if (Array.isArray(positions) && isListOfNumbers(positions)) {
    for (const position of positions) {
      const wanted = Math.floor(position);
      if ((wanted < 0 ? length + wanted : wanted) === index) push(results, item, limit);
    }
  } else if (truth(answer)) push(results, item, limit);
}

export function isListOfNumbers(list: unknown[]): list is number[] {
  let all = true;
  for (const item of list) if (!isNumber(item)) all = false;
  return all;
}

export function isListOfStrings(list: unknown[]): list is string[] {
  return list.every((item) => typeof item === 'string');
}
