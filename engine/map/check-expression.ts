/** Does an expression name only functions, variables and inputs that exist where it stands? */
import { didYouMean } from '../report/suggest.ts';
import type { Node } from './ast.ts';
import { BUILT_IN_FUNCTIONS } from './built-in-functions.ts';
import { FORBIDDEN_FUNCTIONS } from './compiler/repeatable.ts';
import type { ExpressionProblem } from './expression.ts';
import { type References, references, type Unbound } from './references.ts';
import { Tokens } from './tokens.ts';

export interface Visible {
  /** Names at the root of the input. */
  sees: readonly string[];
  /** Variables bound from outside, without the `$`. */
  variables?: readonly string[];
}

/** Problems in the order of the text: `expr-unknown-function`, `expr-unknown-variable`, `expr-unknown-name`. */
export function checkExpression(
  expression: { ast: Node; text: string },
  visible: Visible,
  tokens: Tokens = new Tokens(expression.text),
): ExpressionProblem[] {
  const found = references(expression.ast, tokens, visible.variables);
  const problems = [
    ...found.unbound.map(unboundProblem),
    ...refusedFunctions(found),
    ...unknownNames(found, visible.sees),
  ];
  return problems.sort((a, b) => a.start - b.start);
}

function unboundProblem({ name, called, visible, start, end }: Unbound): ExpressionProblem {
  const variables = visible.map((variable) => `$${variable}`);
  const functions = [...BUILT_IN_FUNCTIONS].map((builtIn) => `$${builtIn}`);
  const candidates = called ? [...functions, ...variables] : [...variables, ...functions];
  // A function that is called without its `$` is meant and no other.
  const fix = candidates.includes(`$${name}`)
    ? `did you mean \`$${name}\`?`
    : didYouMean(name.startsWith('$') ? name : `$${name}`, candidates);
  const about = called
    ? { code: 'expr-unknown-function', message: `there is no function \`${name}\`` }
    : { code: 'expr-unknown-variable', message: `no variable \`${name}\` is bound here` };
  return { ...about, start, end, ...(fix && { fix }) };
}

function refusedFunctions({ builtIns }: References): ExpressionProblem[] {
  return builtIns.flatMap(({ name, start, end }) => {
    const message = FORBIDDEN_FUNCTIONS[name];
    return message === undefined ? [] : [{ code: 'expr-unknown-function', message, start, end }];
  });
}

function unknownNames({ paths }: References, sees: readonly string[]): ExpressionProblem[] {
  return paths.flatMap(({ steps, fromRoot, start, end }) => {
    const name = steps[0] ?? '';
    if (!fromRoot || sees.includes(name)) return [];
    const list = sees.map((seen) => `\`${seen}\``).join(', ');
    const fix = didYouMean(name, sees) ?? (list === '' ? undefined : `use one of ${list}`);
    return [
      { code: 'expr-unknown-name', message: `the input has no \`${name}\``, start, end, ...(fix && { fix }) },
    ];
  });
}
