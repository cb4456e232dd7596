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
      description: 'The path below the base URL.',
      examples: ['/api/machines'],
      'x-template': ['settings'],
    },
    query: {
      type: 'object',
      description: 'Query parameters of the first request; one whose value is absent is left out.',
      additionalProperties: {
        type: 'string',
        description: 'A value.',
        'x-template': ['settings', 'now'],
      },
    },
    headers: {
      type: 'object',
      description: 'Headers of every request.',
      additionalProperties: { type: 'string', description: 'A value.', 'x-template': ['settings'] },
    },
    pagination: paginationSchema,
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
