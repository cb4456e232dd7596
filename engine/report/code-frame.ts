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
    const before = text.slice(from, at.start.column - 1).replace(/[^\t]/g, ' ');
    const endOfLine = at.end.line === at.start.line ? at.end.column : text.length + 1;
    const length = Math.max(1, Math.min(endOfLine, from + WIDTH_MAX + 1) - at.start.column);
    lines.push(`${' '.repeat(gutter)} | ${before}${'^'.repeat(length)}${label ? ` ${label}` : ''}`);
  }
  return lines;
}

/** Text of a file as a terminal may show it: control and bidirectional characters are made visible. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a terminal must not get
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
