import { describe, expect, it } from 'vitest';
import { durationMs, formatDuration } from '../../engine/compile/duration.ts';

describe('durationMs', () => {
  it.each([
    ['850ms', 850],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('of %s is %d', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '5 m', '1.5h', '-1s', '1h30m', '5M'])('refuses %j', (text) => {
    expect(() => durationMs(text)).toThrow('not a duration');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [999.7, '1.0 s'],
    [2_400, '2.4 s'],
    [59_940, '59.9 s'],
    [59_990, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [119_700, '2 min 0 s'],
    [3_599_600, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
    [7_199_999, '2 h 0 min'],
    [180_000_000, '50 h 0 min'],
  ])('of %d is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
