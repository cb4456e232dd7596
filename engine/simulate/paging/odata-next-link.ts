/** `odata_next_link`: pages of `$top` records (or the default), each with the URL of the next one, until there is none. */
import { fillText } from '../template.ts';
import type { PagingKind } from './kind.ts';
import { type PageSizeSpec, pageSizeIn } from './page-size.ts';
import { DEFAULT_TOKEN, encodeLower, positionIn, urlWithToken, writeToken } from './page-token.ts';

interface OdataNextLinkSpec extends PageSizeSpec {
  context: string;
  page_size: number;
  /** The template of `$skiptoken`, with fields of the last record and `${position}`. */
  token?: string;
  /** Whether `@odata.count` is sent; it counts the page. */
  count?: boolean;
}

export const odataNextLink: PagingKind<OdataNextLinkSpec> = {
  properties: {
    context: { type: 'string' },
    page_size: { type: 'integer', minimum: 1 },
    page_size_max: { type: 'integer', minimum: 1 },
    over_max: { enum: ['refuse', 'clamp'] },
    token: { type: 'string', pattern: '\\$\\{position\\}' },
    count: { type: 'boolean' },
  },
  required: ['context', 'page_size', 'page_size_max'],
  select: (spec, { query, scan }) => {
    const size = pageSizeIn(spec, query, '$top') ?? spec.page_size;
    if (typeof size === 'object') return size;
    const position = positionIn(query, '$skiptoken', spec.token ?? DEFAULT_TOKEN);
    if (!position) return { condition: 'bad_page_token', values: { parameter: '$skiptoken' } };
    const { indices, more } = scan.takeAfter(position.after, Math.max(size, 1));
    return { page: position.page, indices, after: indices.at(-1) ?? position.after, more };
  },
  next: (spec, selection, request) => {
    if (!selection.more) return undefined;
    const token = writeToken(spec.token ?? DEFAULT_TOKEN, selection, request.scan);
    return urlWithToken(request, '$skiptoken', encodeLower(token));
  },
  frame: (spec, { indices }, next, { values }) => {
    const context = `"@odata.context":${JSON.stringify(fillText(spec.context, values))},`;
    const count = spec.count ? `"@odata.count":${indices.length},` : '';
    const link = next === undefined ? '' : `"@odata.nextLink":${JSON.stringify(next)},`;
    return { headers: {}, head: `{${context}${count}${link}"value":[`, tail: ']}' };
  },
};
