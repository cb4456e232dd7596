import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../engine/report/differences.ts';

describe('differences', () => {
  it.each<[unknown, unknown, string[]]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: { b: 1 } }, { a: { b: 2 } }, ['a.b']],
    [{ a: 1 }, {}, ['a']],
    [{}, { a: 1 }, ['a']],
    [
      [1, 2],
      [2, 1],
      ['[0]', '[1]'],
    ],
    [[{ a: [1] }], [{ a: [1, 2] }], ['[0].a[1]']],
    [{ a: [] }, { a: {} }, ['a']],
    [{ a: null }, { a: {} }, ['a']],
    [{ a: '1' }, { a: 1 }, ['a']],
    [1, 2, ['(all)']],
    [[], [], []],
  ])('from %j to %j', (expected, found, paths) => {
    expect(differences(expected, found).map(({ path }) => path)).toEqual(paths);
  });

  it('gives both values', () => {
    expect(differences({ a: 1, b: 2 }, { a: 3, c: 4 })).toEqual([
      { path: 'a', expected: 1, found: 3 },
      { path: 'b', expected: 2, found: undefined },
      { path: 'c', expected: undefined, found: 4 },
    ]);
  });

  it('finds none in a value and its copy, and some where the copies differ as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const copy = JSON.parse(JSON.stringify(one));
        const [a, b] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
        expect(differences(copy, a)).toEqual([]);
        if (JSON.stringify(a) !== JSON.stringify(b) && typeof a !== 'object') {
          expect(differences(a, b).length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
