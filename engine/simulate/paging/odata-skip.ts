/**
 * `odata_skip`: `$top` caps the whole answer, so no next link comes with it; a walk is `$top` and `$skip`. Without `$top` a full
 * page comes, with the next link that `without_top` says: `looping` repeats one `$skip` for ever and loses the filter's name.
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
}

export const odataSkip: PagingKind<OdataSkipSpec> = {
  properties: {
    context: { type: 'string' },
    page_size_max: { type: 'integer', minimum: 1 },
    over_max: { enum: ['refuse', 'clamp'] },
    without_top: { enum: ['none', 'sound', 'looping'] },
  },
  required: ['context', 'page_size_max'],
  select: (spec, { query, scan }) => {
    const top = pageSizeIn(spec, query, '$top');
    if (typeof top === 'object') return top;
    const skip = countIn(query, '$skip') ?? 0;
    if (typeof skip === 'object' && isRefusal(skip)) return skip;
    const size = top ?? spec.page_size_max;
    const { indices, more } = scan.takeRows(skip, size);
    return { page: 1 + Math.floor(skip / Math.max(size, 1)), indices, after: indices.at(-1) ?? -1, more };
  },
  next: ({ without_top: withoutTop = 'none' }, { more, indices }, { query, search, address }) => {
    if (query.has('$top') || !more || withoutTop === 'none') return undefined;
    const others = otherParameters(search, ['$skip']);
    const skip = Number(query.get('$skip') ?? 0);
    if (withoutTop === 'sound')
      return `${address}?${[...others, `$skip=${skip + indices.length}`].join('&')}`;
    const nameless = skip === 0 ? others : others.map((part) => part.replace(/^[^=]*/, ''));
    return `${address}?${[...nameless, `$skip=${skip === 0 ? indices.length : skip}`].join('&')}`;
  },
  frame: (spec, _selection, next, { values }) => ({
    headers: {},
    head: `{"@odata.context":${JSON.stringify(fillText(spec.context, values))},"value":[`,
    tail: next === undefined ? ']}' : `],"@odata.nextLink":${JSON.stringify(next)}}`,
  }),
};
