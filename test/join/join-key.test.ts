import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JoinKeyRules, joinKeyOf } from '../../engine/join/join-key.ts';

const joinKey = (values: readonly unknown[], rules: JoinKeyRules) => joinKeyOf(rules)(values);
const exact = { ignoreCase: false, never: [] };

describe('a join key', () => {
  it('is the text of a single part', () => {
    expect(joinKey(['A-1'], exact)).toBe('A-1');
  });

  it('takes a number and a string of the same text as one', () => {
    expect(joinKey([42], exact)).toBe(joinKey(['42'], exact));
    expect(joinKey([42n], exact)).toBe(joinKey(['42'], exact));
    expect(joinKey([0], exact)).toBe('0');
    expect(joinKey([1, 'x'], exact)).toBe(joinKey(['1', 'x'], exact));
  });

  it.each([undefined, null, '', {}, []])('is none where a part is %j', (value) => {
    expect(joinKey([value], exact)).toBeUndefined();
    expect(joinKey(['a', value], exact)).toBeUndefined();
  });

  it('is none without parts', () => {
    expect(joinKey([], exact)).toBeUndefined();
  });

  it('minds case unless told not to', () => {
    expect(joinKey(['Ab'], exact)).toBe('Ab');
    expect(joinKey(['Ab'], { ignoreCase: true, never: [] })).toBe('ab');
  });

  it('is none for values that mean none, compared as keys are', () => {
    expect(joinKey(['NONE'], { ignoreCase: true, never: ['None'] })).toBeUndefined();
    expect(joinKey(['x', 'None'], { ignoreCase: false, never: ['None'] })).toBeUndefined();
    expect(joinKey(['NONE'], { ignoreCase: false, never: ['None'] })).toBe('NONE');
    expect(joinKey([0], { ignoreCase: false, never: ['0'] })).toBeUndefined();
  });

  it('differs for any two different lists of parts', () => {
    const part = fc.string({ unit: fc.constantFrom('a', ',', '"', '\\', '['), minLength: 1, maxLength: 2 });
    const parts = fc.array(part, { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const isSame = a.every((text, index) => text === b[index]);
        expect(joinKey(a, exact) === joinKey(b, exact)).toBe(isSame);
      }),
    );
    // What a separator alone would confuse.
    for (const separator of ['', ',', '","', '\0', '|']) {
      const [a, b] = [`a${separator}a`, 'a'];
      expect(joinKey([a, b], exact)).not.toBe(joinKey([b, a], exact));
    }
  });
});
