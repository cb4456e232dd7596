import { describe, expect, it } from 'vitest';
import { paintFor } from '../../engine/report/paint.ts';

const RED = '\u001b[31mx\u001b[39m';

describe('paintFor', () => {
  it.each([
    ['a terminal', true, {}, RED],
    ['no terminal', false, {}, 'x'],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, 'x'],
    ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, RED],
    ['no terminal with FORCE_COLOR', false, { FORCE_COLOR: '1' }, RED],
    ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, 'x'],
    ['both NO_COLOR and FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, 'x'],
    ['a dumb terminal', true, { TERM: 'dumb' }, 'x'],
  ])('decides for %s', (_, isTTY, variables, expected) => {
    expect(paintFor({ isTTY }, variables).red('x')).toBe(expected);
  });
});
