import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from '../../engine/report/indent-json.ts';

test('gives what JSON.stringify gives with two blanks', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('keeps each number as it is written', () => {
  expect(indentJson('{"a":9.0,"b":[18446744073709551615]}')).toBe(
    '{\n  "a": 9.0,\n  "b": [\n    18446744073709551615\n  ]\n}',
  );
});
