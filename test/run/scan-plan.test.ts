import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../engine/checkpoint/checkpoint.ts';
import { parseInstant } from '../../engine/checkpoint/instant.ts';
import type { Cursor } from '../../engine/compile/connector.ts';
import { planScan, watermarkAfter } from '../../engine/run/scan-plan.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 10);

const cursor = (rest: Partial<Cursor> = {}): Cursor => ({
  definition: { field: 'thing.at' },
  field: ['at'],
  query: {},
  overlapMs: HOUR,
  sweepMs: 24 * HOUR,
  ...rest,
});

const checkpoint = (rest: Partial<Checkpoint>): Checkpoint => ({
  version: 1,
  destinations: {},
  counters: { pages: 0, records: 0, events: 0, unchanged: 0, filtered: 0, dead: 0 },
  ...rest,
});

const swept = checkpoint({ watermark: '2026-01-09T22:30:00.9999999Z', sweepFinishedAt: NOW - 1 });

describe('a scan', () => {
  test('asks for what moved, from the watermark less the overlap, rounded down to whole seconds', () => {
    expect(planScan(cursor(), swept, NOW, false)).toEqual({
      kind: 'incremental',
      from: '2026-01-09T21:30:00Z',
      why: 'changes since 2026-01-09T21:30:00Z',
    });
  });

  test.each<[string, Parameters<typeof planScan>]>([
    ['the stream has no cursor', [undefined, swept, NOW, false]],
    ['asked by --full', [cursor(), swept, NOW, true]],
    ['first run', [cursor(), undefined, NOW, false]],
    ['first run', [cursor(), checkpoint({ sweepFinishedAt: NOW }), NOW, false]],
    ['regular sweep', [cursor(), { ...swept, sweepFinishedAt: NOW - 24 * HOUR }, NOW, false]],
    ['regular sweep', [cursor(), checkpoint({ watermark: '2026-01-09T00:00:00Z' }), NOW, false]],
  ])('asks for everything: %s', (why, given) => {
    expect(planScan(...given)).toEqual({ kind: 'full', why });
  });

  test('never sweeps a stream that only grows', () => {
    const { sweepMs: _, ...append } = cursor();
    expect(planScan(append, { ...swept, sweepFinishedAt: 0 }, NOW, false).kind).toBe('incremental');
  });

  test('of a stream with a beginning asks for everything since then', () => {
    const since = cursor({ startMs: 7 * 24 * HOUR });
    for (const plan of [planScan(since, undefined, NOW, false), planScan(since, swept, NOW, true)])
      expect(plan).toMatchObject({ kind: 'full', from: '2026-01-03T00:00:00Z' });
  });
});

describe('the watermark after a finished scan', () => {
  const full = planScan(cursor(), undefined, NOW, false);
  const moved = planScan(cursor(), swept, NOW, false);

  test('is the greatest instant seen, to the last digit', () => {
    const seen = parseInstant('2026-01-09T23:00:00.123456789Z');
    expect(watermarkAfter(full, undefined, seen, cursor())).toBe('2026-01-09T23:00:00.123456789Z');
  });

  test('never goes back', () => {
    const seen = parseInstant('2026-01-01T00:00:00Z');
    for (const plan of [full, moved])
      expect(watermarkAfter(plan, swept.watermark, seen, cursor())).toBe('2026-01-09T22:30:00.999999900Z');
    expect(watermarkAfter(moved, swept.watermark, undefined, cursor())).toBe(
      '2026-01-09T22:30:00.999999900Z',
    );
  });

  test('is none where nothing bore an instant', () => {
    expect(watermarkAfter(full, undefined, undefined, cursor())).toBeUndefined();
  });

  test('is where the scan began when a stream with a beginning had nothing', () => {
    const since = cursor({ startMs: 24 * HOUR });
    expect(watermarkAfter(planScan(since, undefined, NOW, false), undefined, undefined, since)).toBe(
      '2026-01-09T00:00:00.000000000Z',
    );
  });
});
