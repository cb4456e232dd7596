import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { compile, JsonataError } from '../../engine/map/jsonata.ts';
import { conformanceCases, hasConformanceCases } from './conformance-cases.ts';

describe('compile', () => {
  it('evaluates with input and bindings', async () => {
    expect(await compile('$factor * $sum(list)').evaluate({ list: [1, 2] }, { factor: 10 })).toBe(30);
  });

  it('throws for a source that does not parse, with code, position and token', () => {
    expect(() => compile('a b')).toThrow(JsonataError);
    expect(() => compile('a b')).toThrow(expect.objectContaining({ code: 'S0201', position: 3, token: 'b' }));
  });

  it('rejects with the code of a failure', async () => {
    await expect(compile('1 + "a"').evaluate({})).rejects.toMatchObject({
      code: 'T2002',
      token: '+',
      position: 3,
    });
  });

  it.each([
    [{ stack: 20 }, '($f := function($n) { 1 + $f($n + 1) }; $f(0))', 'D1011'],
    [{ timeout: 20 }, '($f := function($n) { $f($n + 1) }; $f(0))', 'D1012'],
    [{ sequence: 10 }, '[1..11].($ & "")', 'D2015'],
  ])('keeps the limit %o', async (limits, source, code) => {
    await expect(compile(source, limits).evaluate({})).rejects.toMatchObject({ code });
  });

  it('has limits where none are given', async () => {
    await expect(compile('($f := function($n) { 1 + $f($n) }; $f(0))').evaluate({})).rejects.toMatchObject({
      code: 'D1011',
    });
    await expect(compile('[1..1000000]').evaluate({})).rejects.toMatchObject({ code: 'D2015' });
  });

  it('evaluates at once', () => {
    expect(compile('$factor * $sum(list)').evaluateSync({ list: [1, 2] }, { factor: 10 })).toBe(30);
  });

  it('says so where a binding gives a promise, which only evaluate waits for', async () => {
    const compiled = compile('$later() + 1');
    const bindings = { later: async () => 1 };
    expect(() => compiled.evaluateSync({}, bindings)).toThrow(
      expect.objectContaining({ code: 'jsonata-no-sync' }),
    );
    expect(await compiled.evaluate({}, bindings)).toBe(2);
  });

  it('throws at once with the code of a failure', () => {
    expect(() => compile('1 + "a"').evaluateSync({})).toThrow(JsonataError);
    expect(() => compile('1 + "a"').evaluateSync({})).toThrow(
      expect.objectContaining({ code: 'T2002', token: '+', position: 3 }),
    );
  });
});

describe.skipIf(!hasConformanceCases)(
  'compile on the JSONata conformance cases (skipped where ../shared is not there)',
  () => {
    it('gives the results and error codes of the package', async () => {
      const cases = hasConformanceCases ? conformanceCases() : [];
      // These ask for the clock or for randomness, or run until a limit ends them.
      const unsteady = /\$(now|millis|random|shuffle)/;
      const endless = /^(performance|flattening\/large|tail-recursion\/case00[567])/;
      const steady = cases.filter(
        ({ name, expression }) => !unsteady.test(expression) && !endless.test(name),
      );
      expect(steady.length).toBeGreaterThan(800);
      const limits = { timeout: 1000, sequence: 1e7 };
      for (const { name, expression, input, bindings } of steady) {
        const ours = await outcome(() =>
          compile(expression, { ...limits, stack: 1500 }).evaluate(structuredClone(input), bindings),
        );
        const theirs = await outcome(() =>
          jsonata(expression, limits).evaluate(structuredClone(input), bindings),
        );
        expect(ours, `${name}: ${expression}`).toBe(theirs);
      }
    });
  },
);

async function outcome(run: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await run()) ?? 'nothing';
  } catch (error) {
    return `fails with ${(error as { code?: unknown }).code}`;
  }
}
