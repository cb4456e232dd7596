/** OData 4.0 `$orderby`, `$filter` and `$top` (Part 2, 5.1): a list walked along an instant, for vendors that end their links early. */
import { parseInstant } from '../../checkpoint/instant.ts';
import type { Endpoint } from '../../compile/connector.ts';
import { valueAt } from '../../definition/path.ts';
import { EngineError } from '../../errors.ts';
import type { PageFacts, PageRequest, Paginator } from './index.ts';
import { memberText } from './member-text.ts';

/** OData sorts records without a value before all others. */
const BEFORE_ALL = -1n << 80n;

interface Moment {
  instant: bigint;
  /** As the vendor wrote it. */
  text?: string;
}

/**
 * A next link is followed; a page shorter than asked without one ends the list. A full page without one goes on from its last
 * instant, as the vendor wrote it, which is asked for again so that no record of that instant is lost; where at least a page
 * was received of that instant alone, `$skip` goes on inside of it.
 * @param field path to the instant, as the vendor names it
 * @param endpoint for the words of an error: `page-unordered`
 */
export function odataWindow(field: string, pageSize: number, endpoint: Endpoint): Paginator {
  const path = field.split('.');
  const property = path.join('/');
  let from: Moment = { instant: BEFORE_ALL };
  let skip = 0;
  /** The instant of the last record, and how many records of it were received in a row. */
  let last: Moment | undefined;
  let ties = 0;
  const request = (): PageRequest => ({
    query: { $orderby: `${property} asc`, $top: String(pageSize), ...(skip > 0 && { $skip: String(skip) }) },
    ...(from.text !== undefined && { filter: `${property} ge ${from.text}` }),
  });
  return {
    first: request,
    next: async (page) => {
      const moments = momentsOf(page, path);
      const end = moments.at(-1);
      const alike = moments.length - 1 - moments.findLastIndex(({ instant }) => instant !== end?.instant);
      // Of a page longer than asked no more than asked, so that a record in it twice pushes no other one out of the walk.
      const goesOn = alike === moments.length && end?.instant === last?.instant;
      ties = Math.min(alike, pageSize) + (goesOn ? ties : 0);
      last = end ?? last;
      const link = memberText(page.body, '@odata.nextLink');
      if (link !== undefined) return { link };
      if (end === undefined || moments.length < pageSize) return undefined;
      assertOrdered(moments, from, field, endpoint);
      from = end;
      skip = ties >= pageSize ? ties : 0;
      if (skip === 0) ties = 0;
      return request();
    },
  };
}

function momentsOf(page: PageFacts, path: readonly string[]): Moment[] {
  return Array.from({ length: page.recordCount }, (_, index) => {
    const text = valueAt(page.record(index), path);
    const instant = parseInstant(text);
    return instant === undefined ? { instant: BEFORE_ALL } : { instant, text: String(text) };
  });
}

function assertOrdered(moments: readonly Moment[], from: Moment, field: string, endpoint: Endpoint): void {
  let before = from;
  for (const [index, moment] of moments.entries()) {
    if (moment.instant < before.instant) throw unordered(field, index, endpoint);
    before = moment;
  }
}

function unordered(field: string, index: number, endpoint: Endpoint): EngineError {
  const before = index === 0 ? 'the instant that was asked from' : 'the one before it';
  return new EngineError({
    code: 'page-unordered',
    kind: 'contract',
    message: `record ${index} of a full page of endpoint \`${endpoint.name}\` without a next link has a \`${field}\` before ${before}, expected the order and the filter that were asked for`,
    fix: 'use another pagination: the vendor ignores `$orderby` or `$filter` for this list',
    at: endpoint.at,
  });
}
