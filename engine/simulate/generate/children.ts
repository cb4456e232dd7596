/**
 * `children`: the records of another collection that belong to this one by its link or size, or how many they are (`count`).
 * With `as` those of a third collection at the same places: the same things in another shape.
 */
import { Cursor } from './cursor.ts';
import type { GeneratorKind } from './kind.ts';

export const children: GeneratorKind<{ of: string; as?: string; count?: boolean }> = {
  properties: { of: { type: 'string' }, as: { type: 'string' }, count: { type: 'boolean' } },
  required: ['of'],
  compile: ({ of, as = of, count = false }, scope) => {
    const members = scope.collectionNamed(of);
    const shown = scope.collectionNamed(as);
    let cursor: Cursor | undefined;
    return (at) => {
      const indices = members().childrenOf(at.index, at.epoch);
      if (count) return indices.length;
      cursor ??= new Cursor(shown());
      const shape = cursor;
      return indices.map((index) => shape.seek(index, at.epoch).record());
    };
  },
};
