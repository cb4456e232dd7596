/** A window of time in the query, as in `since=...&until=...`: the first included, the second not. */
import { comparableGenerated, comparableTime } from './compare-times.ts';
import type { Refusal } from './conditions.ts';
import type { Collection } from './generate/collection.ts';
import type { Matches } from './scan.ts';

export interface WindowSpec {
  field: string;
  since: string;
  until: string;
}

/** The records inside of the window that a query asks for; undefined where it asks for none. */
export function timeWindow(
  spec: WindowSpec,
  query: URLSearchParams,
  collection: Collection,
): Matches | undefined | Refusal {
  const bounds: (string | undefined)[] = [];
  for (const parameter of [spec.since, spec.until]) {
    const text = query.get(parameter);
    const time = text === null ? undefined : comparableTime(text);
    if (text !== null && time === undefined) {
      return { condition: 'bad_query', values: { parameter, value: text } };
    }
    bounds.push(time);
  }
  const [since, until] = bounds;
  if (since === undefined && until === undefined) return undefined;
  const slot = collection.slots.findIndex(({ name }) => name === spec.field);
  return (record) => {
    const value = record.read(slot);
    if (typeof value !== 'string') return false;
    const time = comparableGenerated(value);
    return (since === undefined || time >= since) && (until === undefined || time < until);
  };
}
