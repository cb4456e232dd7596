/** An offset or a page number that advances until a page is empty. */
import type { Paginator } from './index.ts';

/** @param unit what the number counts: the records received, or the pages */
export function counted(
  parameter: string,
  from: number,
  unit: 'records' | 'pages',
  pageSize: Record<string, string>,
): Paginator {
  let at = from;
  const request = () => ({ query: { ...pageSize, [parameter]: String(at) } });
  return {
    first: request,
    next: async (page) => {
      at += unit === 'records' ? page.recordCount : 1;
      return page.recordCount === 0 ? undefined : request();
    },
  };
}
