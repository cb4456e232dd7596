import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';
import { JsonBytes } from '../../../engine/map/compiler/runtime/json-bytes.ts';

function evaluate(source: string, input?: unknown, bindings?: Record<string, unknown>): unknown {
  return compileJsonata(source).evaluateSync(input, bindings);
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return (thrown as { code?: unknown }).code;
  }
  return 'nothing thrown';
}

describe('generated code', () => {
  it.each([
    ['a name', '`");globalThis.pwned = 1;("`'],
    ['a string', '"\\"); globalThis.pwned = 1; (\\""'],
    ['a key', '{"\\"]; globalThis.pwned = 1; //": 1}'],
    ['a line separator', '"\u2028globalThis.pwned = 1"'],
    ['a variable', '$`"+globalThis.pwned`'],
    ['a comment', '/* */ 1 /* globalThis.pwned = 1 */'],
  ])('runs nothing of %s', async (_kind, source) => {
    await compileJsonata(source)
      .evaluate({})
      .catch(() => undefined);
    expect((globalThis as Record<string, unknown>).pwned).toBeUndefined();
  });

  it.each(['constructor', 'constructor.constructor', '__proto__', 'toString', '$.constructor("return 1")()'])(
    'does not reach what objects inherit: %s',
    (source) => {
      const result = (() => {
        try {
          return evaluate(source, {});
        } catch {
          return undefined;
        }
      })();
      expect(result).toBeUndefined();
    },
  );

  it('reads fields of the input that are named like what objects inherit', () => {
    const input = JSON.parse('{"constructor": 1, "__proto__": {"a": 2}, "toString": [3]}');
    expect(evaluate('[constructor, __proto__.a, toString]', input)).toEqual([1, 2, 3]);
  });

  it('does not change what objects inherit', () => {
    evaluate('{"__proto__": {"polluted": 1}}', {});
    evaluate('$merge([{"__proto__": {"polluted": 1}}])', {});
    evaluate('$ ~> |$|{"__proto__": {"polluted": 1}}|', { a: 1 });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    [
      'a built-in function, by a transform in place',
      '($clone := function($x){$x}; [$sum] ~> |$|{"implementation": 5}|)',
      'clone-replaced',
    ],
    [
      'the signature of a built-in function, by a transform in place',
      '($clone := function($x){$x}; $spread([$sum]).signature ~> |$|{"validate": 5}|)',
      'clone-replaced',
    ],
    [
      'a lambda, by a transform in place',
      '($clone := function($x){$x}; [$clone] ~> |$|{"body": 5}|)',
      expect.stringMatching(/^(function-opened|clone-replaced)$/),
    ],
    [
      'a function that is an argument, by a transform in place',
      '(function($clone){[$clone] ~> |$|{"body": 5}|})(function($x){$x})',
      'clone-replaced',
    ],
    [
      'the syntax tree of a lambda, by a group',
      '$map([$sum ~> $string], $each(?, function($v, $k){$k = "body" ? $lookup($v, "arguments"){"a": 1}}))',
      'function-opened',
    ],
    [
      'the frames of a lambda that is not compiled',
      '[$q := 1, $map([function(){1}], $sift(?, function($v, $k){$k = "environment"}))]',
      'function-opened',
    ],
    ['a lambda among objects', '$merge(?)([{}, function(){1}])', 'function-opened'],
  ])('does not look into functions, nor changes them: %s', async (_kind, attack, code) => {
    for (const isRepeatable of [false, true]) {
      const attempt = compileJsonata(attack, { isRepeatable }).evaluate({}, undefined, 0);
      await expect(attempt).rejects.toMatchObject({ code });
    }
    const usual = '$string($sum([1, 2])) & $map([[3]], $sum ~> $string)';
    expect(evaluate(usual)).toBe('33');
    expect(await jsonata(usual).evaluate({})).toBe('33');
  });

  it('transforms in place what a $clone of the expression gives as it is', async () => {
    const source = '($clone := function($x){$x}; $o := {"a": 1}; $o ~> |$|{"a": 2}|; $o)';
    expect(evaluate(source)).toEqual({ a: 2 });
    expect(await jsonata(source).evaluate({})).toEqual({ a: 2 });
  });

  it('lets the caller replace $clone for what is not compiled', async () => {
    const bindings = { clone: (value: object) => ({ ...value, copied: true }) };
    const compiled = compileJsonata('[$q := 1, $ ~> |$|{"a": 2}|]');
    expect(await compiled.evaluate({ a: 1 }, bindings)).toEqual([1, { a: 2, copied: true }]);
  });

  it('keeps nothing of one evaluation for the next where it is not compiled', async () => {
    const compiled = compileJsonata('[$q, $q := 1]');
    expect(await compiled.evaluate({})).toEqual([1]);
    expect(await compiled.evaluate({})).toEqual([1]);
    const looksInside = compileJsonata('($found := $keys($spread([$sum])); $sum([1]); $found)');
    const first = await looksInside.evaluate({});
    expect(first).toEqual(['implementation', 'signature']);
    expect(await looksInside.evaluate({})).toEqual(first);
  });

  it('does not see the variables of the runtime', () => {
    expect(evaluate('[$run, $input, $LIMIT, $K, input, run]', {})).toEqual([]);
  });
});

