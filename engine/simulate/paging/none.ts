/** `none`: everything in one answer, bare or as a member of an object. */
import type { PagingKind } from './kind.ts';

export const none: PagingKind<{ records?: string }> = {
  properties: { records: { type: 'string' } },
  required: [],
  select: (_spec, { rows }) => {
    const { indices } = rows.takeAfter(-1, Number.POSITIVE_INFINITY);
    return { page: 1, indices, before: -1, after: indices.at(-1) ?? -1, more: false };
  },
  next: () => undefined,
  frame: ({ records }) =>
    records === undefined
      ? { headers: {}, head: '[', tail: ']' }
      : { headers: {}, head: `{${JSON.stringify(records)}:[`, tail: ']}' },
};
