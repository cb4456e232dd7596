/** OData 4.0 `@odata.nextLink` (JSON Format 4.0, 4.5.5): followed byte for byte; a page without one is the last. */
import type { PageFacts, Paginator } from './index.ts';
import { memberText } from './member-text.ts';

export function odataNextLink(first: Record<string, string>): Paginator {
  const linked = ({ body }: Pick<PageFacts, 'body'>) => {
    const link = memberText(body, '@odata.nextLink');
    return link === undefined ? undefined : { link };
  };
  return { first: () => ({ query: first }), next: async (page) => linked(page), likely: linked };
}
