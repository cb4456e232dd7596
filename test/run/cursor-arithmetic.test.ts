/** The arithmetic of a cursor against a simple model: a vendor as a set of records, and what was shown of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Checkpoint, firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { addMilliseconds, formatInstant, parseInstant } from '../../engine/checkpoint/instant.ts';
import type { Cursor } from '../../engine/compile/connector.ts';
import { ScanCourse } from '../../engine/run/scan-course.ts';
import { halved, planScan, watermarkAfter } from '../../engine/run/scan-plan.ts';

const NOW = Date.UTC(2026, 0, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RUNS = { numRuns: 1_000 };

const instants = fc.bigInt({
  min: BigInt(Date.UTC(2025, 0, 1)) * 1_000_000n,
  max: BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n,
});

describe('instants', () => {
  test('are kept to the ninth digit, whatever the zone they are written in', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -23 * 60, max: 23 * 60 }), (instant, zone) => {
        const local = formatInstant(addMilliseconds(instant, zone * MINUTE), 9).slice(0, -1);
        const [hours, minutes] = [Math.floor(Math.abs(zone) / 60), Math.abs(zone) % 60];
        const sign = zone < 0 ? '-' : '+';
        const offset = `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        expect(parseInstant(`${local}${offset}`)).toBe(instant);
      }),
      RUNS,
    );
  });

  test('are rounded down, never up, and by less than a unit of the last digit', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 9 }), (instant, digits) => {
        const rounded = parseInstant(formatInstant(instant, digits)) as bigint;
        expect(rounded <= instant).toBe(true);
        expect(instant - rounded < 10n ** BigInt(9 - digits)).toBe(true);
      }),
      RUNS,
    );
  });
});

const cursors = fc.record({
  overlapMs: fc.integer({ min: 1_000, max: 2 * HOUR }),
  slice: fc.option(fc.integer({ min: MINUTE, max: 24 * HOUR }), { nil: undefined }),
  settleMs: fc.integer({ min: 0, max: 10 * MINUTE }),
});

function cursorOf({
  overlapMs,
  slice,
  settleMs,
}: {
  overlapMs: number;
  slice?: number | undefined;
  settleMs: number;
}): Cursor {
  return {
    definition: { field: 'thing.at' },
    field: ['at'],
    query: {},
    overlapMs,
    startMs: 24 * HOUR,
    ...(slice !== undefined && { sliceMs: slice, settleMs }),
  };
}

describe('a scan', () => {
  test('asks from at most the watermark less the overlap, and no second earlier', () => {
    fc.assert(
      fc.property(cursors, instants, (shape, mark) => {
        const cursor = cursorOf(shape);
        const checkpoint = { ...firstCheckpoint(), watermark: formatInstant(mark, 9) };
        const { from, to } = planScan(cursor, checkpoint, NOW, false);
        const low = parseInstant(from) as bigint;
        const wanted = addMilliseconds(mark, -shape.overlapMs);
        expect(low <= wanted && wanted - low < 1_000_000_000n).toBe(true);
        if (shape.slice === undefined) {
          expect(to).toBeUndefined();
          return;
        }
        const high = parseInstant(to) as bigint;
        const settled = BigInt(NOW - shape.settleMs) * 1_000_000n;
        expect(high <= (settled > mark ? settled : mark)).toBe(true);
        expect(high <= addMilliseconds(mark, shape.slice)).toBe(true);
      }),
      RUNS,
    );
  });

  test('moves the watermark forward only, and never beyond what was asked for', () => {
    fc.assert(
      fc.property(cursors, instants, instants, (shape, mark, seen) => {
        const cursor = cursorOf(shape);
        const before = formatInstant(mark, 9);
        const plan = planScan(cursor, { ...firstCheckpoint(), watermark: before }, NOW, false);
        const after = parseInstant(watermarkAfter(plan, before, seen, cursor)) as bigint;
        expect(after >= mark).toBe(true);
        const most = parseInstant(plan.to) ?? (seen > mark ? seen : mark);
        expect(after <= (most > mark ? most : mark)).toBe(true);
      }),
      RUNS,
    );
  });

  test('a slice that is cut begins where it began, and comes to less', () => {
    fc.assert(
      fc.property(cursors, instants, (shape, mark) => {
        const cursor = cursorOf({ ...shape, slice: shape.slice ?? HOUR });
        const plan = planScan(
          cursor,
          { ...firstCheckpoint(), watermark: formatInstant(mark, 9) },
          NOW,
          false,
        );
        const half = halved(plan);
        if (!half) return;
        expect(half.plan).toMatchObject({ from: plan.from, mark: plan.mark, goesOn: true });
        expect((half.plan.to as string) < (plan.to as string)).toBe(true);
        expect((half.plan.to as string) > (plan.mark as string)).toBe(true);
      }),
      RUNS,
    );
  });
});

/** A record, and from when the vendor shows it. */
interface Shown {
  at: bigint;
  visibleAt: bigint;
}

