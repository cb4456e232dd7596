/** `one`: the answer is the record itself, for endpoints with the key of one in their path. */
import { fillText } from '../template.ts';
import type { PagingKind } from './kind.ts';

export const one: PagingKind<{ context: string }> = {
  properties: { context: { type: 'string' } },
  required: ['context'],
  select: (_spec, { rows }) => ({ page: 1, ...rows.takeRows(0, 1), before: -1, after: -1, more: false }),
  next: () => undefined,
  frame: ({ context }, _selection, _next, { values }) => ({
    headers: {},
    head: '',
    tail: '',
    members: { '@odata.context': fillText(context, values) },
  }),
};
