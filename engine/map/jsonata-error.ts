/** What did JSONata throw, and where does it point? The one file that knows that it throws plain objects. */
import type { Span } from '../definition/source.ts';
import { REGEX_FIX } from './compiler/bounded-regex.ts';
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
  'regex-endless': REGEX_FIX,
  'too-many-defaults': 'bind what is left of a default to a variable',
  S0101: 'close the string with the quote that opens it',
  S0105: 'close the name with a backquote',
  S0106: 'close the comment with `*/`',
  S0302: 'close the regular expression with `/`',
};

const TOO_DEEP: JsonataProblem = {
  code: 'too-deep',
  message: 'the expression is nested too deeply',
  span: { start: 0, end: 1 },
  fix: 'bind what is inside to variables, or break it up',
};

/** Reads what the interpreter threw for a text. `position` is the offset after the token, for calls after the bracket. */
export function jsonataProblem(thrown: unknown, text: string): JsonataProblem {
  if (thrown instanceof SyntaxError) return regexProblem(thrown, text);
  if (thrown instanceof RangeError && /call stack/i.test(thrown.message)) return TOO_DEEP;
  const error = (
    typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }
  ) as Thrown;
  const code = typeof error.code === 'string' ? error.code : 'failed';
  const tokens = new Tokens(text);
  const span = spanOfError(error, code, tokens);
  const fix = FIXES[code];
  return { code, message: messageOf(error, code, span, tokens), span, ...(fix && { fix }) };
}

/** A regular expression that is none is not an error of JSONata but of JavaScript, and has no position. */
function regexProblem(thrown: SyntaxError, text: string): JsonataProblem {
  const tokens = new Tokens(text);
  const regex = tokens.list.find((token) => token.kind === 'regex' && !isRegex(tokens.textOf(token)));
  const { start, end } = regex ?? { start: 0, end: 1 };
  // The message repeats the whole pattern, which may be half of the file where a bracket is missing before a slash.
  const reason = thrown.message.slice(thrown.message.lastIndexOf('/') + 1).replace(/^[a-z]*: /, '');
  const message = `the regular expression is not valid: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  const lineBreak = text.indexOf('\n', start);
  return {
    code: 'failed',
    message: message.slice(0, MESSAGE_LENGTH_MAX),
    span: { start, end: lineBreak < 0 ? end : Math.min(end, lineBreak) },
    fix: 'correct it, or the brackets before it where a division is meant',
  };
}

function isRegex(literal: string): boolean {
  const close = literal.lastIndexOf('/');
  try {
    new RegExp(literal.slice(1, close), literal.slice(close + 1));
    return true;
  } catch {
    return false;
  }
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
