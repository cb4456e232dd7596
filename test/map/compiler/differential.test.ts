import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference } from './differential.ts';
import { anyBuiltInCall, anyExpression, anyInput } from './expressions.ts';

/** For a long search: `JSONATA_FUZZ_RUNS=1000000 npx vitest run test/map/compiler/differential.test.ts`. */
const RUNS = Number(process.env.JSONATA_FUZZ_RUNS ?? 20_000);
const SEED = Number(process.env.JSONATA_FUZZ_SEED ?? 20_240_229);
/** The runs are split, so that a slow machine sees progress. */
const PARTS = 10;
const MS_PER_RUN_MAX = 60;

describe('random expressions', () => {
  it.each(Array.from({ length: PARTS }, (_none, part) => SEED + part))(
    'give what the package gives, seed %i',
    async (seed) => {
      const property = fc.asyncProperty(
        fc.oneof(anyExpression, anyBuiltInCall),
        anyInput,
        async (expression, input) => {
          const found = await difference(expression, input);
          // Not `expect`, which remembers each of a million calls.
          if (found !== undefined) throw new Error(found);
        },
      );
      await fc.assert(property, { numRuns: Math.ceil(RUNS / PARTS), seed });
    },
    60_000 + RUNS * MS_PER_RUN_MAX,
  );
});

