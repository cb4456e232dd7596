import { describe, expect, it } from 'vitest';
import { Evidence } from '../../engine/compile/evidence.ts';

describe('Evidence', () => {
  const evidence = new Evidence();
  evidence.add('users', { id: 1, name: { first: 'a' }, tags: [{ key: 'k' }, { value: null }], none: [] });
  evidence.add('users', { id: 2, 'dotted.key': 1 });

  it('knows which paths occur, items of lists below the path of the list', () => {
    for (const path of ['id', 'name', 'name.first', 'tags', 'tags.key', 'tags.value', 'none'])
      expect(evidence.has('users', path)).toBe(true);
    for (const path of ['nam', 'name.last', 'tags.0', 'none.x', 'constructor'])
      expect(evidence.has('users', path)).toBe(false);
  });

  it('cannot tell where there is no record', () => {
    expect(evidence.has('groups', 'id')).toBeUndefined();
    expect(evidence.knows('groups')).toBe(false);
    expect(evidence.paths('groups')).toEqual([]);
  });

  it('counts records', () => {
    expect([evidence.count('users'), evidence.count('groups'), evidence.knows('users')]).toEqual([
      2,
      0,
      true,
    ]);
  });

  it('does not look deeper than six levels', () => {
    const deep = new Evidence();
    deep.add('x', { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } });
    expect(deep.paths('x')).toEqual(['a', 'a.b', 'a.b.c', 'a.b.c.d', 'a.b.c.d.e', 'a.b.c.d.e.f']);
  });

  it('takes anything for a record', () => {
    const odd = new Evidence();
    for (const record of [null, 1, 'x', [], [[{ a: 1 }]]]) odd.add('x', record);
    expect(odd.paths('x')).toEqual(['a']);
  });
});
