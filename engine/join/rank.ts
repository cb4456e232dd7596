/** Which of several matches of a join is the newest: timestamps as text that sorts by time. */
import { parseInstant } from '../checkpoint/instant.ts';

/** Nanoseconds from the year 0 to the epoch: no RFC 3339 instant lies before. */
const BEFORE_ALL = 62_167_219_200_000_000_000n;
/** Digits of the last instant of the year 9999, west of Greenwich. */
const WIDTH = 21;

/** A date and a time with a blank between them and without a zone, as databases print them: taken as UTC. */
const WITHOUT_ZONE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$/;

/** As `timestampRank`, also for an instant whose zone is left to the reader. */
export function utcRank(value: unknown): string {
  const match = typeof value === 'string' ? WITHOUT_ZONE.exec(value) : null;
  return timestampRank(match ? `${match[1]}T${match[2]}Z` : value);
}

/**
 * Fixed-width digits that sort as the instant does, at nanosecond precision; "", which sorts before all of them, for what is
 * not an RFC 3339 timestamp.
 */
export function timestampRank(value: unknown): string {
  const instant = parseInstant(value);
  return instant === undefined ? '' : String(instant + BEFORE_ALL).padStart(WIDTH, '0');
}
