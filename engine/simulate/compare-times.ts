/** Times of different precision made comparable as texts, to a ten-millionth of a second. */

/** `YYYY-MM-DDTHH:MM:SS.fffffffZ` for an RFC 3339 time or a plain date (UTC); undefined for any other text. */
export function comparableTime(text: string): string | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/i.exec(
    text,
  );
  if (!found) return undefined;
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = found;
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(ms)) return undefined;
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.slice(0, 7).padEnd(7, '0')}Z`;
}

/** The same for a text that a generator made, which is in UTC and well formed. */
export function comparableGenerated(text: string): string {
  return text.length === 20 ? `${text.slice(0, 19)}.0000000Z` : `${text.slice(0, -1).padEnd(27, '0')}Z`;
}
