/** Mappings that would take all time or all memory, by what they do. Records have a `text`. */
export const HOSTILE: Readonly<Record<string, string>> = {
  'a recursion without an end': '($f := function($n) { 1 + $f($n + 1) }; {"a": $f(1)})',
  'a call in tail position without an end': '($f := function($n) { $f($n + 1) }; {"a": $f(1)})',
  'a product of lists': '{"a": $count([1..100000].([1..100000].([1..100000])))}',
  'a sort by a slow function': '{"a": $sort([1..100000], function($a, $b) { $count([1..1000]) > $a })}',
  'a range of ten million': '{"a": [1..10000000]}',
  'lists in lists': '($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, [[$x], [$x]]) }; {"a": $f(60, [1])})',
  'a text that doubles':
    '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; {"a": $f("abc", 40)})',
  'a text of 200 MB': '{"a": $pad("x", 200000000)}',
  'a thousand texts of a megabyte': '{"a": $map([1..1000], function($i) { $pad("x", 1000000) })}',
  'a text that grows by replacing':
    '($f := function($s, $n) { $n = 0 ? $s : $f($replace($s, "a", "aaaaaaaaaa"), $n - 1) }; {"a": $f("a", 12)})',
  'a text that grows by replacing matches':
    '($f := function($s, $n) { $n = 0 ? $s : $f($replace($s, /a/, "aaaaaaaaaa"), $n - 1) }; {"a": $f("a", 12)})',
  'a join of a large text':
    '($s := $pad("x", 100000); {"a": $join($map([1..100000], function($i) { $s }), ",")})',
  'an object that holds another twice, and so on':
    '($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, {"a": $x, "b": $x}) }; {"a": $f(40, {"q": 1})})',
  'the text of such an object':
    '($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, {"a": $x, "b": $x}) }; {"a": $length($string($f(40, {"q": 1})))})',
  'a comparison of two of them':
    '($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, {"a": $x, "b": $x}) }; {"a": $f(40, {"q": 1}) = $f(40, {"q": 1})})',
  'a copy of one of them':
    '($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, {"a": $x, "b": $x}) }; {"a": $f(30, {"q": 1}) ~> |**|{"z": 1}|})',
  'a path that doubles at each step': `$${'.{"a": $, "b": $}'.repeat(40)}`,
  'capitals of a large text, again and again':
    '($s := $pad("x", 8000000); {"a": $map([1..1000], function($i) { $uppercase($s) })})',
  'a hundred thousand lists of as many': '{"a": $map([1..100000], function($i) { [[1..100000]] })}',
  'lists side by side': '{"a": $map([1..100000], function($i) { $zip([1..100000], [1..100000]) })}',
  'an object that grows by merging':
    '{"a": $reduce([1..100000], function($a, $i) { $merge([$a, {$string($i): $i}]) }, {})}',
  'a text in single characters': '{"a": $count($split($pad("x", 8000000), ""))}',
  'digits shared out among the parts of a picture':
    '{"a": $toMillis($pad("", 60, "1"), "[Y][M][D][H][m][s][Y][M][D][H]X")}',
  'a picture of a megabyte': '{"a": $fromMillis(1, $pad("", 1000000, "[Y]"))}',
  'a variable that only the interpreter binds': '{"a": $x := $pad("x", 200000000)}',
  'a loop that only the interpreter runs': '{"a": $x := ($f := function($n) { $f($n + 1) }; $f(1))}',
  'brackets without an end': `${'['.repeat(5000)}1${']'.repeat(5000)}`,
  'a sum of a hundred thousand': `{"a": ${'1+'.repeat(100_000)}1}`,
  'ten thousand members': `{${Array.from({ length: 10_000 }, (_, index) => `"k${index}": id + ${index}`).join(',')}}`,
};
