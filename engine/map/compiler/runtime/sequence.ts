/** Sequences: arrays with marks, which is what makes one result and a list of one result the same thing in JSONata. */
import { failure, ListKept } from './errors.ts';
import { list as listMade } from './meter.ts';

export type Sequence = unknown[] & {
  /** A list of results: an empty one is no result, one of one item is the item. */
  sequence?: boolean;
  /** One of one item stays a list. */
  keepSingleton?: boolean;
  /** The wrapping around an input that is an array. */
  outerWrapper?: boolean;
  /** The items are tuples: a value under `@` and variables. */
  tupleStream?: boolean;
  /** Made by an array constructor in a path: is not flattened. */
  cons?: boolean;
};

/** How many arrays got a mark so far: where an evaluation made none, its result needs no cleaning. */
export const marks = { made: 0 };

export function mark(items: unknown[]): Sequence {
  const sequence: Sequence = items;
  sequence.sequence = true;
  marks.made++;
  return sequence;
}

export function sequenceOf(...items: unknown[]): Sequence {
  return mark(items);
}

export function newSequence(): Sequence {
  return mark([]);
}

/** Marks what an array constructor in a path gives. */
export function markConstructed(items: unknown[]): unknown[] {
  Object.defineProperty(items, 'cons', { enumerable: false, configurable: false, value: true });
  marks.made++;
  return items;
}

/** Adds an item or the items of an array to a list that an array constructor builds. */
export function appendTo(list: unknown[], value: unknown, limit: number): void {
  const size = list.length + (Array.isArray(value) ? value.length : 1);
  if (size > limit) throw failure('D2015', { value: size });
  if (!Array.isArray(value)) list.push(value);
  else {
    listMade(value.length);
    for (const item of value) list.push(item);
  }
}

export function isSequence(value: unknown): value is Sequence {
  return Array.isArray(value) && (value as Sequence).sequence === true;
}

/** An object of JSON: what is read from it is a field of its own, unless all objects have it. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const found = getPrototypeOf(value);
  return found === prototype || found === null;
}

const { getPrototypeOf, prototype } = Object;

/** Adds within the limit of a sequence's length. */
export function push(sequence: unknown[], item: unknown, limit: number): void {
  if (sequence.length >= limit) throw failure('D2015', { value: limit });
  sequence.push(item);
}

/** What a node's result is to whoever asked for it. */
export function finish(value: unknown, keepArray = false): unknown {
  if (!Array.isArray(value)) return value;
  const sequence: Sequence = value;
  if (sequence.sequence !== true || sequence.tupleStream) return value;
  if (keepArray) sequence.keepSingleton = true;
  if (sequence.length === 0) return undefined;
  return sequence.length === 1 && !sequence.keepSingleton ? sequence[0] : sequence;
}

/** Stops before `finish` keeps a list of one item that was there before. @throws ListKept */
export function refuseToKeep(value: unknown): void {
  if (isSequence(value) && value.length === 1 && !value.keepSingleton) throw new ListKept();
}

export function append(first: unknown, second: unknown, limit: number): unknown {
  if (first === undefined) return second;
  if (second === undefined) return first;
  const head = Array.isArray(first) ? first : [first];
  const tail = Array.isArray(second) ? second : [second];
  const size = head.length + tail.length;
  if (size > limit) throw failure('D2015', { value: size });
  listMade(size);
  // A list that had to be made is a sequence, but joining makes a plain array of it.
  return head.concat(tail);
}

/** A value as the list that a step or filter goes through. */
export function asList(value: unknown): Sequence {
  return Array.isArray(value) ? value : sequenceOf(value);
}

/** The input of an evaluation: an array counts as one value until the first step goes into it. */
export function wrapInput(input: unknown): unknown {
  if (!Array.isArray(input) || isSequence(input)) return input;
  const wrapper = sequenceOf(input);
  wrapper.outerWrapper = true;
  return wrapper;
}

/** `$`: the context value. */
export function contextValue(input: unknown): unknown {
  return Array.isArray(input) && (input as Sequence).outerWrapper ? input[0] : input;
}

/** The results of a step for each of its inputs, as one list; an array that the last step gave alone stays as it is. */
export function flattenStep(results: unknown[], isLast: boolean, limit: number): Sequence {
  const first = results[0];
  if (isLast && results.length === 1 && Array.isArray(first) && !isSequence(first)) return first;
  return mark(flattened(results, limit));
}

/** The same without the mark of a sequence, for the next step alone. */
export function flattened(results: unknown[], limit: number): unknown[] {
  const list: unknown[] = [];
  for (let index = 0; index < results.length; index++) flattenInto(list, results[index], limit);
  listMade(list.length);
  return list;
}

/** Adds what a step gave for one of its inputs to the list of all. */
export function flattenInto(list: unknown[], result: unknown, limit: number): void {
  if (!Array.isArray(result) || (result as Sequence).cons) {
    push(list, result, limit);
    return;
  }
  for (let at = 0; at < result.length; at++) {
    const item = result[at];
    // Holes are left out.
    if (item !== undefined || at in result) push(list, item, limit);
  }
}

/** Marks a path with `[]` in it: a result of one item stays a list. */
export function keepSingleton(value: unknown): unknown {
  const list = value as Sequence;
  if (Array.isArray(list) && list.cons && !list.sequence) {
    const wrapped = sequenceOf(list);
    wrapped.keepSingleton = true;
    return wrapped;
  }
  if (typeof list !== 'object' || list === null) throw new TypeError('cannot keep what is no array');
  if (isSequence(list)) list.keepSingleton = true;
  return list;
}

/** A result without marks. Arrays of the input have none and are left alone. */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? plainArray(value) : plainObject(value);
}

function plainArray(value: Sequence): unknown[] {
  const isMarked =
    value.sequence !== undefined || value.cons !== undefined || value.keepSingleton !== undefined;
  const items: unknown[] = isMarked ? Array.from(value) : value;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (typeof item !== 'object' || item === null) continue;
    const clean = plain(item);
    if (clean !== item) items[index] = clean;
  }
  return items;
}

function plainObject(value: object): object {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const object = value as Record<string, unknown>;
  for (const key in object) {
    const member = object[key];
    if (typeof member !== 'object' || member === null) continue;
    const clean = plain(member);
    if (clean !== member) object[key] = clean;
  }
  return value;
}
