/** Which of several matches of a join is the newest: timestamps as text that sorts by time. */
import { parseInstant } from '../checkpoint/instant.ts';

/** Nanoseconds from the year 0 to the epoch: no RFC 3339 instant lies before. */
const BEFORE_ALL = 62_167_219_200_000_000_000n;
/** Digits of the last instant of the year 9999, west of Greenwich. */
const WIDTH = 21;

/**
 * Fixed-width digits that sort as the instant does, at nanosecond precision; "", which sorts before all of them, for what is
 * not an RFC 3339 timestamp.
 */
export function timestampRank(value: unknown): string {
  const instant = parseInstant(value);
  return instant === undefined ? '' : String(instant + BEFORE_ALL).padStart(WIDTH, '0');
}
