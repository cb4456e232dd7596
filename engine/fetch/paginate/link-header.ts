/** The `Link` header with `rel="next"` (RFC 8288). */
import type { PageFacts, Paginator } from './index.ts';

export function linkHeader(first: Record<string, string>): Paginator {
  const linked = ({ headers }: Pick<PageFacts, 'headers'>) => {
    const link = nextOf(headers.link);
    return link === undefined ? undefined : { link };
  };
  return {
    first: () => ({ query: first }),
    next: async (page) => linked(page),
    past: async (headers) => linked({ headers }) ?? 'end',
    likely: linked,
  };
}

/** One link: its target and all its parameters; and one parameter: its name, its value quoted or bare (RFC 8288, section 3). */
const LINK = /<([^>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]*))?)*)/g;
const PARAMETER = /;\s*([^\s=;,]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?/g;

/** The target of the first link whose relation types hold `next`; several header lines arrive joined by commas. */
export function nextOf(header: string | undefined): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(LINK)) {
    // Of several `rel` the first counts.
    const rel = [...parameters.matchAll(PARAMETER)].find(([, name]) => name?.toLowerCase() === 'rel');
    const types = (rel?.[2] ?? rel?.[3] ?? '').toLowerCase().split(/\s+/);
    if (types.includes('next')) return target;
  }
  return undefined;
}
