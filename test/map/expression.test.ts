import { describe, expect, it } from 'vitest';
import { compileExpression, type Expression } from '../../engine/map/expression.ts';

function compiled(text: string): Expression {
  const result = compileExpression(text);
  if (!('expression' in result)) throw new Error(result.problem.message);
  return result.expression;
}

describe('compileExpression', () => {
  it('evaluates against the names that it sees', async () => {
    expect(await compiled('response.items[].id').evaluate({ response: { items: [{ id: 1 }] } })).toEqual([1]);
    expect(await compiled('response.nothing').evaluate({ response: {} })).toBeUndefined();
  });

  it('gives the time that it is evaluated at, and fails where there is none', async () => {
    expect(await compiled('$now("[Y]-[M01]")').evaluate({}, Date.UTC(2020, 4))).toBe('2020-05');
    await expect(compiled('$millis()').evaluate({})).rejects.toMatchObject({ code: 'expr-no-time' });
  });

  it('fails with an error of the definition', async () => {
    await expect(compiled('$number(x)').evaluate({ x: 'y' })).rejects.toMatchObject({
      name: 'EngineError',
      code: 'expr-d3030',
      kind: 'definition',
      message: 'unable to cast value to a number: "y"',
    });
  });

  /** The text with what the problem points at between arrows. */
  const problem = (text: string) => {
    const result = compileExpression(text);
    if (!('problem' in result)) return 'no problem';
    const { message, start, end, fix } = result.problem;
    return `${text.slice(0, start)}>${text.slice(start, end)}<${text.slice(end)} ${message}${fix ? ` = ${fix}` : ''}`;
  };

  it.each([
    ['response.', 'response.>< the expression ends after `.`'],
    ['', '>< the expression is empty'],
    ['a +', 'a +>< the expression ends after `+`'],
    ['(a', '(a>< expected `)` before end of expression'],
    ['{"a": 1', '{"a": 1>< expected `}` before end of expression'],
    ['[1, 2', '[1, 2>< expected `]` before end of expression'],
    ['a b', 'a >b< syntax error: `b`'],
    ['{"a" 1}', '{"a" >1<} expected `:`, got 1'],
    ['a.)', 'a.>)< the symbol `)` cannot be used as a unary operator'],
    ['$f(1', '$f(1>< expected `)` before end of expression'],
    [
      'a & "open',
      'a & >"open< string literal must be terminated by a matching quote = close the string with the quote that opens it',
    ],
    ['a & /* b', 'a & >/*< b comment has no closing tag = close the comment with `*/`'],
    [
      'a.`b',
      'a.>`b< quoted property name must be terminated with a backquote (`) = close the name with a backquote',
    ],
    ['1 := 2', '>1< := 2 the left side of := must be a variable name (start with $)'],
    ['a.1', 'a.>1< the literal value 1 cannot be used as a step within a path expression'],
  ])('points at the syntax error of %s', (text, expected) => {
    expect(problem(text)).toBe(expected);
  });
});
