import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_FUNCTIONS } from '../../engine/map/built-in-functions.ts';

describe('BUILT_IN_FUNCTIONS', () => {
  it('are those that the package registers', () => {
    const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
    const registered = [...source.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)', defineFunction/g)];
    expect([...BUILT_IN_FUNCTIONS].sort()).toEqual([...new Set(registered.map((match) => match[1]))].sort());
  });
});
