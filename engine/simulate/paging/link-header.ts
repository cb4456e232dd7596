/** `link_header`: a bare array, with the next page's URL in a `Link` header of its own beside that of this page (RFC 8288). */
import type { PagingKind } from './kind.ts';
import { type PageSizeSpec, pageSizeIn } from './page-size.ts';
import { DEFAULT_TOKEN, positionIn, urlWithToken, writeToken } from './page-token.ts';

interface LinkHeaderSpec extends PageSizeSpec {
  page_size: number;
  /** The template of `after`, with fields of the last record and `${position}`. */
  token?: string;
  /** A parameter without which there is always a next page, as in a log that is polled. */
  endless_without?: string;
}

export const linkHeader: PagingKind<LinkHeaderSpec> = {
  properties: {
    page_size: { type: 'integer', minimum: 1 },
    page_size_max: { type: 'integer', minimum: 1 },
    over_max: { enum: ['refuse', 'clamp'] },
    token: { type: 'string', pattern: '\\$\\{position\\}' },
    endless_without: { type: 'string' },
  },
  required: ['page_size', 'page_size_max'],
  select: (spec, { query, rows }) => {
    const size = pageSizeIn(spec, query, 'limit') ?? spec.page_size;
    if (typeof size === 'object') return size;
    const position = positionIn(query, 'after', spec.token ?? DEFAULT_TOKEN);
    if (!position) return { condition: 'bad_page_token', values: { parameter: 'after' } };
    const { indices, more } = rows.takeAfter(position.after, Math.max(size, 1));
    const isEndless = spec.endless_without !== undefined && !query.has(spec.endless_without);
    return {
      page: position.page,
      indices,
      before: position.after,
      after: indices.at(-1) ?? position.after,
      more: more || isEndless,
    };
  },
  next: (spec, selection, request) => {
    if (!selection.more) return undefined;
    const token = writeToken(spec.token ?? DEFAULT_TOKEN, selection, request.rows);
    return urlWithToken(request, 'after', encodeURIComponent(token));
  },
  frame: (_spec, _selection, next, { address, search }) => {
    const own = `<${address}${search === '' ? '' : `?${search}`}>; rel="self"`;
    return {
      headers: { link: next === undefined ? [own] : [own, `<${next}>; rel="next"`] },
      head: '[',
      tail: ']',
    };
  },
};
