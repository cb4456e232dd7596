/** What did JSONata throw, and where does it point? The one file that knows that it throws plain objects. */
import type { Span } from '../definition/source.ts';
import { Tokens } from './tokens.ts';

export interface JsonataProblem {
  /** JSONata's own code, such as `S0202`; `failed` for what is not an error of JSONata. */
  code: string;
  /** Lower case, no full stop. */
  message: string;
  span: Span;
  fix?: string;
}

interface Thrown {
  code?: unknown;
  message?: unknown;
  position?: unknown;
  token?: unknown;
}

const MESSAGE_LENGTH_MAX = 300;

const FIXES: Record<string, string> = {
  S0101: 'close the string with the quote that opens it',
  S0105: 'close the name with a backquote',
  S0106: 'close the comment with `*/`',
  S0302: 'close the regular expression with `/`',
};

/** Reads what the interpreter threw for a text. `position` is the offset after the token, for calls after the bracket. */
export function jsonataProblem(thrown: unknown, text: string): JsonataProblem {
  const error = (
    typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }
  ) as Thrown;
  const code = typeof error.code === 'string' ? error.code : 'failed';
  const tokens = new Tokens(text);
  const span = spanOfError(error, code, tokens);
  const fix = FIXES[code];
  return { code, message: messageOf(error, code, span, tokens), span, ...(fix && { fix }) };
}

function spanOfError(error: Thrown, code: string, tokens: Tokens): Span {
  const { text, list } = tokens;
  const end = list[list.length - 1]?.end ?? 0;
  const position = typeof error.position === 'number' ? error.position : 0;
  // An unclosed string or name is the last thing that the scanner saw; the position is the end of the text.
  if (code === 'S0101' || code === 'S0105') return list[list.length - 1] ?? { start: 0, end: text.length };
  if (code === 'S0106') return { start: position, end: position + 2 };
  if (error.token === '(end)' || code === 'S0203' || code === 'S0207') return { start: end, end };
  const index = tokens.endingAt(position);
  if (index === undefined) return { start: Math.max(0, position - 1), end: Math.max(1, position) };
  const previous = list[index - 1];
  const isCall = tokens.textAt(index) === '(' && previous && tokens.textOf(previous) === `$${error.token}`;
  return (isCall ? previous : list[index]) ?? { start: 0, end: 0 };
}

function messageOf(error: Thrown, code: string, span: Span, tokens: Tokens): string {
  if (span.start === span.end && (code === 'S0207' || code === 'S0211')) {
    const last = tokens.textAt(tokens.list.length - 1);
    return last === '' ? 'the expression is empty' : `the expression ends after \`${last}\``;
  }
  const text =
    typeof error.message === 'string' && error.message !== '' ? error.message : 'the expression failed';
  // In syntax errors the quoted parts are pieces of the text, in the others they are values.
  const quoted = code.startsWith('S') ? text.replace(/"((?:[^"\\]|\\.)*)"/g, '`$1`') : text;
  const message = quoted.replace(/[.\s]+$/, '').slice(0, MESSAGE_LENGTH_MAX);
  return message.charAt(0).toLowerCase() + message.slice(1);
}
