/** `endpoints.NAME.pagination`: how the next page is asked for and how the end is known. */
import type { Schema } from './schema.ts';

const pageSize = {
  type: 'integer',
  minimum: 1,
  description: 'Records to ask for in one page.',
} as const satisfies Schema;

const pageSizeParameter = {
  type: 'string',
  default: 'limit',
  description: 'The query parameter for the page size.',
} as const satisfies Schema;

const noneSchema = {
  type: 'object',
  title: 'One page',
  description: 'The first answer is the whole list.',
  additionalProperties: false,
  required: ['type'],
  properties: { type: { const: 'none', description: 'The kind.' } },
} as const satisfies Schema;

const odataSkipSchema = {
  type: 'object',
  title: 'OData $top and $skip',
  description:
    'OData 4.0 `$top` and `$skip`: advances by the records received; only an empty page ends the list; a next link that comes is followed.',
  additionalProperties: false,
  required: ['type', 'page_size'],
  properties: { type: { const: 'odata_skip', description: 'The kind.' }, page_size: pageSize },
} as const satisfies Schema;

const odataNextLinkSchema = {
  type: 'object',
  title: 'OData next link',
  description: 'OData 4.0 `@odata.nextLink`, followed as it comes; a page without one ends the list.',
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { const: 'odata_next_link', description: 'The kind.' },
    page_size: pageSize,
    page_size_parameter: { ...pageSizeParameter, default: '$top' },
  },
} as const satisfies Schema;

const odataWindowSchema = {
  type: 'object',
  title: 'OData window',
  description:
    'OData `$orderby` and `$filter`: a next link is followed; after a full page without one the walk goes on from the last instant, which is asked for again, and within one instant by `$skip`.',
  additionalProperties: false,
  required: ['type', 'field', 'page_size'],
  properties: {
    type: { const: 'odata_window', description: 'The kind.' },
    field: {
      type: 'string',
      description: 'The member of a record that holds the instant to order and to filter by.',
      examples: ['lastUpdateDateTime'],
      'x-path': true,
    },
    page_size: pageSize,
  },
} as const satisfies Schema;

const exportFilesSchema = {
  type: 'object',
  title: 'Export files',
  description:
    'The answer lists URLs of gzip files with one JSON record a line. They are fetched without credentials; a list whose URLs have expired is asked for anew.',
  additionalProperties: false,
  required: ['type', 'files', 'origins'],
  properties: {
    type: { const: 'export_files', description: 'The kind.' },
    files: { type: 'string', description: 'The path to the list of URLs.', 'x-path': true },
    origins: {
      type: 'array',
      minItems: 1,
      description:
        'The origins that files may come from; `*` stands for one or more labels at the beginning of a host.',
      examples: [['https://*.blob.core.windows.net']],
      items: { type: 'string', description: 'An origin.', 'x-template': ['settings'] },
    },
  },
} as const satisfies Schema;

const linkHeaderSchema = {
  type: 'object',
  title: 'Link header',
  description:
    'The `Link` header with `rel="next"` (RFC 8288), followed as it comes; a page without one ends the list.',
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { const: 'link_header', description: 'The kind.' },
    page_size: pageSize,
    page_size_parameter: pageSizeParameter,
  },
} as const satisfies Schema;

const nextLinkSchema = {
  type: 'object',
  title: 'Next link in the body',
  description:
    'A link in the answer, absolute or relative, followed as it comes; a page without one ends the list.',
  additionalProperties: false,
  required: ['type', 'next'],
  properties: {
    type: { const: 'next_link', description: 'The kind.' },
    next: {
      type: 'string',
      description: 'Takes the link out of the answer; the record list is left out of `body`.',
      examples: ['body.links.next'],
      'x-expression': ['body', 'headers'],
    },
    page_size: pageSize,
    page_size_parameter: pageSizeParameter,
  },
} as const satisfies Schema;

const cursorSchema = {
  type: 'object',
  title: 'Cursor',
  description: 'A token in the answer that the next request carries; a page without one ends the list.',
  additionalProperties: false,
  required: ['type', 'next', 'parameter'],
  properties: {
    type: { const: 'cursor', description: 'The kind.' },
    next: {
      type: 'string',
      description: 'Takes the token out of the answer; the record list is left out of `body`.',
      examples: ['body.meta.next_cursor'],
      'x-expression': ['body', 'headers'],
    },
    parameter: { type: 'string', description: 'The query parameter that carries the token.' },
    page_size: pageSize,
    page_size_parameter: pageSizeParameter,
  },
} as const satisfies Schema;

const offsetSchema = {
  type: 'object',
  title: 'Offset',
  description: 'An offset that advances by the records received; only an empty page ends the list.',
  additionalProperties: false,
  required: ['type', 'page_size'],
  properties: {
    type: { const: 'offset', description: 'The kind.' },
    page_size: pageSize,
    parameter: { type: 'string', default: 'offset', description: 'The query parameter for the offset.' },
    page_size_parameter: pageSizeParameter,
  },
} as const satisfies Schema;

const pageNumberSchema = {
  type: 'object',
  title: 'Page number',
  description: 'A page number that advances by one; only an empty page ends the list.',
  additionalProperties: false,
  required: ['type', 'page_size'],
  properties: {
    type: { const: 'page_number', description: 'The kind.' },
    page_size: pageSize,
    parameter: { type: 'string', default: 'page', description: 'The query parameter for the page number.' },
    first: { type: 'integer', minimum: 0, default: 1, description: 'The number of the first page.' },
    page_size_parameter: {
      type: 'string',
      default: 'per_page',
      description: 'The query parameter for the page size.',
    },
  },
} as const satisfies Schema;

export const paginationSchema = {
  type: 'object',
  title: 'Pagination',
  description: 'How the next page is asked for and how the end of the list is known.',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [
    noneSchema,
    odataSkipSchema,
    odataNextLinkSchema,
    odataWindowSchema,
    exportFilesSchema,
    linkHeaderSchema,
    nextLinkSchema,
    cursorSchema,
    offsetSchema,
    pageNumberSchema,
  ],
} as const satisfies Schema;
