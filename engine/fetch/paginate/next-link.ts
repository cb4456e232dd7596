/** A link in the answer, which an expression takes out. */
import type { PageFacts, Paginator } from './index.ts';

export function nextLink(
  first: Record<string, string>,
  next: (scope: Pick<PageFacts, 'body' | 'headers'>) => Promise<unknown> | undefined,
): Paginator {
  return {
    first: () => ({ query: first }),
    next: async (page) => {
      const link = await next({ body: page.body, headers: page.headers });
      return typeof link === 'string' && link !== '' ? { link } : undefined;
    },
  };
}
