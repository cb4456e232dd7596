/** From an offset in a YAML scalar's value to the offset in the file, through quoting, escapes, folding and indentation. */
import type { Scalar } from 'yaml';

/** `inner` counts UTF-16 units of the value; its end maps to the end of its text. */
export function scalarOffset(text: string, node: Scalar, inner: number): number {
  const [start, end] = node.range ?? [0, 0];
  const value = String(node.value);
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const offsets = isBlock ? blockOffsets(text, start, end, value) : flowOffsets(text, node.type, start, end);
  if (inner < value.length) return offsets[inner] ?? end;
  const last = offsets[value.length - 1];
  if (last === undefined) return node.type?.startsWith('QUOTE') ? start + 1 : start;
  return isBlock ? last + 1 : node.type === 'PLAIN' ? end : end - 1;
}

/** Line by line below the header: what is left of the content is indentation. */
function blockOffsets(text: string, start: number, end: number, value: string): number[] {
  const offsets: number[] = [];
  const header = text.indexOf('\n', start);
  const lines = header < 0 ? [] : linesBetween(text, header + 1, end);
  const indent = indentOf(text, lines, value);
  for (const line of lines) {
    const from = Math.min(line.start + indent, line.end);
    for (let at = from; at < line.end && offsets.length < value.length; at++) offsets.push(at);
    // The break may have become a space, stayed, or gone; one that went counts for the break that stayed.
    const unit = value[offsets.length];
    if (unit === '\n' || (unit === ' ' && line.end > from)) offsets.push(line.end);
  }
  return offsets;
}

interface Line {
  start: number;
  /** Where its line break begins. */
  end: number;
}

function linesBetween(text: string, start: number, end: number): Line[] {
  const lines: Line[] = [];
  for (let at = start; at < end; ) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 || newline >= end ? end : newline;
    lines.push({ start: at, end: next > at && text[next - 1] === '\r' ? next - 1 : next });
    at = next + 1;
  }
  return lines;
}

/** The first line with content stands in the value without its indentation, with what it is indented beyond that. */
function indentOf(text: string, lines: readonly Line[], value: string): number {
  const first = value.search(/[^\n]/);
  const line = lines[first];
  if (first < 0 || !line) return 0;
  const source = /^ */.exec(text.slice(line.start, line.end))?.[0].length ?? 0;
  const own = /^ */.exec(value.slice(first).split('\n')[0] ?? '')?.[0].length ?? 0;
  return source - own;
}

const BREAKS = /[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/y;
const ESCAPED_BREAK = /\\\r?\n((?:[ \t]*\r?\n)*)[ \t]*/y;
const ESCAPE_LENGTHS: Record<string, number> = { x: 4, u: 6, U: 10 };

/** Unit by unit through a plain or quoted scalar: escapes are one, line breaks fold. */
function flowOffsets(text: string, type: Scalar['type'], start: number, end: number): number[] {
  const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
  const offsets: number[] = [];
  const last = isQuoted ? end - 1 : end;
  for (let at = isQuoted ? start + 1 : start; at < last; ) {
    ESCAPED_BREAK.lastIndex = at;
    const escaped = type === 'QUOTE_DOUBLE' ? ESCAPED_BREAK.exec(text) : null;
    if (escaped) {
      offsets.push(...breaksIn(text, ESCAPED_BREAK.lastIndex - escaped[0].length, escaped[0]).slice(1));
      at = ESCAPED_BREAK.lastIndex;
      continue;
    }
    BREAKS.lastIndex = at;
    const folded = BREAKS.exec(text);
    if (folded) {
      // One break is a space; of several the first is gone.
      const breaks = breaksIn(text, at, folded[0]);
      offsets.push(...(breaks.length === 1 ? breaks : breaks.slice(1)));
      at = BREAKS.lastIndex;
    } else if (type === 'QUOTE_DOUBLE' && text[at] === '\\') {
      const length = ESCAPE_LENGTHS[text[at + 1] ?? ''] ?? 2;
      offsets.push(at);
      // Outside of the basic plane one escape makes two units.
      if (length === 10 && Number.parseInt(text.slice(at + 2, at + 10), 16) > 0xffff) offsets.push(at);
      at += length;
    } else {
      offsets.push(at);
      at += type === 'QUOTE_SINGLE' && text[at] === "'" ? 2 : 1;
    }
  }
  return offsets;
}

/** Where each line break of a piece of the text begins. */
function breaksIn(text: string, start: number, piece: string): number[] {
  return [...piece.matchAll(/\n/g)].map(({ index }) =>
    text[start + index - 1] === '\r' ? start + index - 1 : start + index,
  );
}