describe('limits', () => {
  const endless = '($f := function($n) { 1 + $f($n + 1) }; $f(0))';

  it('ends recursion with D1011, also where no depth is given', () => {
    expect(codeOf(() => compileJsonata(endless, { stack: 50 }).evaluateSync({}))).toBe('D1011');
    expect(codeOf(() => evaluate(endless))).toBe('D1011');
    expect(codeOf(() => compileJsonata(endless, { stack: 0 }).evaluateSync({}))).toBe('D1011');
  });

  it.each([
    ['calls in tail position', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['loops', '$count([1..9000].([1..9000].($ + 1)))'],
    [
      'built-in functions that call back',
      '$map([1..5000], function($a) { $map([1..5000], function($b) { $b }) })',
    ],
    ['sorting', '[1..200000]^($map([1..100], function($x) { $x })[0])'],
  ])('ends %s with D1012', (_kind, source) => {
    const compiled = compileJsonata(source, { timeout: 20, sequence: 1e7 });
    expect(codeOf(() => compiled.evaluateSync({}))).toBe('D1012');
  });

  it('takes the time from the clock that it is given, and its box from the one that is never set back', () => {
    const clock = { asked: 0, now: () => 86_400_000, monotonic: () => 11 * clock.asked++ };
    const source = '$sum([1..20000].$millis())';
    expect(compileJsonata('$now()', { clock }).evaluateSync({})).toBe('1970-01-02T00:00:00.000Z');
    expect(codeOf(() => compileJsonata(source, { clock, timeout: 10 }).evaluateSync({}))).toBe('D1012');
    const idle = { ...clock, monotonic: () => 0 };
    expect(compileJsonata(source, { clock: idle, timeout: 10 }).evaluateSync({})).toBe(20_000 * 86_400_000);
  });

  it('ends long sequences with D2015', () => {
    const limits = { sequence: 10 };
    for (const source of ['[1..11]', 'a.b', '$append([1..6], [1..6])', '$map(a, function($x) { $x })']) {
      const compiled = compileJsonata(source, limits);
      expect(
        codeOf(() => compiled.evaluateSync({ a: Array(11).fill({ b: 1 }) })),
        source,
      ).toBe('D2015');
    }
  });

  it.each([
    '$formatNumber(n / 0, "0.0e0")',
    '$formatNumber(-n / 0, "0x0", {"exponent-separator": "x"})',
    '$formatInteger(n / 0, "A")',
    '$formatInteger(?, "a;o")(n / 0)',
    '[$q := 1, $formatInteger(n / 0, "a")]',
  ])('refuses an infinite number, which the package would divide for ever: %s', async (source) => {
    const attempt = compileJsonata(source).evaluate({ n: 1 });
    await expect(attempt).rejects.toMatchObject({ code: 'D1001' });
  });

  const SHARED_LIST =
    '$d := function($o, $n){$n = 0 ? $o : $d($map([1, 2], function(){$o}), $n - 1)}; $x := $d([], 40)';
  const SHARED_OBJECT =
    '$d := function($o, $n){$n = 0 ? $o : $d({"a": $o, "b": $o}, $n - 1)}; $x := $d({}, 40)';

  it.each([
    ['a list in lists that is looked at for truth', `(${SHARED_LIST}; $x ? 1 : 2)`, 'D1012'],
    ['a list in lists that becomes a boolean', `(${SHARED_LIST}; $boolean($x))`, 'D1012'],
    ['the keys of a list in lists', `(${SHARED_LIST}; $keys($x))`, 'D1012'],
    ['the members of a list in lists', `(${SHARED_LIST}; $spread($x))`, 'D1012'],
    ['a list in lists that is searched', `(${SHARED_LIST}; $x ~> /a/)`, 'output-too-long'],
    ['a list in lists that becomes a number', `(${SHARED_LIST}; $power(?, 2)($x))`, 'output-too-long'],
    ['a message that shows an object in objects', `(${SHARED_OBJECT}; -$x)`, 'output-too-long'],
    ['a length that is only said', '$reverse(?)({"length": 1e9})', 'D2015'],
    ['an infinite number that is text', '$formatNumber(?, "0e0")("Infinity")', 'D1001'],
    [
      'a function that goes through much, often',
      '($l := [1..90000]; $map([1..1000], function(){$sum($l) + $sum($l) + $sum($l) + $sum($l) + $sum($l)}))',
      'D1012',
    ],
    [
      'a picture whose words share out a text',
      '($t := $join($map([1..999], function(){"one-"})); $toMillis($t, "[Yw]-[Mw]-[Dw]-[Hw]"))',
      'picture-endless',
    ],
    [
      'a regular expression that goes back in a loop in loops',
      '$contains($pad("", 300, "a"), /(a*)a*a*b\\1/)',
      'regex-text',
    ],
    [
      'a regular expression that is long when it is written out',
      `$contains($pad("", 10000, "ab"), /(?:${'(a?)(b?)'.repeat(40)}){16}z/)`,
      'regex-text',
    ],
    ...['$contains($t, $s)', '$split($t, $s)', '$substringBefore($t, $s)', '$substringAfter(?, $s)($t)'].map(
      (call): [string, string, string] => [
        `a long text that is looked for in a long text by ${call}`,
        `($a := $pad("", 100000, "a"); $t := $a & $a & $a & $a; $s := $a & "b" & $a; ${call})`,
        'D1012',
      ],
    ),
    [
      'a long text that is replaced in a long text',
      '($a := $pad("", 100000, "a"); $replace($a & $a & $a & $a, $a & "b" & $a, "c"))',
      'D1012',
    ],
  ])('ends, with a code: %s', async (_kind, source, code) => {
    const attempt = compileJsonata(source, { isRepeatable: true, timeout: 50 }).evaluate({}, undefined, 0);
    await expect(attempt).rejects.toMatchObject({ code });
  });

  it('refuses defaults left of each other, of which the parser makes copies of copies', async () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a${' ?: "b")'.repeat(depth)}`;
    expect(evaluate(nested(8), {})).toBe('b');
    expect(() => compileJsonata(nested(30))).toThrow(
      expect.objectContaining({
        code: 'too-many-defaults',
        position: '('.length * 30 + 'a'.length + ' ?: "b")'.length * 11 + ' ?:'.length,
      }),
    );
    expect(() => compileJsonata(nested(30).replaceAll('?:', '??'))).toThrow(
      expect.objectContaining({ code: 'too-many-defaults' }),
    );
    expect(evaluate(`${'a ?: '.repeat(300)}"b"`, {})).toBe('b');
    expect(evaluate(`[${'a.a.a.a.a.a ?: "b", '.repeat(1_000)}1]`, {})).toHaveLength(1_001);
    await expect(compileJsonata('$eval(text)').evaluate({ text: nested(30) })).rejects.toMatchObject({
      code: 'D3120',
    });
  });

  it('leaves an infinite number that is written as it is', () => {
    expect(evaluate('[$formatNumber(n / 0, "0"), $formatInteger(n / 0, "0")]', { n: 1 })).toEqual([
      'Infinity',
      'Infinity',
    ]);
  });

  it('leaves one evaluation as many steps as the next', () => {
    const compiled = compileJsonata('($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(n))', {
      stack: 100,
    });
    expect(codeOf(() => compiled.evaluateSync({ n: 1000 }))).toBe('D1011');
    expect(compiled.evaluateSync({ n: 20 })).toBe(20);
  });
});

describe('errors', () => {
  it.each([
    ['1 + "a"', { code: 'T2002', position: 3, token: '+', value: 'a' }],
    ['$uppercase(1)', { code: 'T0410', position: 11, token: 'uppercase', index: 1 }],
    ['($f := function($x) { $x + "a" }; $f(1))', { code: 'T2002', position: 37, token: '+' }],
    ['sum(1)', { code: 'T1005', position: 4, token: 'sum' }],
    ['$nothing(1)', { code: 'T1006', position: 9, token: 'nothing' }],
  ])('name the place in %s as the package does', async (source, fields) => {
    const { default: jsonata } = await import('jsonata');
    const theirs = await jsonata(source)
      .evaluate({})
      .catch((thrown: unknown) => thrown as Record<string, unknown>);
    expect(theirs).toMatchObject(fields);
    try {
      evaluate(source, {});
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ ...fields, message: theirs.message });
    }
  });
});

describe('objects that something makes text of', () => {
  const made = (source: string, input?: unknown) =>
    Object.getPrototypeOf((evaluate(source, input) as { made: object }).made) as unknown;

  it('have no prototype where a built-in function is applied partially, as in the package', () => {
    expect(made('($f := $join(?); {"made": {"a": 1}})')).toBeNull();
    expect(made('($f := $join(?); {"made": o{"k": a}})', { o: { a: 1 } })).toBeNull();
    expect(made('($f := $join(?); {"made": $spread(o)})', { o: { a: 1 } })).toBeNull();
    expect(made('{"made": {"a": 1}}')).toBe(Object.prototype);
    expect(made('($r := /a/; $contains("a", $r) ? {"made": {"a": 1}})')).toBe(Object.prototype);
  });

  it('lose their prototype once a regular expression is given one', () => {
    const compiled = compileJsonata('(x ? {"a": 1} ~> /o/; {"made": {"a": 1}})');
    const prototype = (input: object) => {
      const { made } = compiled.evaluateSync(input) as { made: object };
      return Object.getPrototypeOf(made) as unknown;
    };
    expect(prototype({ x: false })).toBe(Object.prototype);
    expect(codeOf(() => compiled.evaluateSync({ x: true }))).toBeUndefined();
    expect(prototype({ x: false })).toBeNull();
  });

  it('do not make functions of the caller run twice', () => {
    let calls = 0;
    const count = () => ++calls;
    expect(evaluate('($count(); {"a": 1} ~> /o/; 1)', {}, { count })).toBe(1);
    expect(calls).toBe(1);
  });

  it('are written as text all the same', () => {
    const out = new JsonBytes(1_024);
    compileJsonata('{"a": ({"b": 1} ~> $map(?, $string)) ? 1 : [{"c": {"d": 2}}]}').writeText?.({}, 0, out);
    expect(out.bytes.toString('utf8', 0, out.at)).toBe('{"a":[{"c":{"d":2}}]}');
  });
});

describe('messages', () => {
  it('say nothing of what another evaluation has called', () => {
    const messageOf = () => {
      try {
        return evaluate('1 ~> $uppercase');
      } catch (thrown) {
        const { message, position } = thrown as { message?: unknown; position?: unknown };
        return [message, position];
      }
    };
    const before = messageOf();
    evaluate('($secret := $uppercase; $secret("x"))');
    expect(messageOf()).toEqual(before);
  });

  it('show a built-in function as the package does', () => {
    expect(() => evaluate('-$string')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('{"_jsonata_function":true') }),
    );
  });

  it('do not show what a lambda holds, and a mapping is told its code all the same', () => {
    const source = '-function($p){$p}';
    expect(codeOf(() => evaluate(source, { secret: 1 }))).toBeUndefined();
    expect(codeOf(() => compileJsonata(source, { isRepeatable: true }).evaluateSync({}))).toBe('D1002');
  });
});

describe('results', () => {
  it('hold functions of JavaScript, of which JSON has nothing', async () => {
    const source = '{"f": function($x){$x & "!"}, "g": $uppercase, "n": 1}';
    const compiled = compileJsonata(source);
    for (const result of [compiled.evaluateSync({ secret: 1 }), await compiled.evaluate({ secret: 1 })]) {
      expect(JSON.stringify(result)).toBe('{"n":1}');
      const { f, g } = result as Record<string, (text: string) => unknown>;
      expect([f?.('a'), g?.('a')]).toEqual(['a!', 'A']);
    }
    const out = new JsonBytes(64);
    compiled.writeText?.({ secret: 1 }, 0, out);
    expect(out.text(0)).toBe('{"n":1}');
    const interpreted = await compileJsonata(`[$q := 1, ${source}][1]`).evaluate({ secret: 1 });
    expect(JSON.stringify(interpreted)).toBe('{"n":1}');
  });

  it('are none to wait for in vain', async () => {
    const attempt = compileJsonata('{"then": /a/}').evaluate({});
    await expect(attempt).rejects.toMatchObject({ code: 'then-function' });
  });

  it('do not depend on what a vendor calls its fields, or say so', async () => {
    const input = { id: 2, tupleStream: true, t: 'other', '@': { id: 99 } };
    const source = '($t := "good"; {"tenant": $t, "id": id})';
    expect(evaluate(source, input)).toEqual({ tenant: 'good', id: 2 });
    const interpreted = compileJsonata(`([$q := 1]; ${source})`, { isRepeatable: true });
    await expect(interpreted.evaluate(input, undefined, 0)).rejects.toMatchObject({ code: 'reserved-field' });
  });

  it('are plain: no marks on arrays, objects with the usual prototype', () => {
    const result = evaluate('{"a": [1..3], "b": x.y, "c": x[y > 1][]}', { x: [{ y: 1 }, { y: 2 }] });
    expect(result).toStrictEqual({ a: [1, 2, 3], b: [1, 2], c: [{ y: 2 }] });
    expect(structuredClone(result)).toStrictEqual(result);
  });

  it('do not share objects between two evaluations', () => {
    const compiled = compileJsonata('{"a": {"b": 1}, "c": [1, 2]}');
    const first = compiled.evaluateSync({}) as { a: Record<string, unknown> };
    first.a.b = 'changed';
    expect(compiled.evaluateSync({})).toStrictEqual({ a: { b: 1 }, c: [1, 2] });
  });

  it('let bindings replace built-in functions', () => {
    const compiled = compileJsonata('$uppercase("a")');
    expect(compiled.evaluateSync({}, { uppercase: () => 'mine' })).toBe('mine');
    expect(compiled.evaluateSync({})).toBe('A');
  });

  it.each([
    '2024-02-28T10:00:00Z',
    '2024-02-29T10:00:00.5Z',
    '2023-02-29T10:00:00Z',
    '2024-12-31T23:59:59.9999999Z',
    '0099-01-01T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T10:00:00.12345678901Z',
    '2024-01-01T10:00:00.Z',
    '2024-01-01',
  ])('read the time %s as Date.parse does', (text) => {
    const parsed = Date.parse(text);
    const ours = codeOf(() => {
      throw { code: evaluate('$toMillis(t)', { t: text }) };
    });
    expect(ours === 'D3110' ? Number.NaN : ours).toBe(parsed);
  });
});
