import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, parseRetryAfter, waitFor } from '../../engine/http/backoff.ts';
import { BACKOFF_MAX_MS } from '../../engine/limits.ts';

const NOW = Date.UTC(2025, 2, 1, 12, 0, 0);
const DAY = 24 * 3600 * 1000;

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    ['0.0001', 1],
    ['Sat, 01 Mar 2025 12:01:00 GMT', 60_000],
    ['Saturday, 01-Mar-25 12:01:00 GMT', 60_000],
    ['Sat Mar  1 12:01:00 2025', 60_000],
    ['Sat, 01 Mar 2025 11:00:00 GMT', 0],
    ['Sat, 01 Mar 2055 12:00:00 GMT', DAY],
    ['1740830400', DAY],
    [`1${'0'.repeat(400)}`, DAY],
  ])('reads `%s`', (value, ms) => {
    expect(parseRetryAfter(value, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    '-5',
    'soon',
    '1e3',
    '0x10',
    '5s',
    '1,5',
    'NaN',
    'Infinity',
    '2025-03-01',
    'Sat, 99 Mar 2025 12:01:00 GMT',
  ])('ignores `%s`', (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });

  it('gives nothing, or whole milliseconds within a day, for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseRetryAfter(text, NOW);
        expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= DAY)).toBe(true);
      }),
    );
  });
});

describe('backoffMs', () => {
  const most = () => 1 - Number.EPSILON;

  it('doubles from a second and stops at a minute', () => {
    const caps = [1, 2, 3, 4, 5, 6, 7, 8, 5000].map((attempt) =>
      Math.round((backoffMs(attempt, most) + 1) / 1000),
    );
    expect(caps).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('spreads over the whole range', () => {
    expect(backoffMs(3, () => 0)).toBe(0);
    expect(backoffMs(3, () => 0.5)).toBe(2000);
  });
});

describe('waitFor', () => {
  it('never undercuts what the vendor asked for, and adds a jitter', () => {
    expect(waitFor({ afterMs: 90_000 }, 1, () => 0)).toBe(90_000);
    expect(waitFor({ afterMs: 90_000 }, 1, () => 0.5)).toBe(90_500);
    fc.assert(
      fc.property(
        fc.nat(DAY),
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (afterMs, attempt, random) => waitFor({ afterMs }, attempt, () => random) >= afterMs,
      ),
    );
  });

  it('backs off longer than asked when attempts pile up', () => {
    expect(waitFor({ afterMs: 1000 }, 10, () => 0.9)).toBeGreaterThan(BACKOFF_MAX_MS * 0.9 - 1);
  });

  it('does not wait with a new token, and backs off otherwise', () => {
    expect(waitFor('new_token', 3, () => 0.9)).toBe(0);
    expect(waitFor('backoff', 3, () => 0.5)).toBe(2000);
  });
});
