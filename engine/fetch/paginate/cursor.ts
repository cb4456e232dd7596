/** A token in the answer, which an expression takes out and the next request carries. */
import type { PageFacts, Paginator } from './index.ts';

export function cursor(
  parameter: string,
  first: Record<string, string>,
  next: (scope: Pick<PageFacts, 'body' | 'headers'>) => Promise<unknown> | undefined,
): Paginator {
  return {
    first: () => ({ query: first }),
    next: async (page) => {
      const token = await next({ body: page.body, headers: page.headers });
      if (token === undefined || token === null || token === '') return undefined;
      return { query: { ...first, [parameter]: String(token) } };
    },
  };
}
