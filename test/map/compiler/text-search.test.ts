import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexIn, splitAt, textAfter, textBefore } from '../../../engine/map/compiler/runtime/text-search.ts';

/** Long enough for being looked for in windows. */
const long = fc.array(fc.constantFrom('a', 'b'), { minLength: 64, maxLength: 80 }).map((all) => all.join(''));
const filler = fc
  .array(fc.constantFrom('a', 'b', '\u{1f600}'), { maxLength: 200 })
  .map((all) => all.join(''));

describe('a long text', () => {
  it('lies where JavaScript finds it', () => {
    fc.assert(
      fc.property(long, fc.array(filler, { maxLength: 4 }), fc.nat(300), (sought, fillers, from) => {
        const text = fillers.join(sought);
        expect(indexIn(text, sought, from)).toBe(text.indexOf(sought, from));
        for (const most of [0, 1, 2, 100])
          expect(splitAt(text, sought, most)).toEqual(text.split(sought, most));
        const index = text.indexOf(sought);
        expect(textBefore(text, sought)).toBe(index < 0 ? text : text.slice(0, index));
        expect(textAfter(text, sought)).toBe(index < 0 ? text : text.slice(index + sought.length));
      }),
    );
  });

  it('is found across the end of a window', () => {
    const sought = `b${'a'.repeat(40_000)}`;
    for (let before = 1_000; before < 1_050; before++)
      expect(indexIn('a'.repeat(before) + sought, sought)).toBe(before);
    expect(indexIn('a'.repeat(100_000), sought)).toBe(-1);
  });
});
