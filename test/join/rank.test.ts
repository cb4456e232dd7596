import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant } from '../../engine/checkpoint/instant.ts';
import { timestampRank } from '../../engine/join/rank.ts';

describe('timestampRank', () => {
  it('sorts as the instants do, whatever their offset', () => {
    const pad = (value: number) => String(value).padStart(2, '0');
    const stamp = fc
      .record({
        instant: fc.bigInt({ min: -62_135_596_800_000_000_000n, max: 253_402_300_799_999_999_999n }),
        sign: fc.constantFrom('+', '-'),
        hours: fc.integer({ min: 0, max: 23 }),
        minutes: fc.integer({ min: 0, max: 59 }),
      })
      .map(({ instant, sign, hours, minutes }) =>
        formatInstant(instant, 9).replace('Z', `${sign}${pad(hours)}:${pad(minutes)}`),
      );
    fc.assert(
      fc.property(stamp, stamp, (a, b) => {
        const [x, y] = [parseInstant(a) ?? 0n, parseInstant(b) ?? 0n];
        const order = x < y ? -1 : x > y ? 1 : 0;
        const [rankX, rankY] = [timestampRank(a), timestampRank(b)];
        expect(rankX < rankY ? -1 : rankX > rankY ? 1 : 0).toBe(order);
        expect(rankX).toHaveLength(rankY.length);
      }),
    );
  });

  it('tells nanoseconds apart', () => {
    const [a, b] = ['2024-01-01T00:00:00.000000001Z', '2024-01-01T00:00:00.000000002Z'].map(timestampRank);
    expect(a && b && a < b).toBe(true);
  });

  it('covers the corners of the calendar with one width', () => {
    const corners = ['0001-01-01T00:00:00+23:59', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'];
    const ranks = corners.map(timestampRank);
    expect(ranks.toSorted()).toEqual(ranks);
    expect(new Set(ranks.map((rank) => rank.length)).size).toBe(1);
  });

  it.each(['', 'yesterday', '2024-01-01', null, undefined, 5])('puts %j before everything', (value) => {
    expect(timestampRank(value)).toBe('');
  });
});