/** Runs at the given times; some break off, some have their slice cut. Gives the records that were never shown. */
function missedOf(
  cursor: Cursor,
  records: readonly Shown[],
  polls: readonly { after: number; fate: string }[],
): Shown[] {
  const left = new Set(records);
  let checkpoint: Checkpoint = firstCheckpoint();
  let now = NOW;
  for (const { after, fate } of [...polls, { after: 3 * HOUR, fate: 'ends' }]) {
    now += after;
    const course = new ScanCourse({
      stream: { cursor, endpoint: { definition: {} } } as never,
      now,
      isFullAsked: false,
    });
    for (let goesOn = true, scans = 0; goesOn; scans++) {
      if (scans > 10_000) throw new Error('the scans never end');
      const plan = course.begin(checkpoint);
      const { scan } = course.underWay();
      if (scan) checkpoint = { ...checkpoint, scan };
      if (fate === 'breaks' && scans === 1) break;
      if (fate === 'cut' && scans === 0 && course.halve()) {
        checkpoint = course.cut(checkpoint);
        continue;
      }
      const [low, high] = [parseInstant(plan.from), parseInstant(plan.to)];
      const shown = records.filter(
        ({ at, visibleAt }) =>
          visibleAt <= BigInt(now) * 1_000_000n && at >= (low ?? 0n) && (high === undefined || at <= high),
      );
      for (const record of shown) left.delete(record);
      const greatest = shown.reduce<bigint | undefined>(
        (most, { at }) => (most === undefined || at > most ? at : most),
        undefined,
      );
      const watermark = watermarkAfter(plan, checkpoint.watermark, greatest, cursor);
      const { scan: _, sliceMs: __, ...rest } = checkpoint;
      checkpoint = { ...rest, ...(watermark !== undefined && { watermark }), ...course.ended(checkpoint) };
      goesOn = plan.goesOn === true;
    }
  }
  return [...left];
}

/** Records of some hours, each shown at most so late; and runs that end, break off, or are cut. */
const histories = (latenessMs: number) =>
  fc.record({
    records: fc.array(
      fc.record({
        at: fc.bigInt({
          min: BigInt(NOW - 5 * HOUR) * 1_000_000n,
          max: BigInt(NOW + 20 * HOUR) * 1_000_000n,
        }),
        late: fc.integer({ min: 0, max: latenessMs }),
      }),
      { minLength: 1, maxLength: 30 },
    ),
    polls: fc.array(
      fc.record({
        after: fc.integer({ min: 0, max: 3 * HOUR }),
        fate: fc.constantFrom('ends', 'ends', 'breaks', 'cut'),
      }),
      { minLength: 8, maxLength: 16 },
    ),
  });

const LATENESS = 30 * MINUTE;

test.each<[string, number | undefined]>([
  ['without slices', undefined],
  ['with slices', 2 * HOUR],
  ['with the shortest slices', 5 * MINUTE],
])('every record that is shown within the lateness is asked for while it is shown, %s', (_, slice) => {
  const cursor = cursorOf({ overlapMs: LATENESS + 61_000, slice, settleMs: 30_000 });
  fc.assert(
    fc.property(histories(LATENESS), ({ records, polls }) => {
      const end = NOW + polls.reduce((sum, { after }) => sum + after, 0) + 3 * HOUR;
      const shown = records
        .map(({ at, late }) => ({ at, visibleAt: at + BigInt(late) * 1_000_000n }))
        .filter(({ visibleAt }) => visibleAt <= BigInt(end - 31_000) * 1_000_000n);
      expect(missedOf(cursor, shown, polls)).toEqual([]);
    }),
    { numRuns: slice === undefined ? 300 : 60 },
  );
});

test('the model tells when the overlap is too short', () => {
  const cursor = cursorOf({ overlapMs: 10 * MINUTE, slice: HOUR, settleMs: 0 });
  const property = fc.property(histories(LATENESS), ({ records, polls }) => {
    const shown = records.map(({ at, late }) => ({ at, visibleAt: at + BigInt(late) * 1_000_000n }));
    const end = NOW + polls.reduce((sum, { after }) => sum + after, 0) + 3 * HOUR;
    const visible = shown.filter(({ visibleAt }) => visibleAt <= BigInt(end) * 1_000_000n);
    return missedOf(cursor, visible, polls).length === 0;
  });
  expect(fc.check(property, { numRuns: 300, endOnFailure: true }).failed).toBe(true);
});
