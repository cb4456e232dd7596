/** Random JSONata: expressions of every kind, mostly well typed, over small inputs whose fields they name. */
import fc from 'fast-check';

type Text = fc.Arbitrary<string>;

const numbers = fc.constantFrom(0, 1, 2, 3, -1, 2.5, 10, 1709200800000);
const texts = fc.constantFrom('', 'a', 'b', 'foo', 'Bar baz', '12', '-3.5', '2024-02-29T10:00:00Z', 'a,b,c', 'ü€😀');
const anything = fc.oneof(numbers, texts, fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}));

/** A field that is usually of its type, sometimes not there, sometimes of another. */
function field(usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: usual },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: anything },
  );
}

const record = fc.letrec((tie) => ({
  record: fc
    .record({
      n: field(numbers),
      s: field(texts),
      t: field(fc.boolean()),
      l: field(fc.array(numbers, { maxLength: 4 })),
      w: field(fc.array(texts, { maxLength: 4 })),
      o: field(fc.oneof({ maxDepth: 2 }, fc.record({ n: numbers, s: texts }), tie('record'))),
      i: field(fc.oneof({ maxDepth: 2 }, fc.constant([]), fc.array(tie('record'), { maxLength: 3 }))),
      x: anything,
    })
    // Undefined fields are left out, as in JSON.
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
})).record;

export const anyInput: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: record },
  { weight: 2, arbitrary: fc.array(record, { maxLength: 3 }) },
  { weight: 1, arbitrary: anything },
);

const TYPES = ['num', 'str', 'bool', 'list', 'obj', 'any'] as const;
type Names = (typeof TYPES)[number] | 'step' | 'path' | 'fn' | 'tuples';

const DEPTH = { maxDepth: 5, depthIdentifier: 'expression' } as const;