describe('what random expressions once found', () => {
  it.each([
    [
      'a lambda bound in one branch and read after it',
      '(n > 1 ? ($p := function($p)<a<n>:n>{$p}); $p)',
      { n: 0 },
    ],
    ['a lambda bound in a branch and applied', '(true ? ($p := function($p){$sum($p)}); $p) ~> $count', {}],
    ['a number as the text of a shortcut', '$contains(23, 3)', {}],
    [
      'a call in tail position behind a block, not finished twice',
      '$map((l)[[0, 1]], function($p){($q := $p; $keys($q))})',
      { l: [0] },
    ],
    ['a transform to a field named __proto__', '($$ ~> |o|{"__proto__": 1}, ["n"]|)', { o: { n: 0 } }],
    [
      'a transform of what has no fields to a field named __proto__',
      '$filter($$ ~> |o|{"__proto__": 1}, ["n"]|, function($p){$append($p, $p)})',
      { n: 0, o: false },
    ],
    ['a transform of null to a field named __proto__', '$$ ~> |o|{"__proto__": 1}|', { o: null }],
    ['a count of nothing', '$count(nothing)', {}],
    ['the keys of nothing, for each item', '$map([1], function($p){$keys(nothing)})', {}],
    [
      'a date with a picture, whose missing parts come from the clock',
      '$toMillis("2005-01-01", "[Y]-[M]-[D]")',
      {},
    ],
    ['an array that a group changes', '(l{"a": 1}; $count(l))', { l: [] }],
    ['a function made into keys for each item', '($x := $map([{"a": 1}], $keys); $x)', {}],
    ['a list kept by a filter', '[{"v": 1}, {"v": null}][v != null][]', {}],
    [
      'a list that is told to stay one after its item was read',
      '$map($map([[1], [2]], function($p){$filter($p, function($p){true})}), function($p){($q := $p; $k := $p[]; [{"q": $q, "k": $k, "p": $p}])})',
      {},
    ],
    ['a binary operator whose right side fails', 'true and 1 + "a"', {}],
    ['a field named like what all objects have', '[constructor, toString, o.hasOwnProperty]', { o: {} }],
    ['a field named __proto__', '{"__proto__": 1}.__proto__', {}],
    ['a bound variable inside a constructor', '[$x := 1, $x]', {}],
    ['an object that a partially applied function pads', '$pad(?, 20)({"a": 1})', {}],
    ['an object of the input that a partially applied function makes text of', '$join(?)([o])', { o: {} }],
    ['an object that a partially applied function makes text of', '$join(?)([{"a": 1}])', {}],
    ['a list whose object becomes a number', '$abs(?)([{"a": 1}])', {}],
    ['what $merge makes, made into text', '$join(?)([$merge([{"a": 1}])])', {}],
    ['what $spread makes, made into text', '$join(?)($spread(o))', { o: { a: 1 } }],
    ['what $sift makes, made into text', '$join(?)([$sift(o, function($v){true})])', { o: { a: 1 } }],
    ['what a group makes, made into text', '$join(?)([o{"k": a}])', { o: { a: 1 } }],
    ['what $clone makes, made into text', '$join(?)([$clone({"a": 1})])', {}],
    ['a number that a partially applied $sort is given', '$sort(?)(1)', {}],
    ['a character that is no text', '$pad("a", ?, [])(-3)', {}],
    ['a picture that is null', '$fromMillis(?, null)(0)', {}],
    ['a list with null in it, joined', '$join(?, "-")([null, "a"])', {}],
    ['a function that is none', '$reduce(?, {})([])', {}],
    ['a text for $eval among its own parameters', '[$eval(?)("$expr"), $eval(?)("$focus := 1"), $focus]', {}],
    ['a partially applied function that $eval gives', '$eval("$join(?)")([{"a": 1}])', {}],
    ['an object that a regular expression is applied to', '{"a": 1} ~> /o/', {}],
    ['an object of the input that a regular expression is applied to', 'o ~> /o/', { o: {} }],
    ['a regular expression that is called back with objects', '$map([{"a": 1}], /o/)', {}],
    ['a partially applied function in what is not compiled', '[$x := 1, $pad(?, 3)("a")]', {}],
    ['a time of today in what is not compiled', '[$x := 1, $toMillis("10:00", "[H]:[m]") > 0]', {}],
    ['a function called back in what is not compiled', '[$x := 1, $map(["a"], $split)]', {}],
    ['a message that would have to show a lambda', '-function($p){$p}', {}],
    ['a message that is no text', '$error(?)([{"a": 1}])', {}],
    ['two members that fail', '[$sum($map([1], function($i){"a"})), 1 + "b"]', {}],
    [
      'two members that fail, of which the one that has more steps is the first',
      '$sum([$toMillis($uppercase() ?: "z"), $average(l)])',
      { s: '', l: {}, n: 0 },
    ],
    [
      'a list with a function in it, made into text in what is not compiled',
      '[$q := 1, $string({"a": $sum, "b": [1, function($p){$p}]}, true)]',
      {},
    ],
    [
      'an object with a function in it, copied in what is not compiled',
      '[$q := 1, $clone({"f": function($p){$p}, "a": 1})]',
      {},
    ],
    [
      'the members of a list in what is not compiled',
      '[$q := 1, $sift(o, ?)(/a|p/)]',
      [{ o: {} }, { o: {} }],
    ],
    ['text that is not compiled, made known by its evaluation', '($eval("$q := [$q := 1, 2][0]"); $q)', {}],
    ['two members that fail, one of them in $split', '[1 + $split("a", "b"), -(-(-"a"))]', {}],
    ['nothing, and a number where only a text is right', '$contains(nothing, 0)', {}],
    ['a call in tail position to nothing', '(function($p){$nothing($p)})(1)', {}],
    [
      'a built-in function in tail position that calls a built-in function back',
      '(function($p){$map($p, $string)})([1])',
      {},
    ],
    ['a lambda of the expression called without the dollar of its name', '($f := function(){1}; f())', {}],
    ['the same, applied partially', '($f := function($p){$p}; f(?))', {}],
    ['a transform in place', '($clone := function($p){$p}; $ ~> |o|{"a": 2}|; o.a)', { o: { a: 1 } }],
    [
      'a transform in place by a function that was made before',
      '($f := function(){$ ~> |o|{"a": 2}|}; $clone := function($p){$p}; $f(); o.a)',
      { o: { a: 1 } },
    ],
    ['a built-in function that $spread looks into', '($p := function(){$spread($string)}; $p())', {}],
    ['a built-in function in a list that $spread looks into', '$spread([$string])', {}],
    ['a built-in function that was called before, looked into', '($string(1); $spread([$string]))', {}],
    ['a transform that $spread looks into', '($t := |o|{"n": 1}|; $t($); $spread([$t]))', { o: {} }],
    [
      'a built-in function that $sift looks into',
      '$map([$sum], $sift(?, function($v, $k){$k = "signature"}))',
      {},
    ],
    ['a built-in function that $each looks into', '$map([$sum], $each(?, function($v, $k){$k}))', {}],
    ['a built-in function that $merge looks into', '$keys($merge(?)([$sum]).signature)', {}],
    [
      'a regular expression that is applied to a function among others',
      '1 & $eval("$p") ~> $append($string) ~> /a(.)?/',
      {},
    ],
    ['a regular expression that is applied to a list of functions', '$append([], $string) ~> /a(.)?/', {}],
    ['a regular expression that is applied to a regular expression', '[$append([], /b/)] ~> /func/', {}],
    ['a regular expression that is applied to the next match', '[/b/("b").next] ~> /func/', {}],
    ['a regular expression that is applied partially', '/a/(?)("a").match', {}],
    ['a function that is joined with others', '$join(?, "-")([$append([], $string)])', {}],
    ['a function made into a number', '$abs(?)($string)', {}],
    ['a function made into the text of an address', '$encodeUrlComponent(?)([$append([], $string)])', {}],
    ['a function that $eval makes text of', '$eval("$join(?)([$append([], $sum)])")', {}],
    [
      'a lambda that is joined with others in what is not compiled',
      '$join(?, "-")([$q := 1, $string ~> $number(?)])',
      {},
    ],
    ['a list with an object in it for a number', '$formatNumber(?, "a")([{"a": 1}])', {}],
    ['an empty list that a chain is given', '$map([$clone({})], $keys(?)) ~> ($string ~> $string)', {}],
    ['the truth of a list with nothing in it', '$each("a" ~> /a(.)?/, $boolean)', {}],
    [
      'a matcher in tail position that evaluates a text',
      '($f := function($p, $q){$match("a", function($p, $q){($p := 1; $eval("$p + n"))})}; $f(1))',
      { n: 0 },
    ],
    ['a range from a zero that has a sign', '[-0..1, 2]', {}],
    ['a regular expression in a branch that nothing needs', '(true ? /a/; 1)', {}],
    ['a lambda bound in a branch that nothing needs', '(true ? $f := function(){1} : 2; 1)', {}],
    [
      'a function that ~> gives to a function',
      '($h := function($g){$g(?,1)}; ($substring ~> $h())("abc"))',
      {},
    ],
    ['a function that ~> gives to a built-in function', '$count ~> $sift()', { n: 1 }],
    [
      'a function that ~> gives to one that calls back',
      '($h := function($g){$map(w,$g)}; $uppercase ~> $h())',
      { w: ['b', 'a'] },
    ],
    [
      'two parameters of one name, one left open',
      '($f := function($a, $a){$a}; [$f(?, 2)(1), $f(1, ?)(2)])',
      {},
    ],
    ['a limit of parts beyond 32 bits', '[$split("a,b", ",", 4294967297), $split("a,b", ",", 1/0)]', {}],
    ['an object as the place to search from', '/a/("a", {"b": 1})', {}],
    ['a text that binds a variable among members', '[$eval("$q := 1"), $q]', {}],
    ['more digits of a second than V8 reads', '$toMillis("2024-03-01T10:20:30.0030006060Z")', {}],
    [
      'an empty list that a group fills before the evaluation begins anew',
      '($c := $count(e); e{"a": 1}; o ~> /object/; $c)',
      { e: [], o: {} },
    ],
    [
      'an empty list that a group fills before the package is asked',
      '($c := $count(e); e{"a": 1}; $spread([$sum]); $c)',
      { e: [] },
    ],
    [
      'an empty list that a group fills before the package is asked which failure is the first',
      '($c := $count(e); e{"a": 1}; $c = 0 ? 1 + "a" : $uppercase(1))',
      { e: [] },
    ],
    ['a $clone that is no function', '($clone := 1; [$ ~> |$|{}|])', {}],
    ['a $clone that gives what cannot be changed', '($clone := function($x){1}; [$ ~> |$|{"b": 1}|])', {}],
    ['a message that is a function', '$error(?)(/a/)', {}],
    ['a function chained with a regular expression', '$type($string ~> /a/)', {}],
  ])('%s', async (_name, expression, input) => {
    expect(await difference(expression, input)).toBeUndefined();
  });
});
