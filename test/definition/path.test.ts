import { describe, expect, it } from 'vitest';
import { valueAt } from '../../engine/definition/path.ts';

describe('valueAt', () => {
  it('follows own keys', () => {
    expect(valueAt({ a: { b: [1] } }, ['a', 'b', '0'])).toBe(1);
    expect(valueAt([1], [])).toEqual([1]);
    expect(valueAt({ a: null }, ['a'])).toBeNull();
  });

  it('is undefined where a step is missing, inherited, or goes through a plain value', () => {
    expect(valueAt({ a: 1 }, ['b'])).toBeUndefined();
    expect(valueAt({ a: 'text' }, ['a', 'length'])).toBeUndefined();
    expect(valueAt({}, ['constructor', 'name'])).toBeUndefined();
    expect(valueAt(null, ['a'])).toBeUndefined();
  });
});
