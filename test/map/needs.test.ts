import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJsonata } from '../../engine/map/compiler/compile.ts';
import { type Needed, neededOf } from '../../engine/map/needs.ts';
import { textOf } from './compiler/differential.ts';
import { anyExpression, anyInput } from './compiler/expressions.ts';

const LIMITS = { timeout: 100, stack: 1000, sequence: 1e7 };

/** What is needed as a text: `*` for all of a value, members in braces. */
function needs(expression: string): string {
  const needed = neededOf(compileJsonata(expression, LIMITS).ast);
  return needed ? shown(needed) : 'everything';
}

function shown({ isWhole, members }: Needed): string {
  const list = [...members].map(([name, member]) => `${name}${shown(member)}`).sort();
  return `${isWhole ? '*' : ''}${list.length > 0 ? `{${list.join(' ')}}` : ''}`;
}

function pruned(value: unknown, needed: Needed): unknown {
  if (needed.isWhole || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = [...needed.members].map(([name, member]) => {
    const inner = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return [name, pruned(inner, member)];
  });
  return Object.fromEntries(members);
}

function outcome(expression: string, input: unknown): string {
  try {
    return textOf(compileJsonata(expression, LIMITS).evaluateSync(input));
  } catch (thrown) {
    return `fails: ${(thrown as { code?: string }).code}`;
  }
}

describe('what an expression needs of its input', () => {
  it.each([
    ['{"a": m.a, "b": m.b.c}', '{m{a* b{c*}}}'],
    ['($f := function($v){ $v in [null, ""] ? () : $v }; {"a": $f(m.a), "b": $exists($f(d))})', '{d m{a*}}'],
    ['($none := [null, ""]; $f := function($v){ $v in $none ? () : $v }; $exists($f($f(m))))', '{m}'],
    ['($m := m.n; $m.a & $m.b)', '{m{n{a* b*}}}'],
    ['m.(a + b)', '{m{a* b*}}'],
    ['m[a = 1].b', '{m*}'],
    ['$string(m)', '{m*}'],
    ['m = null or m != d', '{d* m*}'],
    ['$type(m) = "object"', '{m}'],
    ['m.*', '{m*}'],
    ['$map(l, function($i){ $i.a & m.b })', '{l* m{b*}}'],
    ['m ~> $keys', '{m*}'],
    ['$lookup(m, "a")', '{m*}'],
    ['$', 'everything'],
    ['$$', 'everything'],
    ['m.a.%', 'everything'],
    ['$keys()', 'everything'],
    ['($f := $string; $f())', 'everything'],
    ['$lookup("m")', 'everything'],
    ['{"f": function(){ 1 }}', 'everything'],
    ['($f := function($n){ $n > 0 ? $string($f($n - 1)) : m }; $exists($f(3)))', 'everything'],
    ['($f := a ? function(){ $x } : 0; $x := m; $f(1, 2))', 'everything'],
    ['m.__proto__', 'everything'],
  ])('%s: %s', (expression, expected) => {
    expect(needs(expression)).toBe(expected);
  });

  it('is enough: without the other members, random expressions give the same', () => {
    let compared = 0;
    const wrapped = fc.oneof(
      anyExpression,
      anyExpression.map((each) => `($f := function($p){ $p in [null, 1] ? () : $p }; $exists($f(${each})))`),
      fc.tuple(anyExpression, anyExpression).map(([a, b]) => `{"a": o.n = ${a}, "b": $type(o), "c": ${b}}`),
    );
    const property = fc.property(wrapped, anyInput, (expression, input) => {
      let needed: Needed | undefined;
      try {
        needed = neededOf(compileJsonata(expression, LIMITS).ast);
      } catch {
        return;
      }
      if (!needed) return;
      const whole = outcome(expression, structuredClone(input));
      const part = outcome(expression, pruned(structuredClone(input), needed));
      if (/D101[12]/.test(whole + part)) return;
      compared++;
      expect(part, expression).toBe(whole);
    });
    fc.assert(property, { numRuns: 4000, seed: 11 });
    expect(compared).toBeGreaterThan(1000);
  }, 120_000);
});
