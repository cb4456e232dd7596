/** What does this run ask for: everything, or what moved since the checkpoint? */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { addMilliseconds, formatInstant, instantOfMs, parseInstant } from '../checkpoint/instant.ts';
import type { Cursor } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import { SLICE_MIN_MS } from '../limits.ts';

export interface ScanPlan {
  /** `replay`: nothing is asked for, and nothing of time is moved. */
  kind: 'full' | 'incremental' | 'replay';
  /** The instant to ask from; absent when the run asks without a cursor. */
  from?: string;
  /** Where a slice begins, without what it asks for again. */
  mark?: string;
  /** The instant to ask up to, the end of a slice; absent where a scan has none. */
  to?: string;
  /** Another slice follows. */
  goesOn?: boolean;
  /** Why, in words for the trace and the summary. */
  why: string;
}

const SLICE_GROWTH = 1.125;
/** A watermark that is further ahead of this machine's clock than this says that one of them is wrong. */
const AHEAD_MAX_MS = 60_000;

/**
 * The first run, `--full` and the regular sweep ask for everything; in between the cursor asks for what moved, from the
 * watermark less the overlap, rounded down to whole seconds. A cursor with a `start` never asks for more than that. A scan
 * that did not come to its end asks the same again. With slices the upper bound is at most a slice after the watermark.
 * @param now milliseconds since the epoch
 * @throws EngineError `state-watermark-ahead` where a slice would end before what was asked for already
 */
export function planScan(
  cursor: Cursor | undefined,
  checkpoint: Checkpoint | undefined,
  now: number,
  isFullAsked: boolean,
): ScanPlan {
  if (!cursor) return { kind: 'full', why: 'the stream has no cursor' };
  const start = cursor.startMs === undefined ? undefined : instantOfMs(now - cursor.startMs);
  const slices = sliceRule(cursor, checkpoint, now);
  const asked = (why: string): ScanPlan =>
    start === undefined ? { kind: 'full', why } : { ...slices.after(start), kind: 'full', why };
  if (isFullAsked) return asked('asked by --full');
  const underWay = checkpoint?.scan;
  if (underWay) {
    const { question: _, ...scan } = underWay;
    return { ...scan, ...slices.goesOn(scan.to), why: `the scan from ${scan.from} that did not end` };
  }
  const watermark = parseInstant(checkpoint?.watermark);
  if (watermark === undefined) return asked('first run');
  const { sweepMs } = cursor;
  const sweptAt = checkpoint?.sweepFinishedAt;
  if (sweepMs !== undefined && (sweptAt === undefined || now - sweptAt >= sweepMs))
    return asked('regular sweep');
  const lowest = addMilliseconds(watermark, -cursor.overlapMs);
  if (cursor.reachMs !== undefined && lowest <= addMilliseconds(instantOfMs(now), -cursor.reachMs))
    return asked('changes are told only for a shorter time');
  const from = formatInstant(lowest);
  return { kind: 'incremental', ...slices.after(watermark), from, why: `changes since ${from}` };
}

/** The slice of a scan of everything that follows on one that came to its end; undefined when that was the last. */
export function sliceAfter(
  plan: ScanPlan,
  cursor: Cursor | undefined,
  checkpoint: Checkpoint | undefined,
  now: number,
): ScanPlan | undefined {
  const to = parseInstant(plan.to);
  if (!cursor || !plan.goesOn || plan.kind !== 'full' || to === undefined) return undefined;
  const from = formatInstant(addMilliseconds(to, -cursor.overlapMs));
  return { kind: 'full', ...sliceRule(cursor, checkpoint, now).after(to), from, why: plan.why };
}

/**
 * The watermark after a finished scan: the end of its slice, or the greatest instant seen that is not in the future, and never
 * less than before. A scan that saw nothing moves it to where it asked from, so that the next one does not ask from further back.
 */
export function watermarkAfter(
  plan: ScanPlan,
  before: string | undefined,
  greatestSeen: bigint | undefined,
  cursor: Cursor,
): string | undefined {
  const asked = parseInstant(plan.from);
  const to = parseInstant(plan.to);
  const reached = asked && addMilliseconds(asked, plan.kind === 'incremental' ? cursor.overlapMs : 0);
  // What lies beyond a slice will be asked for: a record there moves nothing.
  const candidates = [parseInstant(before), ...(to === undefined ? [greatestSeen, reached] : [to])];
  const greatest = candidates.reduce<bigint | undefined>(
    (most, instant) => (instant !== undefined && (most === undefined || instant > most) ? instant : most),
    undefined,
  );
  return greatest === undefined ? undefined : formatInstant(greatest, 9);
}

/** The first half of a slice that is too long for the vendor; undefined for one that cannot be cut. */
export function halved(plan: ScanPlan): { plan: ScanPlan; sliceMs: number } | undefined {
  const [mark, to] = [parseInstant(plan.mark), parseInstant(plan.to)];
  if (mark === undefined || to === undefined) return undefined;
  const sliceMs = Math.floor(Number((to - mark) / 2_000_000n));
  if (sliceMs < SLICE_MIN_MS) return undefined;
  const half = formatInstant(addMilliseconds(mark, sliceMs));
  return { plan: { ...plan, to: half, goesOn: true }, sliceMs };
}

/** After a finished slice the next one may be longer again, until it is as long as declared. */
export function sliceAfterSuccess(
  sliceMs: number | undefined,
  cursor: Cursor | undefined,
): number | undefined {
  if (sliceMs === undefined || cursor?.sliceMs === undefined) return undefined;
  const longer = Math.ceil(sliceMs * SLICE_GROWTH);
  return longer < cursor.sliceMs ? longer : undefined;
}

/** How a scan is cut: nothing is, without `slice`. */
function sliceRule(cursor: Cursor, checkpoint: Checkpoint | undefined, now: number) {
  const { sliceMs, settleMs = 0, overlapMs } = cursor;
  // In whole seconds, as it is sent: what the vendor is not asked for is not taken as seen.
  const settled = parseInstant(formatInstant(instantOfMs(now - settleMs))) as bigint;
  const goesOn = (to: string | undefined): { goesOn?: boolean } => {
    const end = parseInstant(to);
    return end !== undefined && end < settled ? { goesOn: true } : {};
  };
  const after = (mark: bigint): Pick<ScanPlan, 'from' | 'mark' | 'to' | 'goesOn'> => {
    const from = formatInstant(mark);
    if (sliceMs === undefined) return { from };
    if (mark > addMilliseconds(instantOfMs(now), Math.max(overlapMs, AHEAD_MAX_MS))) throw ahead(from, now);
    const end = addMilliseconds(mark, Math.min(sliceMs, checkpoint?.sliceMs ?? sliceMs));
    const to = formatInstant(end < settled ? end : mark < settled ? settled : mark);
    return { from, mark: from, to, ...goesOn(to) };
  };
  return { after, goesOn };
}

function ahead(watermark: string, now: number): EngineError {
  return new EngineError({
    code: 'state-watermark-ahead',
    kind: 'state',
    message: `the watermark is ${watermark}, and this machine's clock says ${formatInstant(instantOfMs(now))}: one of them was set wrong, and what lies between would be passed over`,
    fix: 'set the clock, or set the watermark back to a time that is known to be complete',
  });
}
