import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../engine/fetch/canonical-json.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The same by the book: what says nothing is taken out, then each object is written anew in the order of its keys. */
function byTheBook(value: Json): Json | undefined {
  if (value === null || value === '') return undefined;
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => byTheBook(item) ?? null);
  if (typeof value !== 'object') return value;
  const members = Object.keys(value)
    .sort()
    .map((key) => [key, byTheBook(value[key] as Json)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length === 0
    ? undefined
    : ({
        toJSON: () =>
          `{${members.map(([key, member]) => `${JSON.stringify(key)}:${written(member as Json)}`).join(',')}}`,
      } as never);
}

function written(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value === 'object' && value !== null && 'toJSON' in value)
    return (value as unknown as { toJSON(): string }).toJSON();
  return JSON.stringify(value);
}

test('is the JSON of what says something, keys sorted', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const expected = byTheBook(value as Json);
      expect(canonicalJson(value)).toBe(expected === undefined ? '' : written(expected));
    }),
    { numRuns: 2_000 },
  );
});

test('is one text for objects of one content, whatever the order of their keys and whichever came before', () => {
  const one = { b: 1, a: [{ y: 'x', x: null }], c: '' };
  const other = { c: null, a: [{ x: '', y: 'x' }], b: 1, d: {} };
  expect(canonicalJson(one)).toBe('{"a":[{"y":"x"}],"b":1}');
  expect(canonicalJson(other)).toBe(canonicalJson(one));
  expect(canonicalJson({ c: 3, a: 1, b: 2 })).toBe('{"a":1,"b":2,"c":3}');
  expect(canonicalJson({ a: 1, b: 2, c: 3 })).toBe('{"a":1,"b":2,"c":3}');
});
