/** What may an evaluation still take? Large texts and lists are counted as they are made; time and memory are looked at when it adds up. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  EVALUATION_MEMORY_MAX,
  EVALUATION_OUTPUT_MAX,
  EVALUATION_TEXT_MAX,
  HEAP_SHARE_MAX,
} from '../../../limits.ts';
import { Callable } from './callable.ts';
import { failure } from './errors.ts';

/** Smaller texts and lists are not counted: the clock is looked at often enough for those. */
const LARGE = 1_024;
/** Bytes between two looks at the clock and at the memory. */
const LOOK_AFTER = 4 * 1024 * 1024;
const ITEM_BYTES = 8;

/** The evaluation under way: one at a time, since none waits. */
let underWay: { checkClock(): void } | undefined;
let spent = 0;

export function begin(run: { checkClock(): void }): void {
  underWay = run;
  spent = 0;
}

/** Counts bytes that were taken, or work that takes as long. @throws failures D1012, `memory-exceeded` */
export function spend(bytes: number): void {
  spent += bytes;
  if (spent < LOOK_AFTER) return;
  spent = 0;
  underWay?.checkClock();
}

/** What a key of an object that is copied counts for. */
export const KEY_BYTES = 64;
const VISIT_BYTES = 32;

/** Items that are gone through, however few: a list that is shared is gone through often. */
export function spendOnItems(count: number): void {
  spend(count * VISIT_BYTES);
}

/** A text or list that a function goes through. */
export function spendOn(value: unknown): void {
  if (typeof value === 'string') {
    if (value.length > LARGE) spend(value.length);
  } else if (Array.isArray(value)) list(value.length);
}

/** A text that was made. @throws a failure `text-too-long` */
export function text<T>(value: T): T {
  if (typeof value === 'string' && value.length > LARGE) {
    if (value.length > EVALUATION_TEXT_MAX) throw textTooLong(value.length);
    spend(value.length);
  }
  return value;
}

/** A text that is about to be made. @throws a failure `text-too-long` */
export function willBeText(length: number): void {
  if (length > EVALUATION_TEXT_MAX) throw textTooLong(length);
}

/** A list that was made, of so many items. */
export function list(length: number): void {
  if (length > LARGE / ITEM_BYTES) spend(length * ITEM_BYTES);
}

/** What a function of the package gave. */
export function given<T>(value: T): T {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) list(value.length);
  return value;
}

function textTooLong(length: number): unknown {
  return failure('text-too-long', {
    message: `a text of ${length} characters is made, expected at most ${EVALUATION_TEXT_MAX}`,
  });
}

/** Memory at the first look at it in an evaluation, and when it was last looked at. */
export class MemoryWatch {
  #base: number | undefined;
  #lookedAt = 0;

  /** @param now milliseconds @throws a failure `memory-exceeded` */
  look(now: number): void {
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    let { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    this.#base ??= used;
    const most = Math.min(this.#base + EVALUATION_MEMORY_MAX, limit * HEAP_SHARE_MAX);
    if (used < most) return;
    collectGarbage();
    used = getHeapStatistics().used_heap_size;
    if (used < most) return;
    throw failure('memory-exceeded', {
      message: `the evaluation takes too much memory: ${Math.round(used / 2 ** 20)} MiB are in use, expected at most ${Math.round(most / 2 ** 20)}`,
    });
  }
}

const LOOK_EVERY_MS = 10;

let collect: (() => void) | undefined;

/** What is garbage must not count against anybody. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/**
 * Goes through what becomes text, because what is small in memory may be endless there: an object that holds another twice,
 * which holds another twice.
 * @param indent spaces of a level, where the text has some
 * @param isNothing which objects text has nothing of
 * @throws a failure `output-too-long`
 */
export function measure(value: unknown, indent = 0, isNothing?: (value: object) => boolean): void {
  measuredLast.hasFunctions = false;
  measured(value, EVALUATION_OUTPUT_MAX, indent, 0, isNothing);
}

/** For texts, in which an object is a few characters, whatever it holds. */
export const HAS_NO_LENGTH = () => true;

/** What JavaScript makes text of, whatever it is. @throws a failure `output-too-long` */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  measure(value, 0, HAS_NO_LENGTH);
  return String(value);
}

/** Whether what was measured last has functions of JSONata in it. */
export const measuredLast = { hasFunctions: false };

/** A value is a few characters at least, with its comma. */
const VALUE_CHARACTERS = 4;

/** What is left of the length. */
function measured(
  value: unknown,
  before: number,
  indent: number,
  depth: number,
  isNothing?: (value: object) => boolean,
): number {
  let left = before - VALUE_CHARACTERS - indent * depth;
  if (typeof value === 'string') left -= value.length;
  else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      left =
        typeof item === 'object' || typeof item === 'string'
          ? measured(item, left, indent, depth + 1, isNothing)
          : left - 1 - indent * depth;
    }
  } else if (value instanceof Callable) measuredLast.hasFunctions = true;
  else if (typeof value === 'object' && value !== null && !isNothing?.(value)) {
    for (const key in value)
      left = measured(
        (value as Record<string, unknown>)[key],
        left - key.length,
        indent,
        depth + 1,
        isNothing,
      );
  }
  if (left < 0) {
    throw failure('output-too-long', {
      message: `what is made is longer than ${EVALUATION_OUTPUT_MAX} characters as text`,
    });
  }
  return left;
}
