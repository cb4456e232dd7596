/** The rows that a request is about: all records in an order, what a filter leaves, one record, those below another, or changes. */
import { blockIn } from './change-rows.ts';
import { isRefusal, type Refusal } from './conditions.ts';
import { FilterProblem, odataFilter } from './odata-filter.ts';
import { orderIn } from './order.ts';
import { GivenRows, type Rows } from './rows.ts';
import { type Matches, Scan } from './scan.ts';
import { scimFilter } from './scim-filter.ts';
import { timeWindow } from './time-window.ts';
import type { Endpoint, Vendor } from './vendor.ts';

export interface RowsRequest {
  query: URLSearchParams;
  /** The named segments of the path. */
  segments: Readonly<Record<string, string>>;
  /** The step that is asked about. */
  epoch: number;
}

export function rowsFor(
  vendor: Vendor,
  endpoint: Endpoint,
  { query, segments, epoch }: RowsRequest,
): Rows | Refusal {
  const { spec, collection } = endpoint;
  if (spec.record !== undefined) {
    const key = segments[spec.record] ?? '';
    const index = vendor.indexOf(collection, key, epoch);
    if (index === undefined) return { condition: 'unknown_record', values: { key } };
    return new GivenRows(collection, epoch, [index]);
  }
  if (spec.under) {
    const key = segments[spec.under.segment] ?? '';
    const parent = vendor.collectionNamed(spec.under.collection);
    const index = vendor.indexOf(parent, key, epoch);
    if (index === undefined) return { condition: 'unknown_record', values: { key } };
    return new GivenRows(collection, epoch, collection.childrenOf(index, epoch));
  }
  if (spec.changes) {
    const { changes } = spec;
    const lowered = new URLSearchParams(query);
    for (const [name, value] of query) {
      if (name.toLowerCase() === changes.since.toLowerCase()) lowered.set(changes.since, value);
    }
    const fromMs = blockIn(changes, lowered, vendor.nowMs());
    return typeof fromMs === 'number' ? vendor.changes(endpoint, epoch, fromMs) : fromMs;
  }
  const matches = matchesOf(endpoint, query);
  if (matches && isRefusal(matches)) return matches;
  const order = orderIn(spec.order, query);
  if (typeof order === 'object') return order;
  const filterText = filterIn(endpoint, query) ?? '';
  const bounds = [spec.window?.since, spec.window?.until].map((name) => query.get(name ?? ''));
  const mark = vendor.mark([endpoint.name, epoch, filterText, order, ...bounds].join('\n'));
  const ordered = order === undefined ? undefined : vendor.order(collection, epoch, order);
  return new Scan(collection, epoch, { matches, mark, order: ordered });
}

function matchesOf(endpoint: Endpoint, query: URLSearchParams): Matches | undefined | Refusal {
  const { filter, window } = endpoint.spec;
  const inWindow = window && timeWindow(window, query, endpoint.collection);
  if (inWindow && isRefusal(inWindow)) return inWindow;
  const text = filterIn(endpoint, query);
  if (!filter || !text) return inWindow;
  try {
    const compile = filter.syntax === 'scim' ? scimFilter : odataFilter;
    const inFilter = compile(text, filter.fields, endpoint.collection);
    return inWindow ? (record) => inWindow(record) && inFilter(record) : inFilter;
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    return { condition: 'bad_filter', values: { reason: error.message, parameter: filter.parameter } };
  }
}

/** The filter that a request asks for, else the one that the vendor applies by itself. */
function filterIn({ spec: { filter } }: Endpoint, query: URLSearchParams): string | undefined {
  return filter && (query.get(filter.parameter) || filter.default);
}
