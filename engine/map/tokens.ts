/** Where do the tokens and comments of a JSONata text lie? The syntax tree of the interpreter knows only where tokens end. */
import type { Span } from '../definition/source.ts';

export type TokenKind = 'name' | 'variable' | 'string' | 'number' | 'regex' | 'operator';

export interface Token extends Span {
  kind: TokenKind;
}

const SPACE = /[ \t\n\r\v]*/y;
const OPERATOR = /\.\.|:=|!=|>=|<=|\*\*|~>|\?:|\?\?|[.[\]{}(),@#;:?+\-*/%|=<>^&!~]/y;
const STRING = /"(?:\\[\s\S]|[^"\\])*"?|'(?:\\[\s\S]|[^'\\])*'?/y;
const NUMBER = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?/y;
const QUOTED_NAME = /`[^`]*`?/y;
const NAME = /[^ \t\n\r\v.[\]{}(),@#;:?+\-*/%|=<>^&!~]+/y;

/** A name in backticks has a pattern of its own; a regular expression is found by counting its brackets. */
const PATTERNS = {
  operator: OPERATOR,
  string: STRING,
  number: NUMBER,
  name: NAME,
  variable: NAME,
  regex: NAME,
};

const OPERATOR_STARTS = new Set('.[]{}(),@#;:?+-*/%|=<>^&!~');
const WORD_OPERATORS = new Set(['and', 'or', 'in']);
const WILDCARDS = new Set(['*', '**', '%']);
const CLOSERS: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** The tokens of a text, as the interpreter's own scanner has them. A text with errors gives what can be seen of it. */
export class Tokens {
  readonly text: string;
  readonly list: readonly Token[];
  readonly comments: readonly Span[];
  /** One more than the index of the token that ends at an offset, 0 where none does. */
  readonly #byEnd: Int32Array;
  /** Index of the closing bracket by index of the opening one. */
  readonly #closing = new Map<number, number>();

  constructor(text: string) {
    this.text = text;
    const { tokens, comments } = scan(text);
    this.list = tokens;
    this.comments = comments;
    this.#byEnd = new Int32Array(text.length + 1);
    const open: number[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index] as Token;
      this.#byEnd[token.end] = index + 1;
      if (token.kind !== 'operator' || token.end - token.start > 1) continue;
      const operator = text[token.start] ?? '';
      if (operator in CLOSERS) open.push(index);
      else if (open.length > 0 && CLOSERS[this.textAt(open[open.length - 1] ?? -1)] === operator) {
        this.#closing.set(open.pop() ?? -1, index);
      }
    }
  }

  /** Index of the token that ends at an offset, which is what the syntax tree calls a position. */
  endingAt(position: number | undefined): number | undefined {
    const next = position === undefined ? 0 : this.#byEnd[position];
    return next ? next - 1 : undefined;
  }

  textOf(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  /** The text of a token by its index; empty outside of the list. */
  textAt(index: number): string {
    const token = this.list[index];
    return token ? this.textOf(token) : '';
  }

  /** Index of the bracket that closes the one at an index. */
  closing(index: number): number | undefined {
    return this.#closing.get(index);
  }

  /** From the token at an index up to what ends an expression there: `,` `;` or a closing bracket. */
  expressionFrom(index: number): Span {
    let last = index;
    for (let at = index; at < this.list.length; at++) {
      const text = this.list[at]?.kind === 'operator' ? this.textAt(at) : '';
      if (text === ',' || text === ';' || text === ')' || text === ']' || text === '}') break;
      if (text in CLOSERS) at = this.#closing.get(at) ?? at;
      last = at;
    }
    return {
      start: this.list[index]?.start ?? this.text.length,
      end: this.list[last]?.end ?? this.text.length,
    };
  }

  /** The text of a span on one line, without comments. */
  onOneLine(span: Span): string {
    let line = '';
    let from = span.start;
    for (const comment of this.comments) {
      if (comment.start < from || comment.end > span.end) continue;
      line += `${this.text.slice(from, comment.start)} `;
      from = comment.end;
    }
    return (line + this.text.slice(from, span.end)).replace(/\s+/g, ' ').trim();
  }
}

function scan(text: string): { tokens: Token[]; comments: Span[] } {
  const tokens: Token[] = [];
  const comments: Span[] = [];
  // A slash begins a regular expression where an operand is expected and divides everywhere else.
  let wantsOperand = true;
  for (let at = endOf(SPACE, text, 0); at < text.length; at = endOf(SPACE, text, at)) {
    const start = at;
    const first = text[at] ?? '';
    const close = first === '/' && text[at + 1] === '*' ? text.indexOf('*/', at + 2) : -1;
    if (close >= 0) {
      at = close + 2;
      comments.push({ start, end: at });
      continue;
    }
    const regex: number = wantsOperand && first === '/' ? regexLength(text, at) : 0;
    let kind: TokenKind = regex > 0 ? 'regex' : kindFrom(first);
    at = regex > 0 ? at + regex : endOf(first === '`' ? QUOTED_NAME : PATTERNS[kind], text, at);
    if (kind === 'name' && first === '$') kind = 'variable';
    tokens.push({ kind, start, end: at });
    if (kind !== 'operator') {
      const isOperator: boolean =
        kind === 'name' && at - start <= 3 && WORD_OPERATORS.has(text.slice(start, at));
      wantsOperand = isOperator && !wantsOperand;
    } else if (first === ')' || first === ']' || first === '}') wantsOperand = false;
    else wantsOperand = !(wantsOperand && WILDCARDS.has(text.slice(start, at)));
  }
  return { tokens, comments };
}

/** What a token that begins with the character is; a slash may also begin a regular expression. */
function kindFrom(first: string): TokenKind {
  if (first === '"' || first === "'") return 'string';
  if (first >= '0' && first <= '9') return 'number';
  return OPERATOR_STARTS.has(first) ? 'operator' : 'name';
}

/** Where the match that begins at an offset ends; the offset itself where there is none. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** A slash inside of brackets or after a backslash does not end the expression. */
function regexLength(text: string, start: number): number {
  let depth = 0;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\\') at++;
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (character === '/' && depth === 0) {
      while (text[at + 1] === 'i' || text[at + 1] === 'm') at++;
      return at + 1 - start;
    }
  }
  return 0;
}
