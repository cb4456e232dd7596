/** The lines around a place, with carets under it. */
import type { SourceText } from '../definition/source.ts';
import type { Place } from './diagnostic.ts';

/** Longer lines are cut around the place. */
const WIDTH_MAX = 110;

/**
 * The frame of a place, two lines before it and one after:
 * ```
 *    |
 * 12 |   "actor": {
 * 13 |     "name": actor.alternateID,
 *    |             ^^^^^^^^^^^^^^^^^ not a field
 * ```
 */
export function codeFrame(source: SourceText, at: Place, label = ''): string[] {
  const first = Math.max(1, at.start.line - 2);
  const last = Math.min(source.lineCount, at.start.line + 1);
  const gutter = String(last).length;
  const lines = [`${' '.repeat(gutter)} |`];
  for (let number = first; number <= last; number++) {
    const text = source.line(number);
    if (number > at.start.line && text.trim() === '') continue;
    const cut = number === at.start.line ? Math.max(0, at.start.column - 1 - Math.floor(WIDTH_MAX / 2)) : 0;
    const from = text.length > WIDTH_MAX ? cut : 0;
    const shown = printable(text.slice(from, from + WIDTH_MAX));
    lines.push(`${String(number).padStart(gutter)} | ${shown}`.trimEnd());
    if (number !== at.start.line) continue;
    // What is made visible is wider than what the file has, above the carets as beside them.
    const before = printable(text.slice(from, at.start.column - 1)).replace(/[^\t]/g, ' ');
    const end = at.end.line === at.start.line ? at.end.column - 1 : text.length;
    const marked = printable(text.slice(at.start.column - 1, Math.min(end, from + WIDTH_MAX)));
    const carets = '^'.repeat(Math.max(1, marked.length));
    lines.push(`${' '.repeat(gutter)} | ${before}${carets}${label ? ` ${printable(label)}` : ''}`);
  }
  return lines;
}

/** Text that others wrote as one line that a terminal may show: control, invisible and bidirectional characters are made visible. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a terminal must not get
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
