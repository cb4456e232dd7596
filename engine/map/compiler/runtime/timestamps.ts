/** When is a timestamp? A faster way to read the form that APIs write: ISO 8601 with a time, in UTC. */

/** Milliseconds since the epoch; undefined for any other text, and where `Date.parse` should decide. */
export function timeOf(text: string): number | undefined {
  const end = text.length - 1;
  if (end < SECONDS_END || text.charCodeAt(end) !== Z) return undefined;
  const hasSeparators =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON;
  if (!hasSeparators) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Days that the month does not have in all years, and years that are read otherwise, are left to `Date.parse`.
  const isCertain =
    year >= 1000 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= (DAYS[month] as number) &&
    hour >= 0 &&
    hour <= 23 &&
    minute >= 0 &&
    minute <= 59 &&
    second >= 0 &&
    second <= 59;
  if (!isCertain) return undefined;
  const fraction = end === SECONDS_END ? 0 : milliseconds(text, end);
  if (fraction < 0) return undefined;
  return (((daysTo(year, month) + day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction;
}

/** By month: how many days it has every year. */
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days from the epoch to the first of a month, less one (counted from March, so that a leap day is a year's last). */
function daysTo(year: number, month: number): number {
  // One way for all months: V8 throws its code away where it meets another.
  const early = month <= 2 ? 1 : 0;
  const march = year - early;
  const days = ((153 * (month + 12 * early - 3) + 2) / 5) | 0;
  const leaps = ((march / 4) | 0) - ((march / 100) | 0) + ((march / 400) | 0);
  return march * 365 + leaps + days - DAYS_TO_EPOCH;
}

/** From the first of March of the year 0 to the last day of 1969. */
const DAYS_TO_EPOCH = 719_469;

const SECONDS_END = 19;
/** V8 reads more digits of a second in its own way. */
const DIGITS_END = SECONDS_END + 10;
/** The third digit after the dot. */
const MILLISECONDS_END = 22;
const [DASH, DOT, COLON, T, Z, ZERO, NINE] = [45, 46, 58, 84, 90, 48, 57] as const;

/** Two digits as a number; for anything else one so small that no year with it is one. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - ZERO, text.charCodeAt(at + 1) - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NONE;
}

const NONE = -10_000;

/** The first three digits after the dot, the others dropped; -1 where there is none or anything but digits. */
function milliseconds(text: string, end: number): number {
  if (text.charCodeAt(SECONDS_END) !== DOT || end === SECONDS_END + 1 || end > DIGITS_END) return -1;
  let value = 0;
  for (let index = SECONDS_END + 1; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) return -1;
    if (index <= MILLISECONDS_END) value = value * 10 + code - ZERO;
  }
  for (let index = end; index <= MILLISECONDS_END; index++) value *= 10;
  return value;
}
