/** Sorting: the package's merge sort, with the same comparisons in the same order. */
import { failure } from './errors.ts';
import { type Frame, frameOfTuple, type Tuple } from './frame.ts';
import type { Part } from './grouping.ts';
import type { Run } from './run.ts';
import type { Sequence } from './sequence.ts';

/** @param isAfter whether the first of two goes after the second; any truthy value of JavaScript says yes */
export function mergeSort(list: unknown[], isAfter: (first: unknown, second: unknown) => unknown): unknown[] {
  if (list.length <= 1) return list;
  const middle = Math.floor(list.length / 2);
  const left = mergeSort(list.slice(0, middle), isAfter);
  const right = mergeSort(list.slice(middle), isAfter);
  const merged: unknown[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    if (isAfter(left[l], right[r])) merged.push(right[r++]);
    else merged.push(left[l++]);
  }
  while (l < left.length) merged.push(left[l++]);
  while (r < right.length) merged.push(right[r++]);
  return merged;
}

export interface Term {
  part: Part;
  descending: boolean;
}

/** `^(a, >b)` on a list or a stream of tuples. */
export function orderBy(
  run: Run,
  input: unknown,
  terms: Term[],
  position: number | undefined,
  frame?: Frame,
): unknown {
  if (input === undefined || (input as unknown[]).length <= 1) return input;
  const isTuples = Boolean((input as Sequence).tupleStream);
  const sortValue = (item: unknown, term: Term) =>
    isTuples
      ? term.part((item as Tuple)['@'], frameOfTuple(frame as Frame, item as Tuple))
      : term.part(item, frame);
  if (!Array.isArray(input)) return input;
  return mergeSort(input, (a, b) => {
    run.step();
    for (const term of terms) {
      const order = compareTerms(sortValue(a, term), sortValue(b, term), term.descending, position);
      if (order !== 0) return order === 1;
    }
    return false;
  });
}

function compareTerms(a: unknown, b: unknown, descending: boolean, position: number | undefined): number {
  if (a === undefined) return b === undefined ? 0 : 1;
  if (b === undefined) return -1;
  const at = position === undefined ? {} : { position };
  if (!isSortable(a) || !isSortable(b)) throw failure('T2008', { ...at, value: isSortable(a) ? b : a });
  if (typeof a !== typeof b) throw failure('T2007', { ...at, value: a, value2: b });
  if (a === b) return 0;
  const order = a < b ? -1 : 1;
  return descending ? -order : order;
}

function isSortable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
