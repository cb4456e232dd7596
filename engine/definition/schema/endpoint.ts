/** `endpoints.NAME`: one HTTP call with its pagination, and where the records are in its answer. */
import { responseRuleSchema } from './api.ts';
import { paginationSchema } from './pagination.ts';
import type { Schema } from './schema.ts';

export const endpointSchema = {
  type: 'object',
  title: 'Endpoint',
  description: 'One HTTP call with its pagination.',
  additionalProperties: false,
  required: ['api', 'path'],
  properties: {
    title: { type: 'string', description: 'Its name for people.' },
    description: { type: 'string', description: 'What it lists, and where the vendor documents it.' },
    api: { type: 'string', description: 'The entry of `apis` that it belongs to.', 'x-reference': 'apis' },
    path: {
      type: 'string',
      pattern: '^/',
      description:
        'The path below the base URL. In a lookup `input` holds the named records; what an expression gives is encoded.',
      examples: ['/api/machines', '/api/machines/${input.machine.id}'],
      'x-template': ['settings', 'input'],
    },
    query: {
      type: 'object',
      description: 'Query parameters of the first request; one whose value is absent is left out.',
      additionalProperties: {
        type: 'string',
        description: 'A value.',
        'x-template': ['settings', 'now', 'input'],
      },
    },
    headers: {
      type: 'object',
      description: 'Headers of every request.',
      additionalProperties: { type: 'string', description: 'A value.', 'x-template': ['settings'] },
    },
    pagination: paginationSchema,
    select_parameter: {
      type: 'string',
      description:
        'The query parameter that takes names of members, separated by commas, where the vendor sends only those then. A list that is joined is asked for what the mapping and the join look at.',
      examples: ['$select', 'fields'],
    },
    records: {
      type: 'string',
      description: 'The path to the list of records in the answer; without it the answer itself is the list.',
      examples: ['value', 'data.items'],
      'x-path': true,
    },
    key: {
      type: 'string',
      description: 'The path to what identifies a record. A record without it is dead.',
      examples: ['id'],
      'x-path': true,
    },
    key_with: {
      type: 'array',
      description:
        'Further paths, where `key` alone does not identify a record; one without a value counts as empty.',
      items: { type: 'string', description: 'A path.', 'x-path': true },
    },
    member_names: {
      type: 'string',
      enum: ['as_is', 'camel_case'],
      default: 'as_is',
      description:
        'With `camel_case` the members of a record that are written `DeviceId` or `OSPlatform` are known as `deviceId` and `osPlatform`.',
    },
    batch: {
      type: 'object',
      title: 'Batch',
      description: 'Lookups of this endpoint are sent together, in the JSON batch format of OData 4.01 (19).',
      additionalProperties: false,
      required: ['path'],
      properties: {
        path: {
          type: 'string',
          pattern: '^/',
          description: 'The path below the base URL that takes batches.',
          examples: ['/v1.0/$batch'],
        },
        size: { type: 'integer', minimum: 1, default: 20, description: 'Questions in one batch.' },
      },
    },
    permissions: {
      type: 'array',
      description: 'The permissions of which one must be granted.',
      items: { type: 'string', description: 'A permission.' },
    },
    responses: {
      type: 'array',
      description: 'What answers mean where HTTP alone does not tell; they come before those of the API.',
      items: responseRuleSchema,
    },
  },
} as const satisfies Schema;
