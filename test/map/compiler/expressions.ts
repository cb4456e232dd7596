/** Random JSONata: expressions of every kind over small inputs whose fields the expressions name. */
import fc from 'fast-check';

const NAMES = ['a', 'b', 'c', 'd', '`x y`'];
const VARIABLES = ['$p', '$q', '$r', '$f', '$$', '$'];

const key = fc.constantFrom('a', 'b', 'c', 'd', 'x y');

/** JSON whose objects have few names, so that paths find something. */
export const anyInput: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: fc.constantFrom<unknown>(0, 1, 2, 3, -1, 2.5, 10) },
    { weight: 3, arbitrary: fc.constantFrom<unknown>('', 'a', 'b', 'foo', 'Bar baz', '12', '2024-02-29T10:00:00Z') },
    { weight: 2, arbitrary: fc.constantFrom<unknown>(true, false, null) },
    { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 5, arbitrary: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }) },
  ),
})).value;

const names = fc.constantFrom(...NAMES);
const variables = fc.constantFrom(...VARIABLES);
const literals = fc.constantFrom(
  ...['0', '1', '2', '-1', '2.5', '10', '""', '"a"', '"foo"', '"Bar baz"', '"12"', 'true', 'false', 'null', '"b"'],
  ...['[]', '{}', '[1, 2, 3]', '"2024-02-29T10:00:00Z"', '"1"', '100'],
);
const regexes = fc.constantFrom('/a/', '/[a-z]+/i', '/(o)(.)?/', '/x*/', '/^\\d+$/', '/ /');

const ONE = 'sum count max min average string lowercase uppercase length trim number floor ceil abs sqrt boolean not keys spread merge reverse exists type distinct base64encode base64decode encodeUrlComponent decodeUrl toMillis fromMillis zip sort shuffled append clone'
  .split(' ')
  .filter((name) => name !== 'shuffled');
const TWO = 'substring substringBefore substringAfter pad contains split join formatNumber formatBase power round lookup append zip match'.split(' ');
const CALLING_BACK = ['map', 'filter', 'single', 'each', 'sift', 'sort', 'reduce'];

const DEPTH = { maxDepth: 5, depthIdentifier: 'expression' } as const;

type Text = fc.Arbitrary<string>;

