/** Object constructors and `{...}` after a path: keys group the items, values are evaluated for each group. */
import { failure } from './errors.ts';
import { type Frame, frameOfTuple, type Tuple } from './frame.ts';
import { append, type Sequence } from './sequence.ts';

/** An expression that waits for its context; the frame is given where variables are looked up by name. */
export type Part = (input: unknown, frame?: Frame) => unknown;

/** Empty lists that the evaluation has added an item to: the package adds one to those of the input too. */
const filled: unknown[][] = [];

function fill(list: unknown[]): void {
  list.push(undefined);
  filled.push(list);
}

/** An evaluation begins. */
export function forgetFilled(): void {
  if (filled.length > 0) filled.length = 0;
}

/** An evaluation is given up for another one, which is to find the input as it was. */
export function emptyFilled(): void {
  for (const list of filled) list.length = 0;
  filled.length = 0;
}

/** The one group of an object constructor whose keys are constants. */
export function contextOfGroup(input: unknown, limit: number): unknown {
  if (!Array.isArray(input)) return input;
  if (input.length === 0) fill(input);
  let context: unknown = input[0];
  for (let index = 1; index < input.length; index++) context = append(context, input[index], limit);
  return context;
}

export function group(
  source: unknown,
  pairs: [Part, Part][],
  position: number | undefined,
  limit: number,
  frame?: Frame,
): Record<string, unknown> {
  if (!Array.isArray(source) && pairs.length === 1) {
    const key = pairs[0]?.[0](source, frame);
    if (typeof key === 'string' && key !== '_jsonata_lambda' && key !== '_jsonata_function') {
      const only: Record<string, unknown> = {};
      const value = pairs[0]?.[1](source, frame);
      if (value !== undefined) setOwn(only, key, value);
      return only;
    }
    // Anything else is nothing, or an error below: the key is only computed again.
  }
  const isTuples = Array.isArray(source) && Boolean((source as Sequence).tupleStream);
  const input: unknown[] = Array.isArray(source) ? source : [source];
  if (input.length === 0 && !isTuples) fill(input);
  const groups = groupsOf(input, pairs, { isTuples, position, limit, frame });
  const result: Record<string, unknown> = {};
  for (const [key, { data, pair }] of inKeyOrder(groups)) {
    let context = data;
    let inner = frame;
    if (isTuples) {
      const { '@': value, ...variables } = reduceTuples(data, limit);
      context = value;
      inner = frameOfTuple(frame as Frame, variables);
    }
    const value = pair[1](context, inner);
    if (value !== undefined) setOwn(result, key, value);
  }
  return result;
}

interface Group {
  data: unknown;
  pair: [Part, Part];
}

function groupsOf(
  input: unknown[],
  pairs: [Part, Part][],
  options: { isTuples: boolean; position: number | undefined; limit: number; frame: Frame | undefined },
): Map<string, Group> {
  const { isTuples, position, limit, frame } = options;
  const at = position === undefined ? {} : { position };
  const groups = new Map<string, Group>();
  for (let index = 0; index < input.length; index++) {
    const item = input[index];
    const inner = isTuples ? frameOfTuple(frame as Frame, item as Tuple) : frame;
    for (const pair of pairs) {
      const key = pair[0](isTuples ? (item as Tuple)['@'] : item, inner);
      if (key === undefined) continue;
      if (typeof key !== 'string') throw failure('T1003', { ...at, value: key });
      if (key === '_jsonata_lambda' || key === '_jsonata_function') {
        throw failure('D1013', { ...at, value: key });
      }
      const existing = groups.get(key);
      if (!existing) groups.set(key, { data: item, pair });
      else if (existing.pair !== pair) throw failure('D1009', { ...at, value: key });
      else existing.data = append(existing.data, item, limit);
    }
  }
  return groups;
}

/** Objects list keys that are array indices first, in ascending order. */
function inKeyOrder(groups: Map<string, Group>): [string, Group][] {
  const keys: Record<string, null> = Object.create(null);
  for (const key of groups.keys()) keys[key] = null;
  return Object.keys(keys).map((key) => [key, groups.get(key) as Group]);
}

function reduceTuples(tuples: unknown, limit: number): Tuple {
  if (!Array.isArray(tuples)) return { ...(tuples as Tuple) };
  const result: Tuple = { ...(tuples[0] as Tuple) };
  for (let index = 1; index < tuples.length; index++) {
    const tuple = tuples[index] as Tuple;
    for (const name of Object.keys(tuple)) result[name] = append(result[name], tuple[name], limit);
  }
  return result;
}

/** An object without a prototype, as the package makes them. */
export function bare<T extends object>(object: T): T {
  return Object.setPrototypeOf(object, null) as T;
}

/** Sets a field whatever its name is: `__proto__` is a field like any other. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else object[key] = value;
}
