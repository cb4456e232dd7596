/** The order that an endpoint gives its records in: what `$orderby` asks for, else the vendor's own. */
import { comparableGenerated } from './compare-times.ts';
import type { Refusal } from './conditions.ts';
import type { Collection } from './generate/collection.ts';
import { Cursor } from './generate/cursor.ts';
import type { Order } from './scan.ts';

export interface OrderSpec {
  /** The parameter that asks for an order; without it there is only the default. */
  parameter?: string;
  /** Fields with times that may be ordered by. */
  fields?: string[];
  /** `FIELD asc` or `FIELD desc`. */
  default?: string;
}

/** What a query asks for, as `FIELD asc` or `FIELD desc`; undefined for the order of the collection. */
export function orderIn(spec: OrderSpec | undefined, query: URLSearchParams): string | undefined | Refusal {
  const asked = spec?.parameter === undefined ? null : query.get(spec.parameter);
  if (asked === null) return spec?.default;
  const [field = '', direction = 'asc', ...rest] = asked.trim().split(/\s+/);
  const isKnown = spec?.fields?.includes(field) && ['asc', 'desc'].includes(direction) && rest.length === 0;
  if (!isKnown) return { condition: 'bad_query', values: { parameter: spec?.parameter, value: asked } };
  return `${field} ${direction}`;
}

/** All indices of a step in an order; records of one time by their index. */
export function orderOf(collection: Collection, epoch: number, asked: string): Order {
  const [field = '', direction] = asked.split(' ');
  const slot = collection.slotOf(field);
  const cursor = new Cursor(collection);
  const total = collection.total(epoch);
  const times: string[] = [];
  for (let index = 0; index < total; index++) {
    const value = cursor.seek(index, epoch).read(slot);
    times.push(typeof value === 'string' ? comparableGenerated(value) : '');
  }
  const sign = direction === 'desc' ? -1 : 1;
  const indices = times.map((_, index) => index);
  indices.sort((a, b) => {
    const [one, other] = [times[a] as string, times[b] as string];
    return one === other ? a - b : one < other ? -sign : sign;
  });
  const places: number[] = [];
  for (const [place, index] of indices.entries()) places[index] = place;
  return { indices, places };
}
