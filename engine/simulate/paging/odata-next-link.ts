/**
 * `odata_next_link`: pages of `$top` records (or the default), each with the URL of the next one, until there is none. With
 * another `page_size_parameter` `$top` caps the whole answer instead, and the names of parameters come back in small letters.
 * A `pinned` walk stays with the step that it began in; its token is written in Base64.
 */
import { fillText } from '../template.ts';
import type { PagingKind } from './kind.ts';
import { countIn, type PageSizeSpec, pageSizeIn } from './page-size.ts';
import { DEFAULT_TOKEN, encodeLower, positionIn, readToken, urlWithToken, writeToken } from './page-token.ts';

interface OdataNextLinkSpec extends PageSizeSpec {
  context: string;
  page_size: number;
  /** The template of `$skiptoken`, with fields of the last record and `${position}`. */
  token?: string;
  /** Whether `@odata.count` is sent; it counts the page. */
  count?: boolean;
  page_size_parameter?: string;
  pinned?: boolean;
}

export const odataNextLink: PagingKind<OdataNextLinkSpec> = {
  properties: {
    context: { type: 'string' },
    page_size: { type: 'integer', minimum: 1 },
    page_size_max: { type: 'integer', minimum: 1 },
    over_max: { enum: ['refuse', 'clamp'] },
    token: { type: 'string', pattern: '\\$\\{position\\}' },
    count: { type: 'boolean' },
    page_size_parameter: { type: 'string' },
    pinned: { type: 'boolean' },
  },
  required: ['context', 'page_size', 'page_size_max'],
  epoch: (spec, query) => (spec.pinned ? positionOf(spec, query)?.epoch : undefined),
  select: (spec, { query, rows }) => {
    const asked = pageSizeIn(spec, query, spec.page_size_parameter ?? '$top') ?? spec.page_size;
    if (typeof asked === 'object') return asked;
    const cap = spec.page_size_parameter === undefined ? undefined : countIn(query, '$top');
    if (typeof cap === 'object') return cap;
    const size = Math.max(cap ?? asked, 1);
    const position = positionOf(spec, query);
    if (!position || (position.epoch ?? 0) > rows.epoch) {
      return { condition: 'bad_page_token', values: { parameter: '$skiptoken' } };
    }
    const { indices, more } = rows.takeAfter(position.after, size);
    const { page, after: before } = position;
    return { page, indices, before, after: indices.at(-1) ?? before, more: more && cap === undefined };
  },
  next: (spec, selection, request) => {
    if (!selection.more) return undefined;
    const text = writeToken(spec.token ?? DEFAULT_TOKEN, selection, request.rows, spec.pinned);
    const token = spec.pinned ? Buffer.from(text).toString('base64url') : encodeLower(text);
    if (spec.page_size_parameter === undefined) return urlWithToken(request, '$skiptoken', token);
    const search = request.search.replace(/(^|&)[^=&$%]+(?==)/g, (name) => name.toLowerCase());
    return urlWithToken({ ...request, search }, '$skiptoken', token);
  },
  frame: (spec, { indices }, next, { values }) => {
    const context = `"@odata.context":${JSON.stringify(fillText(spec.context, values))},`;
    const count = spec.count ? `"@odata.count":${indices.length},` : '';
    const link = next === undefined ? '' : `"@odata.nextLink":${JSON.stringify(next)},`;
    return { headers: {}, head: `{${context}${count}${link}"value":[`, tail: ']}' };
  },
};

function positionOf({ token = DEFAULT_TOKEN, pinned }: OdataNextLinkSpec, query: URLSearchParams) {
  const given = query.get('$skiptoken');
  if (!pinned || given === null) return positionIn(query, '$skiptoken', token);
  return readToken(token, Buffer.from(given, 'base64url').toString());
}
