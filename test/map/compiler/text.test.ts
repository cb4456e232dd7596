import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SourceText } from '../../../engine/definition/source.ts';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';
import { Programs } from '../../../engine/map/compiler/programs.ts';
import { JsonBytes } from '../../../engine/map/compiler/runtime/json-bytes.ts';
import { compileMapping, type Mapping } from '../../../engine/map/evaluate.ts';
import { fieldReads } from '../../../engine/map/field-reads.ts';
import { conformanceCases, hasConformanceCases } from '../conformance-cases.ts';
import { anyExpression, anyInput } from './expressions.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 987);
const LIMITS = { timeout: 100, stack: 1000, sequence: 1e7 };

const mappings = readdirSync('mappings', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.jsonata'))
  .map((path) => `mappings/${path}`);

function mappingOf(path: string): Mapping {
  const { mapping } = compileMapping(new SourceText(path, readFileSync(path, 'utf8')));
  if (!mapping) throw new Error(`${path} does not parse`);
  return mapping;
}

/** Anything, and often what mappings look for. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    undefined,
    true,
    false,
    0,
    -0,
    7,
    1.5,
    1e21,
    'x"y\\z\n',
    'Büro',
    '\ud800',
  ),
  fc.constantFrom<unknown>(
    'Windows10',
    'Informational',
    'compliant',
    'personal',
    '02:00:5E:10:AB:02',
    '10.1.2.3',
  ),
  fc.constantFrom<unknown>(
    '2026-11-20T08:15:30.25Z',
    '2023-02-29T00:00:00Z',
    'a@example.com',
    '9007199254740993',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const value = fc.oneof(
  { weight: 8, arbitrary: leaf },
  { weight: 1, arbitrary: fc.array(leaf, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 3 }), leaf, { maxKeys: 3 }) },
);

/** Inputs with any value at each path that a mapping reads. */
function inputs(mapping: Mapping): fc.Arbitrary<Record<string, unknown>> {
  const paths = [...new Set(fieldReads(mapping).map(({ steps }) => steps.join('.')))].sort();
  return fc.array(value, { minLength: paths.length, maxLength: paths.length }).map((values) => {
    const input: Record<string, unknown> = {};
    paths.forEach((path, index) => {
      const steps = path.split('.');
      let at = input;
      for (const step of steps.slice(0, -1)) {
        if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
        at = at[step] as Record<string, unknown>;
      }
      at[steps[steps.length - 1] as string] = values[index];
    });
    return input;
  });
}

/** Where the text cannot be made the event is; that must only hide what fails there too. */
const textPrograms = vi.spyOn(Programs.prototype, 'writeText');

function expectNoHiddenFailure(whole: unknown): void {
  const [last] = textPrograms.mock.results.slice(-1);
  // On a busy machine one of two may run out of time.
  const isLate = last?.type === 'throw' && (last.value as { code?: string }).code === 'D1012';
  if (last?.type === 'throw' && !isLate) expect(whole, String(last.value)).toHaveProperty('fails');
  textPrograms.mockClear();
}

function outcome(give: () => unknown): unknown {
  try {
    return { gives: give() };
  } catch (thrown) {
    const { code, message, at } = thrown as { code?: string; message?: string; at?: unknown };
    return { fails: code, message, at };
  }
}

describe('the text of an event', () => {
  it.each(mappings)('is what JSON.stringify gives of it: %s', (path) => {
    const mapping = mappingOf(path);
    if (!mapping.evaluateText) return;
    const property = fc.property(inputs(mapping), (input) => {
      const text = outcome(() => mapping.evaluateText?.(structuredClone(input), NOW));
      const whole = outcome(() => JSON.stringify(mapping.evaluateSync?.(structuredClone(input), NOW)));
      expect(text).toEqual(whole);
      expectNoHiddenFailure(whole);
    });
    fc.assert(property, { numRuns: 100, seed: 4 });
  });

  it('is there for each shipped mapping', () => {
    expect(
      mappings.filter((path) => readFileSync(path, 'utf8').length > 10 && !mappingOf(path).evaluateText),
    ).toEqual([]);
  });

  it('is what JSON.stringify gives for random members', () => {
    const members = fc.array(anyExpression, { minLength: 1, maxLength: 4 });
    const property = fc.property(
      members,
      anyInput,
      fc.integer({ min: 0, max: 3 }),
      (expressions, input, form) => {
        const object = `{${expressions.map((each, index) => `"m${index}": ${each}`).join(', ')}}`;
        const filters = ['m0 != null and m0 != ""', '$exists(m0)', 'm0 = 1 or $not($exists(m0))'];
        const text =
          form === 3 ? object : `{"list": [${object}, {"m0": 1}][${filters[form]}]${form > 0 ? '[]' : ''}}`;
        expectSameText(text, input);
      },
    );
    fc.assert(property, { numRuns: 1000, seed: 5 });
  });

  it.skipIf(!hasConformanceCases)(
    'is what JSON.stringify gives for the conformance cases that make objects (skipped where ../shared is not there)',
    () => {
      let compared = 0;
      for (const { expression, input } of conformanceCases()) {
        compared += expectSameText(expression, input);
        compared += expectSameText(`{"a": ${expression}, "b": [{"c": ${expression}}][$exists(c)]}`, input);
      }
      expect(compared).toBeGreaterThan(500);
    },
  );

  it.each([
    ['members that are array indices', '{"b": 1, "1": 2, "0": 3}'],
    ['nothing that is certain', '{"a": x, "b": y, "c": z}'],
    ['only a member in the middle', '{"a": x, "b": 1, "c": y}'],
    ['no member at all', '{}'],
    ['nothing in a list', '{"a": [{"b": 1}, {"b": 2}][b > 2][]}'],
    ['one of a list', '{"a": [{"b": 1}, {"b": 2}][b > 1]}'],
    ['one of a list that stays one', '{"a": [{"b": 1}, {"b": 2}][b > 1][]}'],
    ['a list with an item left out', '{"a": [n > 1 ? {"b": 1}, {"b": 2}, [1, [{"c": n}]]]}'],
    ['a condition without its other side', '{"a": n > 1 ? {"b": 1}, "c": n = 1 ? {"d": n}}'],
    ['a list in a condition', '{"a": true ? (true ? l[1])}'],
    ['numbers out of range', '{"a": n / 0, "b": -0, "c": 1e300 * 1e10, "d": 0.1 + 0.2}'],
    ['a function', '{"a": $sum, "b": function($x){$x}, "c": [1, 2]}'],
    ['texts to escape', '{"a\\"\\u2028": "b\\\\\\u0000\\ud800", "c": t}'],
    ['a variable bound in a block', '($x := l; {"a": ($y := $x[0]; {"b": $y}), "c": $x})'],
    [
      'a filter that reads more than its list',
      '{"a": [{"b": 1}][b = 1 and n = 1], "c": [{"b": n}][b = $$.n]}',
    ],
  ])('is right for %s', (_name, text) => {
    expect(expectSameText(text, { n: 1, l: [[3], 4], t: 'ä\u2028\ud83d\ude00\udc00"' })).toBe(1);
  });
});

/** 1 where the expression makes its text without the value. */
function expectSameText(expression: string, input: unknown): number {
  let compiled: ReturnType<typeof compileJsonata>;
  try {
    compiled = compileJsonata(expression, LIMITS);
  } catch {
    return 0;
  }
  const { writeText, evaluateSync } = compiled;
  if (!writeText) return 0;
  textPrograms.mockClear();
  const text = outcome(() => {
    // What is written before stays, and there is room for little.
    const out = new JsonBytes(8);
    out.raw(',');
    writeText(structuredClone(input), NOW, out);
    return out.at === 1 ? undefined : out.text(1);
  });
  const whole = outcome(() => JSON.stringify(evaluateSync(structuredClone(input), undefined, NOW)));
  if (/D101[12]/.test(JSON.stringify([text, whole]))) return 0;
  expect(text, expression).toEqual(whole);
  expectNoHiddenFailure(whole);
  return 1;
}
