/** Random calls of built-in functions, as templates of the grammar. */

/** What built-in functions may be given: of every kind, as often wrong as right. */
export const ARGUMENTS = [
  ...[
    'nothing',
    'null',
    '0',
    '-0',
    '1',
    '0.1 + 0.2',
    '1e21',
    '1/3',
    'true',
    '""',
    '"a,b"',
    '[]',
    '{}',
    '[[]]',
  ],
  ...[
    '[1, 2, 1]',
    '[null, "a", "a"]',
    '[{"a": 1}, {"a": 1}, [1], [1]]',
    '[[1, [2]], 3]',
    '{"a": null, "b": [1]}',
  ],
  ...[
    'n',
    's',
    't',
    'l',
    'w',
    'o',
    'i',
    'x',
    'i.n',
    'i.s',
    'i.o',
    'i.l',
    'i.w',
    'i[]',
    'i.n[]',
    '*',
    'i.*',
    '$',
    '$$',
  ],
  ...[
    '/a/',
    '/o|(b)/',
    '$string',
    'function($p){$p}',
    'function($p, $q, $r){$q}',
    '<fn>',
    '<any>',
    '<list>',
    '<obj>',
  ],
] as const;

/** Values of every kind but lambdas, which nothing may look into. */
export const PLAIN_ARGUMENTS = [
  ...[
    'nothing',
    'null',
    '0',
    '-1',
    '2.5',
    'true',
    '""',
    '"a"',
    '"a,b"',
    '"12"',
    'n',
    's',
    'l',
    'w',
    'o',
    'x',
  ],
  ...[
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '["a", "b"]',
    '{"a": 1}',
    '[{"a": 1}]',
    '[[{"a": 1}]]',
    '[o]',
    'o{"a": 1}',
  ],
  ...[
    '{"length": 2}',
    '$merge([{"a": 1}])',
    '$spread({"a": 1})',
    '$sift({"a": 1}, function(){true})',
    '$clone({})',
  ],
  ...['$string', '[$sum]', '/a/', '[/a/("a")]', '|$|{"z": 1}|', '$append([], $sum)', '{"f": $count}'],
] as const;

const PARTIALLY_APPLIED: Readonly<Record<number, string>> = {
  1: 'sum count max min average string lowercase uppercase length trim number floor ceil abs sqrt boolean not zip keys exists spread merge reverse error type distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis clone',
  2: 'string substring substringBefore substringAfter pad contains match split join formatNumber formatBase formatInteger parseInteger round power lookup append assert map filter single sort each sift reduce fromMillis',
  3: 'substring pad replace split match formatNumber reduce fromMillis',
};

/** The first arguments left open, or the last. */
function partialCalls(name: string, count: number): string[] {
  const later = Array.from({ length: count - 1 }, () => ', <plain>').join('');
  const first = `$${name}(?${later})`;
  const last = `$${name}(<plain>${later.slice(0, -7)}?)`;
  return [
    `${first}(<plain>)`,
    `(<plain>) ~> ${first}`,
    `(function($p){${first}($p)})(<plain>)`,
    `$map([<plain>], ${first})`,
    ...(count > 1 ? [`${last}(<plain>)`, `$${name}(?${', ?'.repeat(count - 1)})(<plain>${later})`] : []),
  ];
}

/** Functions that call one back, and where it stands. */
const CALLING_BACK = 'map filter single sort each sift reduce contains split match'.split(' ');

/** Built-in functions that are given what no signature has looked at. */
export const PARTIAL_CALLS = [
  ...Object.entries(PARTIALLY_APPLIED).flatMap(([count, names]) =>
    names.split(' ').flatMap((name) => partialCalls(name, Number(count))),
  ),
  ...CALLING_BACK.flatMap((name) => [
    `$${name}(?, function($p, $q){$q})(<plain>)`,
    `$${name}(?, ?)(<plain>, function($p){$p})`,
    `$${name}(<plain>, ?)(/a/)`,
  ]),
  ...['<plain> ~> /o/', '$map([<plain>], /a/)', '(function($p){$map([<plain>], /o/)})(1)'],
  ...[
    '($r := /o/; $r(<plain>))',
    '(function($p, $q){$q($p)})(<plain>, /a/)',
    '$replace(?, /a/, <plain>)("a")',
  ],
  ...['$eval(?)("[$expr, $focus]")', '$eval(?, <plain>)("$")', '$eval("$pad(?, 3)")(<plain>)'],
] as const;

const ONE_ARGUMENT =
  'type string number boolean not exists count sum max min average distinct merge keys lowercase uppercase length trim toMillis join reverse sort zip floor abs';

/** Calls of the built-in functions that compiled code has a way of its own for, right and wrong. */
export const BUILT_IN_CALLS = [
  ...ONE_ARGUMENT.split(' ').flatMap((name) => [
    `$${name}(<arg>)`,
    `i.$${name}(<arg>)`,
    `(function($p){$${name}($p)})(<arg>)`,
    `(<arg>) ~> $${name}()`,
    `<path>.$${name}()`,
  ]),
  ...[
    'append',
    'lookup',
    'contains',
    'split',
    'join',
    'substringBefore',
    'substringAfter',
    'each',
    'sift',
  ].flatMap((name) => [`$${name}(<arg>, <arg>)`, `(function($p, $q){$${name}($p, $q)})(<arg>, <arg>)`]),
  ...['map', 'filter', 'each', 'sift', 'reduce', 'single'].flatMap((name) => [
    `$${name}(<arg>, <fn>)`,
    `$${name}(<arg>, function($p){<built>})`,
    `$${name}(<arg>, function($p, $q){$type($q)})`,
    `$${name}(<arg>, function($p, $q, $r){$count($r)})`,
    `$${name}(<arg>, function($p){$append($p, $p)})`,
    `($f := function($p)<s:s>{$p}; $${name}(<arg>, $f))`,
    `($f := function($p){$string($p)}; [$f(1), $${name}(<arg>, $f)])`,
    `(function($p){$${name}($p, function($q){$length()})})(<arg>)`,
  ]),
  ...['<arg>', '<str>', 's', 'w', '$p', 'i.s'].flatMap((text) => [
    `$replace(${text}, /a|o/, "<$0>")`,
    `$replace(${text}, /(a)|(b)/i, "$1$2$3$$")`,
    `$replace(${text}, /x*/, "-")`,
    `$replace(${text}, /[^a]+$/, "")`,
    `($r := /o/; $replace(${text}, $r, ""))`,
    `(function($p){$replace($p, /a|,/, "$$")})(${text})`,
    `$replace(${text}, /a/, <arg>)`,
    `$match(${text}, /a|(o)/)`,
    `$contains(${text}, /a/)`,
    `$split(${text}, /,/)`,
    `$substring(${text}, 1, <arg>)`,
  ]),
  ...[
    '$millis() = $millis()',
    '$type($millis())',
    '$merge(i.o)',
    '$distinct(i.l)',
    '$keys(i)',
    '$string(-0)',
  ],
  ...['$max([<arg>, <arg>])', '$sum([<num>, <num>])', '$type(1/0)', '$string(<num>)', '$count(<path>)'],
] as const;
