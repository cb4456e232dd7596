/** The `Link` header with `rel="next"` (RFC 8288). */
import type { Paginator } from './index.ts';

export function linkHeader(first: Record<string, string>): Paginator {
  return {
    first: () => ({ query: first }),
    next: async (page) => {
      const link = nextOf(page.headers.link);
      return link === undefined ? undefined : { link };
    },
  };
}

/** The target of the first link whose relation types hold `next`; several header lines arrive joined by commas. */
export function nextOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const match of header.matchAll(/<([^>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]*))?)*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(match[2] ?? '');
    const types = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    if (types.includes('next')) return match[1];
  }
  return undefined;
}
