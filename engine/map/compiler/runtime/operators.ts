/** What do the operators give for values of any type? */
import { definitionOf } from '../package-door.ts';
import { isFunction } from './callable.ts';
import { atOperator, failure } from './errors.ts';
import { list, measure, spend, spendOnItems } from './meter.ts';
import { mark } from './sequence.ts';

/** Whether a value is a number that arithmetic can use. @throws D1001 for one out of range */
export function isNumber(value: unknown): value is number {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (!Number.isFinite(value)) throw failure('D1001', { value });
  return true;
}

export function arithmetic(left: unknown, right: unknown, operator: string): number | undefined {
  if (left !== undefined && !isNumber(left)) throw failure('T2001', { value: left });
  if (right !== undefined && !isNumber(right)) throw failure('T2002', { value: right });
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    default:
      return left % right;
  }
}

export function negate(value: unknown, position: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (isNumber(value)) return -value;
  throw failure('D1002', { ...(position !== undefined && { position }), token: '-', value });
}

export function compare(left: unknown, right: unknown, operator: string): boolean | undefined {
  const comparable = isComparable(left);
  if (!comparable || !isComparable(right)) {
    throw failure('T2010', { value: typeof left === 'string' || typeof left === 'number' ? right : left });
  }
  if (left === undefined || right === undefined) return undefined;
  if (typeof left !== typeof right) throw failure('T2009', { value: left, value2: right });
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function isComparable(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || typeof value === 'number';
}

export function isEqual(left: unknown, right: unknown): boolean {
  return left !== undefined && right !== undefined && deepEqual(left, right);
}

export function isUnequal(left: unknown, right: unknown): boolean {
  return left !== undefined && right !== undefined && !deepEqual(left, right);
}

const OBJECT_BYTES = 64;

export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  // Two values that hold one other twice, which holds one other twice, are never compared to their end.
  spend(OBJECT_BYTES);
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++) {
      if (!deepEqual(left[index], right[index])) return false;
    }
    return true;
  }
  const [a, b] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const keys = Object.getOwnPropertyNames(a);
  if (keys.length !== Object.getOwnPropertyNames(b).length) return false;
  if (!keys.every((key) => Object.hasOwn(b, key))) return false;
  return keys.sort().every((key) => deepEqual(a[key], b[key]));
}

export function isIn(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  if (!Array.isArray(right)) return right === left;
  for (let index = 0; index < right.length; index++) if (right[index] === left) return true;
  return false;
}

/** The truth of a value; undefined has none. */
export function truth(value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value.length > 0;
    case 'number':
      return isNumber(value) && value !== 0;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return false;
  if (Array.isArray(value)) {
    if (value.length === 1) return truth(value[0]);
    let any = false;
    spendOnItems(value.length);
    // All are looked at, because one may be out of range.
    for (const item of value) if (truth(item)) any = true;
    return any;
  }
  return !isFunction(value) && Object.keys(value).length > 0;
}

export function range(left: unknown, right: unknown, limit: number): unknown {
  if (left !== undefined && !Number.isInteger(left)) throw failure('T2003', { value: left });
  if (right !== undefined && !Number.isInteger(right)) throw failure('T2004', { value: right });
  if (left === undefined || right === undefined) return undefined;
  const [first, last] = [left as number, right as number];
  if (first > last) return undefined;
  const size = last - first + 1;
  if (size > RANGE_MAX) throw failure('D2014', { value: size });
  if (size > limit) throw failure('D2015', { value: size });
  list(size);
  const items: unknown[] = new Array(size);
  for (let index = 0; index < size; index++) items[index] = first + index;
  // Zero has a sign, which adding takes away.
  items[0] = first;
  return mark(items);
}

/** A limit of the package, whatever the sequence limit is. */
const RANGE_MAX = 1e7;

const string = definitionOf('string').implementation as unknown as (value: unknown) => string | undefined;

/** A value as `&` sees it. */
export function textOf(value: unknown, position: number | undefined): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  measure(value);
  return named(() => string(value) as string, position, '&');
}

export function arithmeticAt(
  left: unknown,
  right: unknown,
  operator: string,
  position: number | undefined,
): unknown {
  return named(() => arithmetic(left, right, operator), position, operator);
}

export function compareAt(
  left: unknown,
  right: unknown,
  operator: string,
  position: number | undefined,
): unknown {
  return named(() => compare(left, right, operator), position, operator);
}

export function rangeAt(left: unknown, right: unknown, limit: number, position: number | undefined): unknown {
  return named(() => range(left, right, limit), position, '..');
}

export function truthAt(value: unknown, operator: string, position: number | undefined): boolean {
  return named(() => truth(value), position, operator);
}

function named<T>(operation: () => T, position: number | undefined, operator: string): T {
  try {
    return operation();
  } catch (thrown) {
    throw atOperator(thrown, position, operator);
  }
}
