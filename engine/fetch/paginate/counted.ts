/** An offset or a page number that advances until a page is empty. */
import type { Paginator } from './index.ts';

/**
 * @param unit what the number counts: the records received (of a page longer than asked no more than asked, so that a
 * record in it twice pushes no other one out of the walk), or the pages
 */
export function counted(
  parameter: string,
  from: number,
  unit: 'records' | 'pages',
  pageSize: { asked: number; query: Record<string, string> },
): Paginator {
  let at = from;
  /** Of the page before: a vendor may give fewer than asked. */
  let received: number | undefined;
  const request = () => ({ query: { ...pageSize.query, [parameter]: String(at) } });
  return {
    first: request,
    next: async (page) => {
      received = Math.min(page.recordCount, pageSize.asked);
      at += unit === 'records' ? received : 1;
      return page.recordCount === 0 ? undefined : request();
    },
    past: async () => {
      if (unit === 'records' && received === undefined) return undefined;
      at += unit === 'records' ? (received ?? 0) : 1;
      return request();
    },
  };
}
