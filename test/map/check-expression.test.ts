import { describe, expect, it } from 'vitest';
import { checkExpression } from '../../engine/map/check-expression.ts';
import { compileExpression, type Expression } from '../../engine/map/expression.ts';

function compiled(text: string): Expression {
  const result = compileExpression(text);
  if (!('expression' in result)) throw new Error(result.problem.message);
  return result.expression;
}

/** Each problem as the piece of text that it points at, its code and its fix. */
function check(text: string, sees = ['response', 'headers', 'settings'], variables: string[] = []): string[] {
  return checkExpression(compiled(text), { sees, variables }).map(
    ({ code, start, end, fix }) => `${text.slice(start, end)} ${code}${fix ? ` ${fix}` : ''}`,
  );
}

describe('checkExpression', () => {
  it.each([
    'response.items[0].id',
    '$$.response.id & headers.link',
    'response.items[id = "x" and $.name = "y"].{"a": b}',
    'response.items@$i.headers.link[$i.id = rel]',
    'response.items#$n[$n > 1]',
    'response.items^(>date, name)',
    'response.items.($x := id; $x & %.name)',
    '$map(response.items, function($v, $i) { $v.id & $i })',
    'response.items ~> $map(function($v) { $v.id }) ~> $join(",")',
    '($f := function($n) { $n > 0 ? $f($n - 1) : $g() }; $g := function() { 1 }; $f(3))',
    '($add := $sum; $add([1, 2]))',
    '$substring(?, 0, 5) ~> $exists',
    'response ~> |items|{"n": id}, "x"|',
    'response.a ?? headers.b ?: settings.c',
    'response.`odd name`.$count($)',
    'response.*.**[type = "a"]',
    'response.items{type: $count(id)}',
    'response.text ~> /a\\/b/i',
    '$each(response, function($v, $k) { $k })',
    'response.items.$uppercase(name)',
  ])('finds nothing wrong with %s', (text) => {
    expect(check(text)).toEqual([]);
  });

  it.each([
    ['respons.id', ['respons.id expr-unknown-name did you mean `response`?']],
    ['x', ['x expr-unknown-name use one of `response`, `headers`, `settings`']],
    ['response.items[$$.header = 1]', ['header expr-unknown-name did you mean `headers`?']],
    ['$.respnse', ['respnse expr-unknown-name did you mean `response`?']],
    ['function() { respnse }()', ['respnse expr-unknown-name did you mean `response`?']],
    ['{respnse: 1}', ['respnse expr-unknown-name did you mean `response`?']],
    ['`respons e`.x', ['`respons e`.x expr-unknown-name did you mean `response`?']],
    ['respnse ?? headers', ['respnse expr-unknown-name did you mean `response`?']],
    ['respnse ?: headers', ['respnse expr-unknown-name did you mean `response`?']],
    ['$nope', ['$nope expr-unknown-variable']],
    ['($total := 1; $totl)', ['$totl expr-unknown-variable did you mean `$total`?']],
    ['($x; $x := 1)', ['$x expr-unknown-variable']],
    ['(($x := 1); $x)', ['$x expr-unknown-variable']],
    ['function($a) { $a }(1) & $a', ['$a expr-unknown-variable']],
    ['$map([1], $nope)', ['$nope expr-unknown-variable']],
    ['$strng(1)', ['$strng expr-unknown-function did you mean `$string`?']],
    ['1 ~> $strng', ['$strng expr-unknown-function did you mean `$string`?']],
    ['1 ~> $strng(2)', ['$strng expr-unknown-function did you mean `$string`?']],
    ['lowercase(response.x)', ['lowercase expr-unknown-function did you mean `$lowercase`?']],
    ['$eval("1")', ['$eval expr-unknown-function']],
    ['response.items.$shuffle($)', ['$shuffle expr-unknown-function']],
  ])('points at what is wrong in %s', (text, problems) => {
    expect(check(text)).toEqual(problems);
  });

  it('knows variables that are bound from outside', () => {
    expect(check('$cursor & response.x', ['response'], ['cursor'])).toEqual([]);
  });

  it('lets an expression bind its own function under a refused name', () => {
    expect(check('($random := function() { 4 }; $random())')).toEqual([]);
  });
});

describe('paths of an expression', () => {
  const paths = (text: string) => compiled(text).paths.map(({ steps }) => steps.join('.'));

  it('follows contexts and variables to the root', () => {
    expect(paths('response.items[id = $$.settings.key].name')).toEqual([
      'response.items.name',
      'response.items.id',
      'settings.key',
    ]);
    expect(paths('($s := settings; $s.secret)')).toEqual(['settings', 'settings.secret']);
    expect(paths('$map(response.items, function($v) { $v.id })')).toEqual(['response.items']);
  });

  it('gives each path the place where it is written', () => {
    const text = 'headers.link & response.`next page`.url';
    expect(compiled(text).paths.map(({ start, end }) => text.slice(start, end))).toEqual([
      'headers.link',
      'response.`next page`.url',
    ]);
  });
});
