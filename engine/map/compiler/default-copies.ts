/** How large does an expression become? The package's parser has what is left of `?:` and `??` twice, and so each time that it is left of another. */
import { Tokens } from '../tokens.ts';
import { failure } from './runtime/errors.ts';

/** With fewer, no expression becomes much larger. */
const DEFAULTS_MIN = 4;
/** Tokens that may be copied, however short the expression; and how often each one may be on average. */
const COPIES_MIN = 10_000;
const COPIES_OF_EACH = 4;

/** What is before one of these is not left of the default that comes next. */
const SEPARATORS: ReadonlySet<string> = new Set([',', ';', ':', '?', ':=']);
const OPENING: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);

/** @throws a failure `too-many-defaults` for an expression that would take the package's parser long */
export function refuseCopies(source: string): void {
  if ((source.match(/\?[:?]/g)?.length ?? 0) < DEFAULTS_MIN) return;
  const tokens = new Tokens(source);
  const outer: { done: number; left: number }[] = [];
  /** Tokens of the bracket that is open, with the copies: of what is complete there, and of what a default would copy. */
  let done = 0;
  let left = 0;
  let copies = 0;
  const copiesMax = COPIES_MIN + COPIES_OF_EACH * tokens.list.length;
  for (const [index, { kind, end }] of tokens.list.entries()) {
    const text = kind === 'operator' ? tokens.textAt(index) : '';
    if (OPENING.has(text)) {
      outer.push({ done, left });
      done = left = 0;
    } else if (CLOSING.has(text)) {
      const before = outer.pop() ?? { done: 0, left: 0 };
      left = before.left + done + left + 1;
      done = before.done;
    } else if (text === '?:' || text === '??' || SEPARATORS.has(text)) {
      const copied = SEPARATORS.has(text) ? 0 : left;
      copies += copied;
      if (copies > copiesMax) throw tooMany(end, tokens.list.length);
      done += left + copied;
      left = 0;
    } else left++;
  }
}

function tooMany(position: number, tokens: number): unknown {
  return failure('too-many-defaults', {
    position,
    message: `defaults (\`?:\`, \`??\`) stand left of each other, and what is left of one is copied: ${tokens} tokens become far more`,
  });
}
