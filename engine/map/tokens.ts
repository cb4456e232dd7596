/** Where do the tokens and comments of a JSONata text lie? The syntax tree of the interpreter knows only where tokens end. */
import type { Span } from '../definition/source.ts';

export type TokenKind = 'name' | 'variable' | 'string' | 'number' | 'regex' | 'operator';

export interface Token extends Span {
  kind: TokenKind;
}

const SPACE = /[ \t\n\r\v]*/y;
const COMMENT = /\/\*[\s\S]*?\*\//y;
const OPERATOR = /\.\.|:=|!=|>=|<=|\*\*|~>|\?:|\?\?|[.[\]{}(),@#;:?+\-*/%|=<>^&!~]/y;
const STRING = /"(?:\\[\s\S]|[^"\\])*"?|'(?:\\[\s\S]|[^'\\])*'?/y;
const NUMBER = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?/y;
const QUOTED_NAME = /`[^`]*`?/y;
const NAME = /[^ \t\n\r\v.[\]{}(),@#;:?+\-*/%|=<>^&!~]+/y;

const PATTERNS: readonly [TokenKind, RegExp][] = [
  ['operator', OPERATOR],
  ['string', STRING],
  ['number', NUMBER],
  ['name', QUOTED_NAME],
  ['name', NAME],
];

const WORD_OPERATORS = new Set(['and', 'or', 'in']);
const WILDCARDS = new Set(['*', '**', '%']);
const CLOSERS: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** The tokens of a text, as the interpreter's own scanner has them. A text with errors gives what can be seen of it. */
export class Tokens {
  readonly text: string;
  readonly list: readonly Token[];
  readonly comments: readonly Span[];
  readonly #byEnd = new Map<number, number>();
  /** Index of the closing bracket by index of the opening one. */
  readonly #closing = new Map<number, number>();

  constructor(text: string) {
    this.text = text;
    const { tokens, comments } = scan(text);
    this.list = tokens;
    this.comments = comments;
    const open: number[] = [];
    for (const [index, token] of tokens.entries()) {
      this.#byEnd.set(token.end, index);
      if (token.kind !== 'operator') continue;
      const operator = this.textOf(token);
      if (operator in CLOSERS) open.push(index);
      else if (open.length > 0 && CLOSERS[this.textAt(open[open.length - 1] ?? -1)] === operator) {
        this.#closing.set(open.pop() ?? -1, index);
      }
    }
  }

  /** Index of the token that ends at an offset, which is what the syntax tree calls a position. */
  endingAt(position: number | undefined): number | undefined {
    return position === undefined ? undefined : this.#byEnd.get(position);
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
  let at = 0;
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0].length ?? 0;
  };
  for (;;) {
    at += match(SPACE);
    if (at >= text.length) return { tokens, comments };
    const comment = match(COMMENT);
    if (comment > 0) {
      comments.push({ start: at, end: at + comment });
      at += comment;
      continue;
    }
    const regex = wantsOperand && text[at] === '/' ? regexLength(text, at) : 0;
    const [kind, length] = regex > 0 ? (['regex', regex] as const) : next(match);
    if (length === 0) return { tokens, comments };
    const word = text.slice(at, at + length);
    tokens.push({
      kind: kind === 'name' && word.startsWith('$') ? 'variable' : kind,
      start: at,
      end: at + length,
    });
    at += length;
    if (kind === 'name' && WORD_OPERATORS.has(word)) wantsOperand = !wantsOperand;
    else if (kind !== 'operator') wantsOperand = false;
    else if (word === ')' || word === ']' || word === '}') wantsOperand = false;
    else wantsOperand = !(wantsOperand && WILDCARDS.has(word));
  }
}

function next(match: (pattern: RegExp) => number): [TokenKind, number] {
  for (const [kind, pattern] of PATTERNS) {
    const length = match(pattern);
    if (length > 0) return [kind, length];
  }
  return ['name', 0];
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
