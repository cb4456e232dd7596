/** How the next page of a list is asked for: the contract, and the kinds by their `type`. */
import type { Endpoint } from '../../compile/connector.ts';
import { counted } from './counted.ts';
import { cursor } from './cursor.ts';
import { linkHeader } from './link-header.ts';
import { nextLink } from './next-link.ts';
import { none } from './none.ts';
import { odataNextLink } from './odata-next-link.ts';
import { odataSkip } from './odata-skip.ts';
import { odataWindow } from './odata-window.ts';

/**
 * What to ask for: query parameters on top of the endpoint's own and a `$filter` that holds besides its own, or a link of the
 * vendor, followed as it came.
 */
export type PageRequest = { query: Record<string, string>; filter?: string } | { link: string };

/** What a page tells about the next one. `body` is the answer without its record list. */
export interface PageFacts {
  recordCount: number;
  body: unknown;
  headers: Record<string, string>;
  /** A record of the page, from 0, read anew each time. */
  record(index: number): unknown;
}

/** One walk over one list. */
export interface Paginator {
  first(): PageRequest;
  /**
   * The request after this page, or undefined when the list is over: a positive sign, never a short page (but for windows,
   * which the vendor fills as long as there is something).
   */
  next(page: PageFacts): Promise<PageRequest | undefined>;
  /**
   * The request that most likely follows a page of which only the headers are known, and the members before its list; `next` has
   * the last word. Absent where these never tell.
   */
  likely?(page: Pick<PageFacts, 'body' | 'headers'>): PageRequest | undefined;
  /**
   * The request after a page of which only the headers are known; undefined where that is not enough to tell. Absent where it
   * never is.
   */
  past?(headers: Record<string, string>): Promise<PageRequest | 'end' | undefined>;
}

/** A new walk over the list of an endpoint. */
export function createPaginator(endpoint: Endpoint): Paginator {
  const pagination = endpoint.definition.pagination ?? { type: 'none' };
  switch (pagination.type) {
    case 'none':
      return none();
    case 'odata_skip':
      return odataSkip(pagination.page_size);
    case 'odata_next_link':
      return odataNextLink(pageSizeQuery(pagination, '$top'));
    case 'odata_window':
      return odataWindow(pagination.field, pagination.page_size, endpoint);
    case 'export_files':
      throw new Error('files have no pages to ask for');
    case 'link_header':
      return linkHeader(pageSizeQuery(pagination));
    case 'next_link':
      return inHeaders(
        endpoint,
        nextLink(pageSizeQuery(pagination), (scope) => endpoint.next?.evaluate(scope)),
      );
    case 'cursor':
      return inHeaders(
        endpoint,
        cursor(pagination.parameter, pageSizeQuery(pagination), (scope) => endpoint.next?.evaluate(scope)),
      );
    case 'offset':
      return counted(pagination.parameter ?? 'offset', 0, 'records', {
        asked: pagination.page_size,
        query: pageSizeQuery(pagination),
      });
    case 'page_number':
      return counted(pagination.parameter ?? 'page', pagination.first ?? 1, 'pages', {
        asked: pagination.page_size,
        query: pageSizeQuery(pagination),
      });
  }
}

/** Where the expression reads nothing of the body, the headers alone tell which page is next. */
function inHeaders(endpoint: Endpoint, paginator: Paginator): Paginator {
  if (endpoint.next === undefined || endpoint.next.reads('body')) return paginator;
  const past = async (headers: Record<string, string>) =>
    (await paginator.next({ recordCount: 0, body: undefined, headers, record: () => undefined })) ?? 'end';
  return { ...paginator, past };
}

function pageSizeQuery(
  pagination: { page_size?: number; page_size_parameter?: string },
  parameter = 'limit',
): Record<string, string> {
  if (pagination.page_size === undefined) return {};
  return { [pagination.page_size_parameter ?? parameter]: String(pagination.page_size) };
}