/** `of` takes a text with `<num>`, `<any>`... in it: each stands for an expression of that kind. */
function grammar(of: (template: string) => Text) {
  const one = (...templates: string[]) => fc.oneof(DEPTH, ...templates.map(of));
  return {
    num: one(
      ...['1', 'n', '0', '2.5', '-1', '$p', 'o.n', 'i[0].n', '$count(<list>)', '$sum(<list>)', '<num> + <num>'],
      ...['<num> - <num>', '<num> * <num>', '<num> / <num>', '<num> % <num>', '-<num>', '$length(<str>)', '$abs(<num>)'],
      ...['$floor(<num>)', '$ceil(<num>)', '$round(<num>)', '$round(<num>, <num>)', '$power(<num>, 2)', '$sqrt(<num>)'],
      ...['$number(<any>)', '$toMillis(<str>)', '$max(l)', '$min(<list>)', '$average(l)', '(<bool> ? <num> : <num>)', 'l[<num>]'],
      ...['$reduce(<list>, function($p, $q){$p + $q})', '$reduce(l, <fn>, <num>)', '$formatInteger(<num>, "w")', '$ ', '<num> ?? 1'],
      ...['(function($p){<num>})(<num>)', '$parseInteger(<str>, "#0")', '$lookup(<obj>, "n")', 'l^(>$)[0]', '$single(l, function($p){$p > 1})'],
    ),
    str: one(
      ...['"a"', 's', '"foo"', '""', '$p', 'o.s', 'i.s', '$string(<any>)', '<any> & <any>', '$uppercase(<str>)', '$lowercase(<str>)'],
      ...['$trim(<str>)', '$substring(<str>, <num>)', '$substring(<str>, <num>, <num>)', '$substringBefore(<str>, <str>)', '$substringAfter(<str>, <str>)'],
      ...['$pad(<str>, 5, "#")', '$pad(<str>, -4)', '$join(w, ",")', '$join(<list>)', '$replace(<str>, "a", <str>)', '$replace(<str>, /(o)(.)?/, "$2$1$$$0")'],
      ...['$replace(<str>, /[a-z]+/i, function($p){$p.match & "!"})', '$replace(<str>, /x*/, "y")', '$type(<any>)', '$fromMillis(<num>)', '$formatNumber(<num>, "#,##0.00")'],
      ...['$formatBase(<num>, 2)', '$base64encode(<str>)', '$encodeUrlComponent(<str>)', '(<bool> ? <str> : <str>)', '<str> ?: "z"', 'w[<num>]', '$string(<any>, true)'],
      ...['$length()', '$uppercase()', 's.$lowercase()', 'w.$uppercase()', '$s', '$$.s', '(function($p)<s-:s>{<str>})(<str>)', '$reduce(w, function($p, $q, $r){$p & $q & $r})'],
    ),
    bool: one(
      ...['true', 'false', 't', '<any> = <any>', '<any> != <any>', '<num> < <num>', '<str> >= <str>', '<num> <= <any>', '<bool> and <bool>', '<bool> or <bool>'],
      ...['$not(<any>)', '$exists(<any>)', '$boolean(<any>)', '<any> in <list>', '<str> in ["a", "foo", null]', '$contains(<str>, <str>)', '$contains(<str>, /a|o/)'],
      ...['n = 1', 's = "a"', 'n > 1', 'x != null', '<any> = null', '(<bool>)', '$p = $q', '<fn> = <fn>'],
    ),
    list: one(
      ...['l', 'w', 'i', '[]', '[1, 2, 3]', '["a", "b"]', '[<any>, <any>]', '[<any>]', '[<num>..3]', '[1..<num>]', '$append(<any>, <any>)', '$reverse(<list>)'],
      ...['$distinct(<list>)', '$sort(l)', '$sort(<list>, function($p, $q){$p > $q})', '$map(<list>, <fn>)', '$filter(<list>, function($p){<bool>})', '$filter(<list>, <fn>)'],
      ...['$keys(<any>)', '$spread(<any>)', '$split(<str>, "")', '$split(<str>, /,|o/)', '$match(<str>, /[a-z]/)', '$zip(<list>, <list>)', '$each(<obj>, function($p, $q){$q})'],
      ...['<path>', '<list>[<bool>]', '<list>[<num>]', '$p', 'i.l', 'i[]', '[[<any>], <any>]', '[<list>]', '<list>[]', 'l[$ > <num>]', '$map(l, function($p, $q, $r){$p + $q})'],
      ...['i[n > 1]', 'i[s = <str>].n', '[i.{"a": n}]', '*', '**', 'i.*', 'o.**.n', '(<list>)[[0, 1]]', '$map([[1], [2, 3]], $count)', '$map(i, $keys)'],
    ),
    obj: one(
      ...['{}', 'o', '$', '{"a": <any>}', '{"a": <any>, "b": <any>}', '{<str>: <any>}', 'i[0]', '$merge([<obj>, <obj>])', '$merge(i)', '$sift(<obj>, function($p){<bool>})'],
      ...['i{s: n}', 'i{s: $sum(n), "z": s}', '<list>{"a": $}', '(<obj> ~> |$|{"n": <any>}|)', '($ ~> |i|{"n": <num>}, "s"|)', '($$ ~> |o|<obj>, ["n"]|)', '$clone(<obj>)'],
      ...['i.{"n": n, s: <any>}', '$p', '{"1": <any>, "b": 1, "0": 2}', '<path>{"k": <any>}', 'i[<num>]', '{"a": {"b": <any>}}', '{"f": function($p){$p}, "a": 1}', '{"__proto__": <any>}'],
    ),
    any: fc.oneof(
      DEPTH,
      ...[of('<num>'), of('<str>'), of('<bool>'), of('<list>'), of('<obj>'), of('<path>'), of('<path>'), of('<tuples>')],
      of('null'), of('$p'), of('$'), of('x'), of('nothing'),
      of('($p := <any>; <any>)'), of('($p := <any>; <any>)'), of('($p := <any>; $q := <any>; <any>)'), of('(<any>; <any>)'),
      of('($f := <fn>; $f(<any>))'), of('($f := <fn>; $f(<any>, <any>))'), of('($f := function($p){$p > 3 ? <any> : $f($p + 1)}; $f(<num>))'),
      of('($f := function($p){$p < 1 ? <any> : 1 + $f($p - 1)}; $f(3))'), of('<any> ~> <fn>'), of('<any> ~> $string()'), of('<any> ~> $append(<any>)'),
      of('($f := <fn> ~> <fn>; $f(<any>))'), of('<fn>'), of('<str> ~> /a(.)?/'), of('(/o/)(<str>).next()'), of('<any>[<any>]'), of('(<any>)[<num>]'), of('(<any> ? <any>)'), of('<any> ?: <any>'), of('<any> ?? <any>'),
      of('(<bool> ? ($p := <any>); $p)'), of('($q := 1; ($p := $q; $q := <any>; [$p, $q]))'), of('(<bool> and ($p := 2); $p)'), of('$eval("$p")'), of('($p := 1; $eval("$p + n"))'),
      of('($eval("$q := <num>"); $q)'), of('$eval("[n, s]", o)'), of('($f := $substring(?, 1); $f(<str>))'), of('($f := function($p, $q){[$p, $q]}; $g := $f(?, <any>); $g(<any>))'),
      of('($p := function(){<any>}; $p())'), of('$<any>'), of('$f(<any>)'), of('sum(<list>)'), of('$sum(<any>)'), of('$zip(<any>)'), of('$error(<str>)'), of('$assert(<bool>, "no")'),
    ),
    step: one('n', 's', 'l', 'i', 'o', 'i[<bool>]', 'i[<num>]', 'l[<any>]', '*', '**', '$', '(<any>)', '[<any>]', '[n, s]', '{"a": <any>}', 'i[]', '$string()', '$keys()', 'o[]', 'i^(n)', 'i^(>n, s)', '$p', '"n"', '`s`'),
    path: one('n', 'i.n', 'i.l', 'i.<step>', '<step>.<step>', 'i.<step>.<step>', 'o.<step>', '$p.<step>', '$$.<step>', '$.<step>', 'i.i.n', 'i.i[0].n', '(<list>).<step>', '[<any>].<step>', 'i.<step>[<any>]', 'i.<step>[]', 'i.l[0]', 'i^(<any>)', 'i^(>s).n', '<list>^($)', 'i.<step>{s: <any>}', 'i[n > 0][<any>]', '(i.n)[<num>]', '<obj>.<step>', 'i.[<any>]', 'i.[l]', 'i.(<any>)', '[[1, 2], [3]].$', 'i.[n][]'),
    fn: one('$string', '$sum', '$count', '$keys', '$exists', '$uppercase', '$not', '$boolean', '$type', '$append', 'function($p){<any>}', 'function($p, $q){<any>}', 'function($p){$p}', 'function($p){$string($p)}', 'function($p){$sum($p)}', 'function($p)<n-:n>{<any>}', 'function($p)<a<n>:n>{$p}', 'function($p)<x?s?:x>{<any>}', '$substring(?, 1)', '$append(?, <any>)', 'function(){<any>}', '|$|{"z": <any>}|', '$p', '(function($p){function($q){[$p, $q, <any>]}})(<any>)', 'function($p){<bool> ? $count($p) : $q}', 'function($p){($q := $p; $keys($q))}', '(<bool> ? $sum : $count)'),
    tuples: one('i@$p.n', 'i@$p.l.[$p.n, $]', 'i@$p.$$.i@$q[$p.n = $q.n].[$p.s, $q.s]', 'i#$p.[$p, n]', 'i#$p[<any>].n', 'i[n > 0]#$p.{"p": $p}', 'i.l.(%.n)', 'i.o.{"p": %.s, "n": n}', 'i.i.{"a": n, "b": %.n, "c": %.%.n}', 'i.l[%.n > 0]', 'i@$p#$q.[$q, $p.n]', 'i@$p{$p.s: $p.n}', 'i#$p^(>n).[$p, s]', 'i@$p^(n).$p.s', 'l#$p[$p > 0]', 'i.l#$p.($ + $p)', 'i.o[%.n = <num>].s', 'i^(n)#$p.[$p]', '(i.l)#$p[$p < 2]', 'i@$p.<any>', 'i#$q.<any>', 'i.<step>.%.n', 'i.n.%.<step>'),
  };
}

/** Text of expressions. Variables may be unbound, types may be wrong: failing alike is a result too. */
export const anyExpression: Text = fc.letrec<Record<Names, string>>((tie) =>
  grammar((template) => {
    const parts = template.split(/<(num|str|bool|list|obj|any|step|path|fn|tuples)>/);
    const arbitraries = parts.map((part, index) => (index % 2 === 1 ? tie(part as Names) : fc.constant(part)));
    if (arbitraries.length === 1) return arbitraries[0] as Text;
    return fc.tuple(...arbitraries).map((texts) => texts.join(''));
  }),
).any;
