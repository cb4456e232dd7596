/** `streams.NAME`: what the operator turns on: an endpoint, its joins, its cursor, its mappings. */
import { durationSchema } from './api.ts';
import type { Schema } from './schema.ts';

export const joinSchema = {
  type: 'object',
  title: 'Join',
  description: 'A second list, read once a run into a table on disk, from which each record takes its match.',
  additionalProperties: false,
  required: ['endpoint', 'on'],
  properties: {
    endpoint: {
      type: 'string',
      description: 'The entry of `endpoints` that lists them.',
      'x-reference': 'endpoints',
    },
    on: {
      type: 'object',
      minProperties: 1,
      description:
        "The keys that must be equal: a path from the stream's record to a path in the joined record.",
      examples: [{ 'user.managerId': 'id' }],
      additionalProperties: { type: 'string', description: 'The path in the joined record.', 'x-path': true },
    },
    ignore_case: {
      type: 'boolean',
      default: false,
      description: 'Upper and lower case of the keys are the same.',
    },
    never: {
      type: 'array',
      description: 'Key values that match nothing; absent, null and empty ones never match anyway.',
      items: { type: 'string', description: 'A value.' },
    },
    newest: {
      type: 'string',
      description: 'Of several matches the one with the latest instant here wins, then the smallest key.',
      'x-path': true,
    },
    when: {
      type: 'string',
      description: 'The join is made only when this is true; otherwise no record has a match.',
      'x-expression': ['settings'],
    },
  },
} as const satisfies Schema;

export const cursorSchema = {
  type: 'object',
  title: 'Cursor',
  description:
    'What moves forward in the records, so that a run between two sweeps asks only for what moved.',
  additionalProperties: false,
  required: ['field'],
  properties: {
    field: {
      type: 'string',
      description: 'The path to an RFC 3339 instant in the record.',
      examples: ['machine.lastSeen'],
      'x-path': true,
    },
    filter: {
      type: 'string',
      description:
        'The OData `$filter` of a run between two sweeps; `cursor` is the greatest instant seen less the overlap.',
      examples: ['lastSeen ge ${cursor}'],
      'x-template': ['settings', 'cursor', 'now'],
    },
    query: {
      type: 'object',
      description: 'Query parameters of a run that has a cursor.',
      additionalProperties: {
        type: 'string',
        description: 'A value.',
        'x-template': ['settings', 'cursor', 'now'],
      },
    },
    start: {
      ...durationSchema,
      description:
        'The first run asks from this long before now; without it the first run asks without a cursor.',
    },
    overlap: {
      ...durationSchema,
      default: '1h',
      description: 'How far behind the greatest instant a run asks again, for records that show up late.',
    },
    sweep: {
      ...durationSchema,
      pattern: '^([0-9]+(ms|s|m|h|d)|never)$',
      default: '24h',
      description:
        'How often a run asks without the cursor, for changes that do not move it; `never` for append-only streams.',
      examples: ['24h', 'never'],
    },
  },
} as const satisfies Schema;

export const onlyNewSchema = {
  type: 'object',
  title: 'Only new',
  description: 'A rule that leaves out records which are not new; what it leaves out is counted.',
  additionalProperties: false,
  required: ['when', 'field'],
  properties: {
    when: { type: 'string', description: 'The rule holds when this is true.', 'x-expression': ['settings'] },
    field: {
      type: 'string',
      description:
        'The path to an instant: a record is new when it is at or after the newest one emitted before.',
      'x-path': true,
    },
  },
} as const satisfies Schema;

export const streamSchema = {
  type: 'object',
  title: 'Stream',
  description: 'What the operator turns on: an endpoint, its joins, its mappings.',
  additionalProperties: false,
  required: ['record', 'event', 'mappings'],
  properties: {
    title: { type: 'string', description: 'Its name for people.' },
    description: { type: 'string', description: 'What its events say.' },
    record: {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      description: 'The name that mappings know the record by, and the endpoint that lists it.',
      examples: [{ machine: 'machines' }],
      additionalProperties: { type: 'string', description: 'The endpoint.', 'x-reference': 'endpoints' },
    },
    join: {
      type: 'object',
      description: 'What is joined to each record, by the name that mappings know it by.',
      additionalProperties: joinSchema,
    },
    cursor: cursorSchema,
    only_new: onlyNewSchema,
    event: {
      type: 'string',
      description: 'The OCSF class of its events, by its name in the schema.',
      examples: ['inventory_info'],
    },
    mappings: {
      type: 'object',
      minProperties: 1,
      description: 'Mapping files below `mappings/` by name; the first is the default, `--as` picks another.',
      additionalProperties: { type: 'string', description: 'The file.', pattern: '\\.jsonata$' },
    },
  },
} as const satisfies Schema;
