/** The catalogue of paging kinds, by the name that `type` gives. */
import type { JsonSchema } from '../generate/kind.ts';
import type { PagingKind } from './kind.ts';
import { linkHeader } from './link-header.ts';
import { none } from './none.ts';
import { odataNextLink } from './odata-next-link.ts';
import { odataSkip } from './odata-skip.ts';
import { one } from './one.ts';

// biome-ignore lint/suspicious/noExplicitAny: each kind has its own keys, which the schema has checked by then.
export const pagingKinds: Record<string, PagingKind<any>> = {
  link_header: linkHeader,
  none,
  odata_next_link: odataNextLink,
  odata_skip: odataSkip,
  one,
};

export const pagingSchema: JsonSchema = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: Object.entries(pagingKinds).map(([type, kind]) => ({
    properties: { type: { const: type }, ...kind.properties },
    required: ['type', ...kind.required],
    additionalProperties: false,
  })),
};
