/** Where does a text lie in another? V8 compares each character of the one with each of the other at worst, and asks no clock. */
import { spend } from './meter.ts';

/** A shorter one is found in the longest text there may be within a fraction of a second. */
const LONG = 64;
/** Comparisons between two looks at the clock, about: some milliseconds. */
const COMPARISONS = 16 * 1024 * 1024;
/** Places that are looked at in one go, at least. */
const WINDOW_MIN = 1_024;
/** Bytes that are copied in the time that a comparison takes. */
const BYTES_A_COMPARISON = 0.25;

/** `text.indexOf(sought, from)`, counted as work. @throws failure D1012 */
export function indexIn(text: string, sought: string, from = 0): number {
  // Partially applied a function is given anything.
  const isLong = typeof text === 'string' && typeof sought === 'string' && sought.length >= LONG;
  return isLong ? indexOfLong(text, sought, from) : text.indexOf(sought, from);
}

function indexOfLong(text: string, sought: string, from: number): number {
  const window = Math.max(WINDOW_MIN, Math.floor(COMPARISONS / sought.length));
  const last = text.length - sought.length;
  for (let start = from; start <= last; start += window) {
    spend(Math.min(window, last - start + 1) * sought.length * BYTES_A_COMPARISON);
    const found = text.slice(start, start + window + sought.length - 1).indexOf(sought);
    if (found >= 0) return start + found;
  }
  return -1;
}

/** `text.split(separator, most)`, counted as work. @throws failure D1012 */
export function splitAt(text: string, separator: string, most: number): string[] {
  if (separator.length < LONG) return text.split(separator, most);
  const parts: string[] = [];
  let position = 0;
  while (parts.length < most) {
    const index = indexIn(text, separator, position);
    if (index < 0) {
      parts.push(text.slice(position));
      break;
    }
    parts.push(text.slice(position, index));
    position = index + separator.length;
  }
  return parts;
}

/** `$substringBefore` */
export function textBefore(text: string, other: string): string {
  const index = indexIn(text, other);
  return index < 0 ? text : text.substring(0, index);
}

/** `$substringAfter` */
export function textAfter(text: string, other: string): string {
  const index = indexIn(text, other);
  return index < 0 ? text : text.substring(index + other.length);
}
