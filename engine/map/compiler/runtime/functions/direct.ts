/** Built-in functions as generated code calls them where no signature needs checking: undefined says that the general call must decide. */
import type { BoundedRegex } from '../../bounded-regex.ts';
import { isFunction } from '../callable.ts';
import { setOwn } from '../grouping.ts';
import { KEY_BYTES, text as made, spend, willBeText } from '../meter.ts';
import type { Run } from '../run.ts';
import { mark } from '../sequence.ts';
import { distinct } from './lists.ts';
import { expandReplacement } from './texts.ts';

/** `$type` of what is not undefined; a number out of range is left to the general call. */
export function typeOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return typeof value;
    case 'number':
      return value - value === 0 ? 'number' : undefined;
    case 'function':
      return 'function';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      return isFunction(value) ? 'function' : 'object';
  }
}

/** `$string` of what is neither a list, an object nor a function. */
export function stringOf(value: unknown): string | undefined {
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return String(value);
    return value - value === 0 ? String(Number(value.toPrecision(PRECISION))) : undefined;
  }
  return typeof value === 'string' || typeof value === 'boolean' || value === null
    ? String(value)
    : undefined;
}

/** Digits of a number as text: what the package keeps. */
const PRECISION = 15;

/** `$count`: whatever is no list counts as one. */
export function countOf(value: unknown): number {
  if (value === undefined) return 0;
  return Array.isArray(value) ? value.length : 1;
}

/** `$distinct` of a list within the limit. */
export function distinctOf(value: unknown, run: Run): unknown {
  if (Array.isArray(value)) return value.length <= run.budget.sequence ? distinct(value, run) : undefined;
  return isFunction(value) ? undefined : value;
}

/** Whether `$append` just joins two values. */
export function canAppend(first: unknown, second: unknown, limit: number): boolean {
  if (isFunction(first) || isFunction(second)) return false;
  return lengthOf(first) + lengthOf(second) <= limit;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

/** `$keys` of an object of JSON. */
export function keysOfPlain(value: object, limit: number): unknown[] | undefined {
  const keys = Object.keys(value);
  return keys.length <= limit ? mark(keys) : undefined;
}

const MANY_KEYS = 64;

/** `$merge` of objects. */
export function mergeOf(value: unknown): Record<string, unknown> | undefined {
  const objects: unknown[] = Array.isArray(value) ? value : [value];
  for (let index = 0; index < objects.length; index++) {
    const object = objects[index];
    if (typeof object !== 'object' || object === null || Array.isArray(object) || isFunction(object)) {
      return undefined;
    }
  }
  const result: Record<string, unknown> = {};
  for (let index = 0; index < objects.length; index++) {
    const object = objects[index] as Record<string, unknown>;
    const keys = Object.keys(object);
    if (keys.length > MANY_KEYS) spend(keys.length * KEY_BYTES);
    for (let at = 0; at < keys.length; at++) setOwn(result, keys[at] as string, object[keys[at] as string]);
  }
  return result;
}

/** In a text from here on the clock is looked at after each match. */
const LONG = 4_096;

/** `$replace` of a pattern's matches by a text; undefined where a later match is empty, which is an error. */
export function replacePattern(text: string, regex: BoundedRegex, replacement: string): string | undefined {
  const pattern = regex.for(text);
  pattern.lastIndex = 0;
  let found = pattern.exec(text);
  if (found === null) return text;
  const isLiteral = !replacement.includes('$');
  const isLong = text.length > LONG;
  let result = '';
  let position = 0;
  while (found !== null) {
    const [match] = found;
    result += text.substring(position, found.index);
    result += isLiteral ? replacement : expandReplacement(replacement, { match, groups: found.slice(1) });
    willBeText(result.length);
    spend(isLong ? text.length : 0);
    position = found.index + match.length;
    if (pattern.lastIndex >= text.length) break;
    found = pattern.exec(text);
    if (found?.[0] === '') return undefined;
  }
  return made(result + text.substring(position));
}
