/**
 * `odata_skip`: `$top` caps the whole answer, so no next link comes with it; a walk is `$top` and `$skip`. Without `$top` a full
 * page comes, with the next link that `without_top` says: `looping` repeats one `$skip` for ever and loses the filter's name.
 * `with_top` says the same for a walk with `$top`. Beyond `skip_max` there are no next links, and a larger `$skip` is refused.
 */
import { isRefusal } from '../conditions.ts';
import { fillText } from '../template.ts';
import type { PagingKind } from './kind.ts';
import { countIn, type PageSizeSpec, pageSizeIn } from './page-size.ts';
import { otherParameters } from './page-token.ts';

interface OdataSkipSpec extends PageSizeSpec {
  /** `@odata.context`. */
  context: string;
  without_top?: 'none' | 'sound' | 'looping';
  with_top?: 'none' | 'sound';
  /** The page size without `$top`; the greatest one by default. */
  page_size?: number;
  skip_max?: number;
}

export const odataSkip: PagingKind<OdataSkipSpec> = {
  properties: {
    context: { type: 'string' },
    page_size_max: { type: 'integer', minimum: 1 },
    over_max: { enum: ['refuse', 'clamp'] },
    without_top: { enum: ['none', 'sound', 'looping'] },
    with_top: { enum: ['none', 'sound'] },
    page_size: { type: 'integer', minimum: 1 },
    skip_max: { type: 'integer', minimum: 1 },
  },
  required: ['context', 'page_size_max'],
  select: (spec, { query, rows }) => {
    const top = pageSizeIn(spec, query, '$top');
    if (typeof top === 'object') return top;
    const skip = countIn(query, '$skip') ?? 0;
    if (typeof skip === 'object' && isRefusal(skip)) return skip;
    if (skip > (spec.skip_max ?? Number.POSITIVE_INFINITY)) {
      return { condition: 'bad_query', values: { parameter: '$skip', value: skip } };
    }
    const size = top ?? spec.page_size ?? spec.page_size_max;
    const { indices, more } = rows.takeRows(skip, size);
    const page = 1 + Math.floor(skip / Math.max(size, 1));
    return { page, indices, before: -1, after: indices.at(-1) ?? -1, more };
  },
  next: (spec, { more, indices }, { query, search, address }) => {
    const kind = (query.has('$top') ? spec.with_top : spec.without_top) ?? 'none';
    const skip = Number(query.get('$skip') ?? 0);
    const isFar = skip + indices.length > (spec.skip_max ?? Number.POSITIVE_INFINITY);
    if (!more || kind === 'none' || isFar) return undefined;
    const others = otherParameters(search, ['$skip']);
    if (kind === 'sound') return `${address}?${[...others, `$skip=${skip + indices.length}`].join('&')}`;
    const nameless = skip === 0 ? others : others.map((part) => part.replace(/^[^=]*/, ''));
    return `${address}?${[...nameless, `$skip=${skip === 0 ? indices.length : skip}`].join('&')}`;
  },
  frame: (spec, _selection, next, { values }) => ({
    headers: {},
    head: `{"@odata.context":${JSON.stringify(fillText(spec.context, values))},"value":[`,
    tail: next === undefined ? ']}' : `],"@odata.nextLink":${JSON.stringify(next)}}`,
  }),
};