/** Text of expressions. Variables may be unbound, types may be wrong: failing alike is a result too. */
export const anyExpression: Text = fc.letrec<Record<'expression' | 'path' | 'step' | 'lambda' | 'callee', string>>(
  (tie) => {
    const e = tie('expression');
    const join = (...parts: (Text | string)[]): Text =>
      fc
        .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
        .map((texts) => texts.join(''));
    const parameters = fc.constantFrom('', '$p', '$p, $q', '$p, $q, $r', '$p, $q, $r, $f');
    return {
      step: fc.oneof(
        DEPTH,
        { weight: 10, arbitrary: names },
        { weight: 1, arbitrary: fc.constantFrom('*', '**', '$', '$$') },
        { weight: 1, arbitrary: join('(', e, ')') },
        { weight: 1, arbitrary: join('[', e, ']') },
        { weight: 1, arbitrary: join('{"a": ', e, '}') },
        { weight: 2, arbitrary: join(names, '[', e, ']') },
        { weight: 1, arbitrary: join(names, '[]') },
        { weight: 1, arbitrary: join(names, '[', fc.constantFrom('0', '1', '-1'), ']') },
        { weight: 1, arbitrary: join(names, fc.constantFrom('@$p', '#$p', '#$q', '@$q')) },
        { weight: 1, arbitrary: fc.constant('%') },
        { weight: 1, arbitrary: tie('callee').chain((callee) => join(callee, '(', e, ')')) },
      ),
      path: fc.oneof(
        DEPTH,
        { weight: 4, arbitrary: names },
        { weight: 4, arbitrary: join(names, '.', tie('step')) },
        { weight: 3, arbitrary: join(tie('step'), '.', tie('step'), '.', tie('step')) },
        { weight: 2, arbitrary: join(variables, '.', tie('step')) },
        { weight: 1, arbitrary: join(tie('step'), '.', tie('step'), '[', e, ']') },
        { weight: 1, arbitrary: join(tie('step'), '^(', fc.constantFrom('', '<', '>'), e, ')') },
        { weight: 1, arbitrary: join(tie('step'), '.', tie('step'), '^(', names, ', >', names, ')') },
        { weight: 1, arbitrary: join(tie('step'), '.', tie('step'), '{', e, ': ', e, '}') },
        { weight: 1, arbitrary: join(tie('step'), '.', tie('step'), '[]') },
        { weight: 1, arbitrary: join(names, '[', e, '][', e, ']') },
      ),
      lambda: fc.oneof(
        DEPTH,
        { weight: 1, arbitrary: fc.constantFrom(...ONE.map((name) => `$${name}`)) },
        { weight: 4, arbitrary: join('function(', parameters, '){', e, '}') },
        { weight: 1, arbitrary: join('function($p)', fc.constantFrom('<s:s>', '<n-:n>', '<a<n>:n>', '<x?:x>', '<(sn)-:s>'), '{', e, '}') },
        { weight: 1, arbitrary: fc.constantFrom(...ONE.map((name) => `$${name}`)) },
        { weight: 1, arbitrary: fc.constantFrom('$f', '$p') },
        { weight: 1, arbitrary: join('$', fc.constantFrom(...TWO), '(?, ', e, ')') },
      ),
      callee: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...ONE.map((name) => `$${name}`)) },
        { weight: 1, arbitrary: fc.constantFrom('$f', '$p', 'a', 'sum') },
      ),
      expression: fc.oneof(
        DEPTH,
        { weight: 6, arbitrary: literals },
        { weight: 4, arbitrary: variables },
        { weight: 8, arbitrary: tie('path') },
        { weight: 3, arbitrary: join(e, fc.constantFrom(' + ', ' - ', ' * ', ' / ', ' % '), e) },
        { weight: 3, arbitrary: join(e, fc.constantFrom(' = ', ' != ', ' < ', ' <= ', ' > ', ' >= '), e) },
        { weight: 3, arbitrary: join(e, fc.constantFrom(' and ', ' or ', ' in ', ' & '), e) },
        { weight: 1, arbitrary: join('[', e, '..', e, ']') },
        { weight: 1, arbitrary: join('-', e) },
        { weight: 2, arbitrary: join('[', e, ', ', e, ']') },
        { weight: 1, arbitrary: join('[', e, ']') },
        { weight: 1, arbitrary: join('[', e, ', ', e, '][', e, ']') },
        { weight: 2, arbitrary: join('{"a": ', e, ', "b": ', e, '}') },
        { weight: 1, arbitrary: join('{', e, ': ', e, '}') },
        { weight: 3, arbitrary: join('(', e, ' ? ', e, ' : ', e, ')') },
        { weight: 1, arbitrary: join('(', e, ' ? ', e, ')') },
        { weight: 1, arbitrary: join('(', e, fc.constantFrom(' ?: ', ' ?? '), e, ')') },
        { weight: 3, arbitrary: join('(', variables, ' := ', e, '; ', e, ')').map((text) => text.replace(/^\(\$\$? :=/, '($p :=')) },
        { weight: 3, arbitrary: join('($f := ', tie('lambda'), '; ', e, ')') },
        { weight: 2, arbitrary: join('($f := ', tie('lambda'), '; $f(', e, '))') },
        { weight: 1, arbitrary: join('(', e, '; ', e, ')') },
        { weight: 1, arbitrary: join('(', e, ')[', e, ']') },
        { weight: 4, arbitrary: join(tie('callee'), '(', e, ')') },
        { weight: 1, arbitrary: join(tie('callee'), '()') },
        { weight: 3, arbitrary: join('$', fc.constantFrom(...TWO), '(', e, ', ', e, ')') },
        { weight: 1, arbitrary: join('$contains(', e, ', ', regexes, ')') },
        { weight: 1, arbitrary: join('$', fc.constantFrom('match', 'split'), '(', e, ', ', regexes, ')') },
        { weight: 1, arbitrary: join('$replace(', e, ', ', fc.oneof(regexes, e), ', ', fc.oneof(e, fc.constantFrom('"$1-$0"', '"$$$2$9"')), ')') },
        { weight: 3, arbitrary: join('$', fc.constantFrom(...CALLING_BACK), '(', e, ', ', tie('lambda'), ')') },
        { weight: 1, arbitrary: join('$reduce(', e, ', ', tie('lambda'), ', ', e, ')') },
        { weight: 2, arbitrary: join(e, ' ~> ', tie('lambda')) },
        { weight: 1, arbitrary: join(e, ' ~> ', tie('callee'), '()') },
        { weight: 1, arbitrary: join(tie('lambda'), ' ~> ', tie('lambda')) },
        { weight: 1, arbitrary: join('(', e, ' ~> |', tie('path'), '|{"a": ', e, '}|)') },
        { weight: 1, arbitrary: join('(', e, ' ~> |', tie('path'), '|', e, ', ', e, '|)') },
        { weight: 1, arbitrary: tie('lambda') },
        { weight: 1, arbitrary: fc.constantFrom('$eval("a")', '$eval("$p + 1")', '$eval("$q := 2")', '$eval("1 +")', '$eval("[1]", a)') },
      ),
    };
  },
).expression;
