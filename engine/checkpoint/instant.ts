/** An instant as nanoseconds since the Unix epoch: RFC 3339 text in and out, without losing a digit. */

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z: the first and the last instant that RFC 3339 can write in UTC. */
const FIRST = -62_135_596_800n * NANOSECONDS_PER_SECOND;
const LAST = 253_402_300_800n * NANOSECONDS_PER_SECOND - 1n;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/i;

/**
 * Nanoseconds since the epoch of an RFC 3339 `date-time` (section 5.6) with up to 9 fraction digits and a year from 0001;
 * undefined for anything else: a missing zone or second, a date that no calendar has, a leap second (which has no number here).
 */
export function parseInstant(text: unknown): bigint | undefined {
  if (typeof text !== 'string') return undefined;
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetMinutes(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (offset === undefined) return undefined;
  const local = new Date(0);
  // The setter takes years below 100 as they are; Date.UTC would read them as 19xx.
  local.setUTCFullYear(year, month - 1, day);
  const seconds = local.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second;
  return BigInt(seconds) * NANOSECONDS_PER_SECOND + BigInt((match[7] ?? '').padEnd(9, '0'));
}

/**
 * RFC 3339 text in UTC with `digits` (0 to 9) fraction digits, rounded down, so that a lower bound made of it misses nothing.
 * An instant outside of the years 0001 to 9999 is written as the nearest one inside.
 */
export function formatInstant(instant: bigint, digits = 0): string {
  const inside = instant < FIRST ? FIRST : instant > LAST ? LAST : instant;
  const fraction = modulo(inside, NANOSECONDS_PER_SECOND);
  const seconds = Number((inside - fraction) / NANOSECONDS_PER_SECOND);
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${date}Z` : `${date}.${String(fraction).padStart(9, '0').slice(0, digits)}Z`;
}

/** The instant `milliseconds` later, or earlier where negative; a fraction of a millisecond is rounded down. */
export function addMilliseconds(instant: bigint, milliseconds: number): bigint {
  return instant + instantOfMs(milliseconds);
}

/** The instant so many milliseconds after the epoch; a fraction of a millisecond is rounded down. */
export function instantOfMs(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds)) * 1_000_000n;
}

/** Milliseconds since the epoch, without what is finer. */
export function msOfInstant(instant: bigint): number {
  return Number(instant / 1_000_000n);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Minutes east of UTC; undefined for an offset that no clock shows. */
function offsetMinutes(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** The remainder that is never negative. */
function modulo(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}
