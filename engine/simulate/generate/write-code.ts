/** Generated code that writes: ready text stands in it as words, what is drawn is drawn in place, everything else is called by a name. */
import { hexOf, type JsonBytes, literal } from '../json-bytes.ts';
import type { Cursor } from './cursor.ts';
import type { Maker, Write } from './kind.ts';

/**
 * Makes the statements that write a value. In them `at` is the cursor and `out` the JSON, `p` is where the next byte goes, `view`
 * is what it goes into, and `h` is the random word that was drawn last. Only numbers and names of `given` get into them.
 */
export type Code = (given: Given) => string;

/** What generated code calls. */
export class Given {
  readonly names: string[] = ['imul'];
  readonly values: unknown[] = [Math.imul];

  /** The name of a function in the code. */
  name(value: unknown): string {
    const name = `given${this.values.length}`;
    this.names.push(name);
    this.values.push(value);
    return name;
  }
}

/** A writer that runs the code. */
export function writerOf(code: Code): Write {
  const given = new Given();
  const source = `return (at, out) => { let p = out.at, view = out.view, h = 0;\n${code(given)}\nout.at = p; };`;
  return new Function(...given.names, source)(...given.values) as Write;
}

/** Has an object compile its writer when that is first used: most are not. */
export function compileLate(holder: { write: Write }, compile: () => Write): void {
  holder.write = (at, out) => {
    holder.write = compile();
    holder.write(at, out);
  };
}

/** Writes a value as its maker does, else as that makes it. */
export function writeOf({ write, code, make }: Maker): Write {
  if (code) return writerOf(code);
  return write ?? ((at: Cursor, out: JsonBytes) => out.value(make(at)));
}

/** The code of a maker; a call where it has none. */
export function codeOf(maker: Maker, given: Given): string {
  return maker.code ? maker.code(given) : callCode(writeOf(maker), given);
}

/** Calls a writer. */
export function callCode(write: Write, given: Given): string {
  return `out.at = p; ${given.name(write)}(at, out); p = out.at; view = out.view;`;
}

/** Puts a text, which is JSON or a part of it. */
export function putCode(text: string): string {
  if (text === '') return '';
  const { words, length } = literal(text);
  const puts = [...words].map((word, nth) => `view.setFloat64(p + ${nth * 8}, ${word}, true);`);
  return `${roomCode(words.length * 8)} ${puts.join(' ')} p += ${length};`;
}

/** Draws the word `h` as `mix` does, of the record and a salt. */
export function drawCode(salt: number): string {
  return `h = at.base ^ ${salt}; h = imul(h ^ (h >>> 16), 0x85ebca6b); h = imul(h ^ (h >>> 13), 0xc2b2ae35); h ^= h >>> 16;`;
}

/** Puts a whole number from 0, the value of an expression, with at least `width` digits. */
export function digitsCode(value: string, width: number): string {
  return `out.at = p; out.digits(${value}, ${width}); p = out.at; view = out.view;`;
}

/** The expression that `drawInteger` gives for the drawn word. */
export function drawnInteger(min: number, max: number): string {
  return `${min} + Math.floor((h >>> 0) / ${WORDS} * ${max - min + 1})`;
}

/** Puts the first hexadecimal digits of the drawn word, up to all eight. */
export function hexCode(count: number, isUpper: boolean | string, given: Given): string {
  const four = given.name(hexOf);
  const low = `view.setInt32(p + 4, ${four}(h >>> ${32 - count * 4}, ${isUpper}) << ${(8 - count) * 8});`;
  return count > 4
    ? `${roomCode(8)} view.setInt32(p, ${four}(h >>> 16, ${isUpper})); ${low} p += ${count};`
    : `${roomCode(4)} view.setInt32(p, ${four}(h >>> 16, ${isUpper})); p += ${count};`;
}

function roomCode(length: number): string {
  return `if (p + ${length} > out.size) { out.at = p; view = out.room(${length}); }`;
}

/** Does what belongs to the first bound (a share) that the drawn word is below, or the last one of all. */
export function branchCode(bounds: readonly number[], codes: readonly string[]): string {
  const last = codes.length - 1;
  return codes
    .map((code, nth) =>
      nth === last ? `{ ${code} }` : `if ((h >>> 0) < ${(bounds[nth] as number) * WORDS}) { ${code} }`,
    )
    .join(' else ');
}

const WORDS = 0x1_0000_0000;
