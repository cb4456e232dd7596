/** From an offset in a YAML scalar's value to the offset in the file, through quoting, escapes, folding and indentation. */
import type { Scalar } from 'yaml';

/** `inner` counts UTF-16 units of the value; the end of the value maps to the end of its text. */
export function scalarOffset(text: string, node: Scalar, inner: number): number {
  const [start, end] = node.range ?? [0, 0];
  const value = String(node.value);
  let at = contentStart(text, node.type, start);
  for (let index = 0; index < inner && index < value.length; index++) {
    at = sourceOf(text, node.type, at, end, value, index);
    at += sourceLength(text, node.type, at);
  }
  if (inner >= value.length) return Math.min(at, end);
  return sourceOf(text, node.type, at, end, value, inner);
}

function contentStart(text: string, type: Scalar['type'], start: number): number {
  if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') return start + 1;
  if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') {
    const line = text.indexOf('\n', start);
    return line < 0 ? start : line + 1;
  }
  return start;
}

/** Where the value's unit `index` stands, looking from `at`: what lies between is indentation and folded line breaks. */
function sourceOf(
  text: string,
  type: Scalar['type'],
  at: number,
  end: number,
  value: string,
  index: number,
): number {
  const wanted = value[index];
  let here = at;
  while (here < end) {
    if (type === 'QUOTE_DOUBLE' && text[here] === '\\') {
      if (text[here + 1] !== '\n' && text[here + 1] !== '\r') return here;
      here += 2;
      continue;
    }
    if (text[here] === wanted) return here;
    // A folded line break reads as a space.
    if (wanted === ' ' && (text[here] === '\n' || text[here] === '\r')) return here;
    here++;
  }
  return Math.min(at, end);
}

const ESCAPE_LENGTHS: Record<string, number> = { x: 4, u: 6, U: 10 };

function sourceLength(text: string, type: Scalar['type'], at: number): number {
  if (type === 'QUOTE_DOUBLE' && text[at] === '\\') return ESCAPE_LENGTHS[text[at + 1] ?? ''] ?? 2;
  if (type === 'QUOTE_SINGLE' && text[at] === "'") return 2;
  return 1;
}
