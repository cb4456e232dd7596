/** Where in the text does a node of the syntax tree lie, from its first character to its last? */
import type { Span } from '../definition/source.ts';
import { children, type Node } from './ast.ts';
import type { Tokens } from './tokens.ts';

/** The span of a node with all below it; that of the whole text where the parser left no position. */
export function spanOf(node: Node, tokens: Tokens): Span {
  return extent(node, tokens) ?? { start: 0, end: tokens.text.length };
}

function extent(node: Node, tokens: Tokens): Span | undefined {
  let span = ownExtent(node, tokens);
  for (const child of children(node)) span = union(span, extent(child, tokens));
  for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
    if (stage.type === 'filter') span = union(span, bracket(tokens.endingAt(stage.position), tokens));
  }
  if (node.group) span = union(span, bracket(tokens.endingAt(node.group.position), tokens));
  return span;
}

function ownExtent(node: Node, tokens: Tokens): Span | undefined {
  const index = tokens.endingAt(node.position);
  if (index === undefined) return undefined;
  const own = bracket(index, tokens);
  switch (node.type) {
    case 'number':
      // The parser folds the sign into the number and keeps the position of the digits.
      return Number(node.value) < 0 ? union(own, tokens.list[index - 1]) : own;
    case 'lambda':
      return node.thunk ? undefined : union(union(own, tokens.list[index - 1]), lambdaBody(index, tokens));
    case 'sort':
      return union(own, bracket(index + 1, tokens));
    case 'transform':
      return union(own, transformEnd(index, tokens));
    default:
      return own;
  }
}

/** A token, with everything up to its closing bracket where it opens one. */
function bracket(index: number | undefined, tokens: Tokens): Span | undefined {
  const token = index === undefined ? undefined : tokens.list[index];
  if (index === undefined || !token) return undefined;
  const closing = tokens.list[tokens.closing(index) ?? -1];
  return { start: token.start, end: closing?.end ?? token.end };
}

/** The parser gives the position of the parameters' bracket; a signature may stand between it and the body. */
function lambdaBody(open: number, tokens: Tokens): Span | undefined {
  for (let at = (tokens.closing(open) ?? open) + 1; at < tokens.list.length; at++) {
    if (tokens.textAt(at) === '{') return bracket(at, tokens);
  }
  return undefined;
}

/** `|pattern|update,delete|`: the third bar that belongs to the first. */
function transformEnd(first: number, tokens: Tokens): Span | undefined {
  let bars = 0;
  for (let at = first + 1; at < tokens.list.length; at++) {
    if (tokens.textAt(at) === '|' && ++bars === 2) return tokens.list[at];
    at = tokens.closing(at) ?? at;
  }
  return undefined;
}

function union(a: Span | undefined, b: Span | undefined): Span | undefined {
  if (!a || !b) return a ?? b;
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
