/** What does this run ask for: everything, or what moved since the checkpoint? */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { addMilliseconds, formatInstant, parseInstant } from '../checkpoint/instant.ts';
import type { Cursor } from '../compile/connector.ts';

export interface ScanPlan {
  kind: 'full' | 'incremental';
  /** The instant to ask from; absent when the run asks without a cursor. */
  from?: string;
  /** Why, in words for the trace and the summary. */
  why: string;
}

/**
 * The first run, `--full` and the regular sweep ask for everything; in between the cursor asks for what moved, from the
 * greatest instant seen less the overlap, rounded down to whole seconds. A cursor with a `start` never asks for more than that.
 * @param now milliseconds since the epoch
 */
export function planScan(
  cursor: Cursor | undefined,
  checkpoint: Checkpoint | undefined,
  now: number,
  isFullAsked: boolean,
): ScanPlan {
  if (!cursor) return { kind: 'full', why: 'the stream has no cursor' };
  const start = cursor.startMs === undefined ? undefined : instantOf(now - cursor.startMs);
  const asked = (why: string): ScanPlan => ({
    kind: 'full',
    why,
    ...(start !== undefined && { from: start }),
  });
  if (isFullAsked) return asked('asked by --full');
  const watermark = parseInstant(checkpoint?.watermark);
  if (watermark === undefined) return asked('first run');
  const { sweepMs } = cursor;
  const sweptAt = checkpoint?.sweepFinishedAt;
  if (sweepMs !== undefined && (sweptAt === undefined || now - sweptAt >= sweepMs))
    return asked('regular sweep');
  const lowest = addMilliseconds(watermark, -cursor.overlapMs);
  if (cursor.reachMs !== undefined && lowest <= BigInt(Math.floor(now - cursor.reachMs)) * 1_000_000n)
    return asked('changes are told only for a shorter time');
  const from = formatInstant(lowest);
  return { kind: 'incremental', from, why: `changes since ${from}` };
}

/**
 * The watermark after a finished scan: the greatest instant seen that is not in the future, and never less than before.
 * A scan that saw nothing moves it to where it asked from, so that the next one does not ask from further back.
 */
export function watermarkAfter(
  plan: ScanPlan,
  before: string | undefined,
  greatestSeen: bigint | undefined,
  cursor: Cursor,
): string | undefined {
  const asked = parseInstant(plan.from);
  const candidates = [
    parseInstant(before),
    greatestSeen,
    asked === undefined
      ? undefined
      : addMilliseconds(asked, plan.kind === 'incremental' ? cursor.overlapMs : 0),
  ].filter((instant) => instant !== undefined);
  const greatest = candidates.reduce<bigint | undefined>(
    (most, instant) => (most === undefined || instant > most ? instant : most),
    undefined,
  );
  return greatest === undefined ? undefined : formatInstant(greatest, 9);
}

function instantOf(ms: number): string {
  return formatInstant(BigInt(Math.floor(ms)) * 1_000_000n);
}
