/** What is known at compile time about the value of a node: its JavaScript, and the types that it may have. */

export const UNDEFINED = 1;
export const NULL = 2;
export const BOOLEAN = 4;
export const NUMBER = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const FUNCTION = 128;
export const ANY = 255;

export interface Value {
  /** A name or a literal: may be repeated, has no effect. */
  js: string;
  /** Types that it may have, as bits. */
  type: number;
  /** The value itself, where it is a literal. */
  literal?: string | number | boolean | null;
  /** Whether it is a new array that counts as a sequence without being marked as one. */
  isFresh?: boolean;
  /** Whether it is certainly no sequence, although an array. */
  isPlainArray?: boolean;
  /** Whether it is what whoever asked for the node gets: not looked at once more for being a sequence. */
  isFinished?: boolean;
  /** The value that it is what is left of, after having looked so often whether it is a sequence. */
  finishOf?: { js: string; times: number };
  /** The items of an array of literals. */
  items?: readonly Value[];
  /** The regular expression that it is. */
  regex?: RegExp;
  /** What `~>` puts before the arguments of a call: a function is not wrapped there. */
  isApplied?: boolean;
  /** Asks for a value that is only made if something uses it. */
  use?: () => void;
}

export const NOTHING: Value = { js: 'undefined', type: UNDEFINED };

export function isOnly(value: Value, types: number): boolean {
  return (value.type & ~types) === 0;
}

export function mayBe(value: Value, types: number): boolean {
  return (value.type & types) !== 0;
}

/** A literal of JavaScript. */
export function literal(value: string | number | boolean | null): Value {
  if (value === null) return { js: 'null', type: NULL, literal: null };
  if (typeof value === 'string') return { js: quote(value), type: STRING, literal: value };
  if (typeof value === 'boolean') return { js: String(value), type: BOOLEAN, literal: value };
  const js = Object.is(value, -0) ? '-0' : String(value);
  return { js: `(${js})`, type: NUMBER, literal: value };
}

/** Any text as a string literal of JavaScript, of which JSON's are a part (ECMA-262, 12.9.4, since 2019). */
export function quote(text: string): string {
  return JSON.stringify(text);
}
