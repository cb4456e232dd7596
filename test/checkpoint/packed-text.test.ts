import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isText, readText, writeText } from '../../engine/checkpoint/packed-text.ts';

/** Any UTF-16 units at all, lone surrogates and NUL among them. */
const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xff), fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 90,
  })
  .map((units) => String.fromCharCode(...units));

function packed(text: string): Buffer {
  const bytes = Buffer.alloc(2 * text.length + 3, 0xaa);
  return bytes.subarray(3, writeText(bytes, 3, text));
}

const isWide = (text: string) => packed(text).length !== text.length;

test('a text comes back unit by unit, and is equal to itself only', () => {
  fc.assert(
    fc.property(anyText, anyText, (one, other) => {
      const bytes = packed(one);
      expect(readText(bytes, 0, bytes.length, isWide(one))).toBe(one);
      expect(isText(bytes, 0, bytes.length, isWide(one), one)).toBe(true);
      expect(isText(bytes, 0, bytes.length, isWide(one), other)).toBe(one === other);
      for (let unit = 0; unit < one.length; unit++) {
        const changed = `${one.slice(0, unit)}${String.fromCharCode(one.charCodeAt(unit) ^ 0x100)}${one.slice(unit + 1)}`;
        expect(isText(bytes, 0, bytes.length, isWide(one), changed)).toBe(false);
      }
    }),
  );
});

test('a text takes a byte a unit where it can', () => {
  expect(packed('a\0é')).toHaveLength(3);
  expect(packed('x'.repeat(1_000))).toHaveLength(1_000);
  expect(packed(`${'x'.repeat(99)}Ā`)).toHaveLength(200);
});
