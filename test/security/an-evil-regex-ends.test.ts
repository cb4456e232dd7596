/** S6: a regular expression of a mapping or definition is refused when it is read, or ends soon on whatever text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { BoundedRegex, regexProblem } from '../../engine/map/compiler/bounded-regex.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { compileExpression } from '../../engine/map/expression.ts';
import { compile, type JsonataError } from '../../engine/map/jsonata.ts';
import { EVIL } from './evil-regexes.ts';

const literal = (pattern: string, flags: string) => `/${pattern.replace(/(?<!\\)\//g, '\\/')}/${flags}`;

function cpuSecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

describe.each(['', 'i', 'm'])('an evil regex with the flags "%s"', (flags) => {
  it.each(EVIL)('/%s/ is refused or ends', async (pattern, text) => {
    const start = process.cpuUsage();
    for (const call of [
      '$contains(text, RE)',
      '$match(text, RE)',
      '$replace(text, RE, "")',
      '$split(text, RE)',
    ]) {
      const source = `{"a": ${call.replace('RE', literal(pattern, flags))}}`;
      const { mapping, diagnostics } = compileMapping(new SourceText('evil.jsonata', source));
      if (!mapping) {
        expect(diagnostics.map(({ code }) => code)).toEqual(['expr-syntax']);
        continue;
      }
      // A match of nothing is an error of JSONata, which is an end as well.
      await mapping.evaluate({ text }, 0).catch(() => {});
    }
    expect(cpuSecondsSince(start)).toBeLessThan(3);
  });

  it.each(EVIL)('/%s/ ends in what compiles any expression', async (pattern, text) => {
    const start = process.cpuUsage();
    const call = `$contains(text, ${literal(pattern, flags)})`;
    // The second is one that only the package evaluates.
    for (const source of [call, `[$q := 1, ${call}]`]) {
      const code = await compile(source)
        .evaluate({ text })
        .then(
          () => undefined,
          (thrown: unknown) => (thrown as JsonataError).code,
        );
      expect([undefined, 'regex-endless', 'regex-text', 'D1004', 'D1012']).toContain(code);
    }
    expect(cpuSecondsSince(start)).toBeLessThan(3);
  });
});

describe('an expression of a definition', () => {
  it('is refused with one that looks ahead for ever', () => {
    const compiled = compileExpression('$contains(text, /^(?=(a+)+$)/)');
    expect(compiled).toMatchObject({
      problem: { code: 'expr-syntax', message: expect.stringContaining('linear time') },
    });
  });
});

describe('an honest regex', () => {
  it.each([
    '^[0-9a-f]{32,}$',
    '^(?!internal)[a-z.-]+$',
    '(?<=\\\\)[^\\\\]+$',
    '^[\\w.-]+@[a-z]{2,63}$',
    '[A-Za-z0-9+/]{40,}={0,2}',
    '^\\d{4}-\\d\\d-\\d\\dT',
    '\\bCVE-\\d{4}-\\d{4,7}\\b',
    '^(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})$',
    '^(?=.*\\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[^A-Za-z0-9]).{8,}$',
    '^([\\da-f]{1,4}:){7}[\\da-f]{1,4}$|^(?=.*::)(?!.*::.*::)([\\da-f]{0,4}:){2,7}([\\da-f]{1,4}|(?<=::))$',
  ])('/%s/ is admitted with any flags', (pattern) => {
    for (const flags of ['g', 'gi', 'gm']) expect(regexProblem(new RegExp(pattern, flags))).toBeUndefined();
  });

  it('matches what it always matches, on short texts and on long ones', () => {
    const one = fc.constantFrom(
      'a',
      'b',
      'Z',
      '[a-c]',
      '[^a]',
      '[A-Z-]',
      '\\d',
      '\\w',
      '.',
      '\\x61',
      '-',
      '\\-',
      '^',
      '$',
      '\\b',
    );
    const times = fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{20}', '{17,}', '{0,18}');
    const simple = fc
      .tuple(one, fc.option(times, { nil: '' }))
      .map(([piece, count]) => piece + (/[\^$]|\\b/.test(piece) ? '' : count));
    const pattern = fc
      .array(
        fc.oneof(
          simple,
          fc.array(simple, { minLength: 1, maxLength: 3 }).map((pieces) => `(${pieces.join('|')})`),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom(...'aAbBcZz1-\n '), { maxLength: 40 }).map((all) => all.join(''));
    fc.assert(
      fc.property(pattern, fc.constantFrom('g', 'gi', 'gm', 'gim'), text, (source, flags, subject) => {
        const native = new RegExp(source, flags);
        if (regexProblem(native)) return;
        const bounded = new BoundedRegex(native);
        const found = native.exec(subject);
        for (const length of [0, 5_000]) {
          const other = bounded.for('x'.repeat(length));
          other.lastIndex = 0;
          expect(other.exec(subject)?.slice()).toEqual(found?.slice());
        }
      }),
      { numRuns: 500 },
    );
  });
});
