/** Generated code that writes: ready text stands in it as words, everything else is called by a name. */
import { type Literal, literal } from '../json-bytes.ts';
import type { Maker, Write } from './kind.ts';

/** Code that puts a text, which is JSON or a part of it; `p` is then the place where it begins. Only numbers get into the code. */
export function putCode(text: string): string {
  const { words, length }: Literal = literal(text);
  const puts = [...words].map((word, nth) => `view.setFloat64(p + ${nth * 8}, ${word}, true);`);
  return `view = out.room(${length + 8}); p = out.at; ${puts.join(' ')} out.at = p + ${length};`;
}

/** A writer from statements that `putCode` and the caller made of names and numbers; each function they call is given as `name0`, `name1` and so on. */
export function writerOf(
  statements: readonly string[],
  given: Readonly<Record<string, readonly unknown[]>>,
): Write {
  const names = Object.entries(given).flatMap(([name, values]) => values.map((_, nth) => `${name}${nth}`));
  const source = `return (at, out) => { let p, view;\n${statements.join('\n')}\n};`;
  return new Function(...names, source)(...Object.values(given).flat()) as Write;
}

/** Writes a value as its maker does, else as that makes it. */
export function writeOf({ write, make }: Maker): Write {
  return write ?? ((at, out) => out.value(make(at)));
}
