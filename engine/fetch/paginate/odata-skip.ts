/** OData 4.0 `$top` and `$skip` (Part 2, 5.1.5 and 5.1.6). */

import type { Paginator } from './index.ts';
import { memberText } from './member-text.ts';

/**
 * Advances by the records received, so that a short page loses nothing, and ends on an empty page only. A page that is
 * longer than asked counts as a full one: a record in it twice must not push another one out of the walk. A next link
 * that comes although `$top` was given is followed; when the links end, the walk goes on by `$skip`.
 */
export function odataSkip(pageSize: number): Paginator {
  let received = 0;
  /** Of the page before, where that page came without a link: then it is the count that leads on. */
  let counted: number | undefined;
  const request = () => ({
    query: { $top: String(pageSize), ...(received > 0 && { $skip: String(received) }) },
  });
  return {
    first: request,
    next: async (page) => {
      const link = memberText(page.body, '@odata.nextLink');
      const count = Math.min(page.recordCount, pageSize);
      received += count;
      counted = link === undefined ? count : undefined;
      if (link !== undefined) return { link };
      return page.recordCount === 0 ? undefined : request();
    },
    past: async () => {
      if (counted === undefined) return undefined;
      received += counted;
      return request();
    },
  };
}
