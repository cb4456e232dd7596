import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, suggest } from '../../engine/report/suggest.ts';

describe('suggest', () => {
  it.each([
    ['patH', ['path', 'query'], ['path']],
    ['recrods', ['records', 'record'], ['records', 'record']],
    ['machne', ['machine', 'managedDevice'], ['machine']],
    ['xyz', ['abc', 'def'], []],
    ['key', ['key1', 'key2', 'key3', 'key4'], ['key1', 'key2', 'key3']],
    ['id', ['ip', 'it', 'idx'], ['idx', 'ip', 'it']],
    ['', ['a', 'bb'], ['a']],
  ])('finds the names near %j', (word, candidates, expected) => {
    expect(suggest(word, candidates)).toEqual(expected);
  });

  it('counts two letters that changed places as one edit', () => {
    expect(suggest('hte', ['the'])).toEqual(['the']);
  });

  it('ignores case', () => {
    expect(suggest('LASTSEEN', ['lastSeen'])).toEqual(['lastSeen']);
  });

  it('names the word itself first where it is among the candidates', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (word, others) => {
        const same = (name: string) => name.toLowerCase() === word.toLowerCase();
        expect(same(suggest(word, [...others, word])[0] ?? '')).toBe(true);
      }),
    );
  });

  it('finds a word back after any one edit', () => {
    const edited = fc
      .tuple(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'x'))
      .map(([word, n, kind]) => {
        const at = n % (word.length - 1);
        const [a = '', b = ''] = word.slice(at, at + 2);
        const middle = { drop: b, double: a + a + b, swap: b + a, x: `X${b}` }[kind] ?? '';
        return [word, word.slice(0, at) + middle + word.slice(at + 2)] as const;
      });
    fc.assert(
      fc.property(edited, ([word, broken]) => {
        expect(suggest(broken, [word])).toEqual([word]);
      }),
    );
  });
});

describe('didYouMean', () => {
  it('asks with the names in backticks', () => {
    expect(didYouMean('recrods', ['records', 'record'])).toBe('did you mean `records` or `record`?');
  });

  it('says nothing where nothing is near', () => {
    expect(didYouMean('xyz', ['abc'])).toBeUndefined();
  });
});
