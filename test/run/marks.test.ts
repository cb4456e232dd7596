import { describe, expect, test } from 'vitest';
import type { Stream } from '../../engine/compile/connector.ts';
import { Marks } from '../../engine/run/marks.ts';
import type { ScanPlan } from '../../engine/run/scan-plan.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 10);
const FULL: ScanPlan = { kind: 'full', why: 'first run' };
const MOVED: ScanPlan = { kind: 'incremental', from: '2026-01-08T00:00:00Z', why: 'changes' };

/** Without sweeps where they take no time. */
function streamWith(sweepMs = 24 * HOUR): Stream {
  return {
    cursor: {
      definition: { field: 'thing.at' },
      field: ['at'],
      query: {},
      overlapMs: HOUR,
      ...(sweepMs && { sweepMs }),
    },
    onlyNew: { field: ['born'], name: 'thing.born' },
  } as unknown as Stream;
}

describe('the watermark', () => {
  test('is of the records seen, whether or not they were emitted', () => {
    const marks = new Marks(streamWith(), undefined, FULL, NOW);
    for (const at of ['2026-01-09T00:00:00Z', '2026-01-09T12:00:00Z', '2026-01-01T00:00:00Z', 'soon', null])
      marks.noteSeen({ at });
    expect(marks.remembered(true).watermark).toBe('2026-01-09T12:00:00.000000000Z');
  });

  test('is moved by no instant after now: a clock gone wrong would hide all that comes before it', () => {
    const marks = new Marks(streamWith(), undefined, FULL, NOW);
    for (const at of ['2026-01-09T00:00:00Z', '2026-01-10T00:00:00.000000001Z', '9999-12-31T23:59:59Z'])
      marks.noteSeen({ at });
    expect(marks.remembered(true).watermark).toBe('2026-01-09T00:00:00.000000000Z');
    marks.noteSeen({ at: '2026-01-10T00:00:00Z' });
    expect(marks.remembered(true).watermark).toBe('2026-01-10T00:00:00.000000000Z');
  });

  test('moves with a finished scan only, as do the sweep and the newest', () => {
    const before = {
      watermark: '2026-01-08T01:00:00Z',
      sweepFinishedAt: 5,
      newest: { 'thing.born': '2025-01-01T00:00:00Z' },
    };
    const marks = new Marks(streamWith(), before, FULL, NOW);
    const record = { at: '2026-01-09T00:00:00Z', born: '2026-01-02T00:00:00Z' };
    marks.noteSeen(record);
    marks.noteEmitted(record);
    expect(marks.remembered(false)).toEqual(before);
    expect(marks.remembered(true)).toEqual({
      watermark: '2026-01-09T00:00:00.000000000Z',
      sweepFinishedAt: NOW,
      newest: { 'thing.born': '2026-01-02T00:00:00.000000000Z' },
    });
  });

  test('of a run between two sweeps does not count as a sweep', () => {
    const marks = new Marks(
      streamWith(),
      { watermark: '2026-01-08T01:00:00Z', sweepFinishedAt: 5 },
      MOVED,
      NOW,
    );
    expect(marks.remembered(true)).toMatchObject({
      sweepFinishedAt: 5,
      watermark: '2026-01-08T01:00:00.000000000Z',
    });
  });
});

describe('only_new', () => {
  const before = {
    newest: { 'thing.born': '2026-01-05T00:00:00.5Z', 'thing.other': '2026-01-01T00:00:00Z' },
  };

  test('takes what is at or after the newest, and nothing without an instant', () => {
    const marks = new Marks(streamWith(), before, FULL, NOW);
    const isNew = (born: unknown) => marks.isNew({ born });
    expect(
      ['2026-01-05T00:00:00.5Z', '2026-01-05T00:00:00.5000001Z', '2026-01-05T01:00:00.500+01:00'].map(isNew),
    ).toEqual([true, true, true]);
    expect(['2026-01-05T00:00:00.4999999Z', null, undefined, ''].map(isNew)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test('takes everything where nothing was emitted before', () => {
    expect(new Marks(streamWith(), undefined, FULL, NOW).isNew({})).toBe(true);
  });

  test('is not loosened by what a scan emits, and never goes back', () => {
    const marks = new Marks(streamWith(), before, FULL, NOW);
    marks.noteEmitted({ born: '2026-01-09T00:00:00Z' });
    expect(marks.isNew({ born: '2026-01-06T00:00:00Z' })).toBe(true);
    const old = new Marks(streamWith(), before, FULL, NOW);
    old.noteEmitted({ born: '2026-01-01T00:00:00Z' });
    expect(old.remembered(true).newest).toEqual({
      'thing.born': '2026-01-05T00:00:00.500000000Z',
      'thing.other': '2026-01-01T00:00:00Z',
    });
  });
});

describe('what an append-only stream has seen', () => {
  const append = streamWith(0);

  test('is forgotten once it lies before the overlap, and a rank tells', () => {
    const marks = new Marks(append, undefined, FULL, NOW);
    const limit = marks.prune('2026-01-09T12:00:00Z').pruneBefore ?? '';
    expect((marks.rankOf({ at: '2026-01-09T10:59:59.999Z' }) ?? '') < limit).toBe(true);
    expect((marks.rankOf({ at: '2026-01-09T11:00:00Z' }) ?? '') < limit).toBe(false);
    expect(marks.rankOf({ at: 'never' })).toBeUndefined();
  });

  test('is kept for ever where sweeps ask for everything', () => {
    const marks = new Marks(streamWith(), undefined, FULL, NOW);
    expect(marks.prune('2026-01-09T12:00:00Z')).toEqual({});
    expect(marks.rankOf({ at: '2026-01-09T11:00:00Z' })).toBeUndefined();
  });
});
