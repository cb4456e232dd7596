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
    keep: {
      ...durationSchema,
      description: 'The list is kept from one run to the next, and read anew when it is older than this.',
    },
    optional: {
      type: 'boolean',
      default: false,
      description:
        'A list that cannot be had leaves its records without a match, and the summary says so; otherwise it stops the lane.',
    },
  },
} as const satisfies Schema;

export const lookupSchema = {
  type: 'object',
  title: 'Lookup',
  description:
    'A question for each record that is new or changed, after its joins: its answer is what mappings know by this name.',
  additionalProperties: false,
  required: ['endpoint'],
  properties: {
    endpoint: {
      type: 'string',
      description:
        'The entry of `endpoints`, whose path or query names `input`. With `records` its answer is a list, page by page; without it one record.',
      'x-reference': 'endpoints',
    },
    into: {
      type: 'string',
      description: 'The record whose members the answer completes, in place of a name of its own.',
      examples: ['managedDevice'],
    },
    when: {
      type: 'string',
      description: 'The questions are asked only when this is true.',
      'x-expression': ['settings'],
    },
    optional: {
      type: 'boolean',
      default: false,
      description:
        'A record whose question fails for good goes on without an answer, is counted, and is asked for again when it is listed again; otherwise it is dead.',
    },
  },
} as const satisfies Schema;

export const removedSchema = {
  type: 'object',
  title: 'Removed',
  description:
    'How a record is known to be gone. Mappings get it once more, as it was last seen, with `change.type` as `remove`.',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    absent: {
      type: 'boolean',
      default: false,
      description: 'A record that a full scan, come to its end without a fault, no longer lists is gone.',
    },
    when: {
      type: 'string',
      description: 'True for a record that says of itself that it is gone.',
      examples: ["vulnerability.status = 'Fixed'"],
      'x-expression': ['input'],
    },
    at: {
      type: 'string',
      description:
        'The path to the instant of what a record says: the latest counts, and at one instant presence.',
      'x-path': true,
    },
    with: {
      type: 'string',
      description: 'The name of a join: a record that had a match there and has none any more is gone.',
    },
  },
} as const satisfies Schema;

export const cursorSchema = {
  type: 'object',
  title: 'Cursor',
  description:
    'What moves forward in the records, so that a run between two sweeps asks only for what moved.',
  additionalProperties: false,
  properties: {
    field: {
      type: 'string',
      description:
        'The path to an RFC 3339 instant in the record; without it the start of the last scan is what a run asks from.',
      examples: ['machine.lastSeen'],
      'x-path': true,
    },
    filter: {
      type: 'string',
      description:
        'The OData `$filter` of a run between two sweeps; `cursor` is the lower bound, and `until` the upper one of a slice.',
      examples: ['lastSeen ge ${cursor}', 'lastSeen ge ${cursor} and lastSeen le ${until}'],
      'x-template': ['settings', 'cursor', 'until', 'now'],
    },
    query: {
      type: 'object',
      description: 'Query parameters of a run that has a cursor; `cursor` and `until` are as in `filter`.',
      additionalProperties: {
        type: 'string',
        description: 'A value.',
        'x-template': ['settings', 'cursor', 'until', 'now'],
      },
    },
    endpoint: {
      type: 'string',
      description:
        'The entry of `endpoints` that lists what moved, where it is another than that of all records.',
      'x-reference': 'endpoints',
    },
    reach: {
      ...durationSchema,
      description: 'How far back the vendor answers: a run that would ask from before asks for everything.',
    },
    start: {
      ...durationSchema,
      description:
        'The first run asks from this long before now; without it the first run asks without a cursor.',
    },
    lateness: {
      ...durationSchema,
      description:
        'How long after its instant a record may show up in the list, at the latest. Where the vendor names no bound, 30m is a usual choice.',
    },
    overlap: {
      ...durationSchema,
      description:
        'How far behind the watermark a run asks again, for records that show up late; `lateness` and 61 seconds more (1 for the granularity of instants, 60 for clocks) unless given, `1h` where there is no `lateness` either.',
    },
    slice: {
      ...durationSchema,
      description:
        'A run asks for at most this long at once, from `cursor` to `until`, both included: slice after slice, each remembered when it is finished. A slice that the vendor cannot page to its end is halved.',
      examples: ['6h', '1d'],
    },
    settle: {
      ...durationSchema,
      description:
        'With `slice`, no run asks for the last moments before it, which the vendor is still filling; `0s` unless given.',
      examples: ['30s', '2m'],
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
    alternatives: {
      type: 'array',
      description:
        'Other endpoints that list the same records under the same keys: the first whose rule is true is taken.',
      items: {
        type: 'object',
        description: 'One of them.',
        additionalProperties: false,
        required: ['when', 'endpoint'],
        properties: {
          when: {
            type: 'string',
            description: 'It is taken when this is true.',
            'x-expression': ['settings'],
          },
          endpoint: { type: 'string', description: 'The endpoint.', 'x-reference': 'endpoints' },
        },
      },
    },
    group: {
      type: 'object',
      title: 'Group',
      description: 'Records with one value make one record of the stream, known by that value.',
      additionalProperties: false,
      required: ['by', 'as'],
      properties: {
        by: {
          type: 'string',
          description:
            'The path to the value; a record without it belongs to no group, and is counted as filtered.',
          examples: ['incidentId'],
          'x-path': true,
        },
        as: {
          type: 'string',
          description: 'The member of the grouped record that lists them, beside the one that `by` ends in.',
          examples: ['alerts'],
        },
      },
    },
    on_request: {
      type: 'boolean',
      default: false,
      description: 'It runs only when it is named: another way to the events of a stream.',
    },
    fallback: {
      type: 'string',
      description: 'The stream that runs in its place when the permission for its endpoint is missing.',
      'x-reference': 'streams',
    },
    join: {
      type: 'object',
      description: 'What is joined to each record, by the name that mappings know it by.',
      additionalProperties: joinSchema,
    },
    lookup: {
      type: 'object',
      description: 'What is asked for each record, by the name that mappings know the answer by.',
      additionalProperties: lookupSchema,
    },
    cursor: cursorSchema,
    removed: removedSchema,
    ignore: {
      type: 'array',
      description:
        'What changes without the record having changed: paths in the record or in what is joined to it, or the name of a join.',
      examples: [['machine', 'finding.lastSeen']],
      items: { type: 'string', description: 'A path.', 'x-path': true },
    },
    only_new: onlyNewSchema,
    event: {
      type: 'string',
      description: 'The OCSF class of its events, by its name in the schema.',
      examples: ['inventory_info'],
    },
    other_events: {
      type: 'array',
      description: 'Further OCSF classes, where the mapping chooses by the record.',
      items: { type: 'string', description: 'A class.' },
    },
    mappings: {
      type: 'object',
      minProperties: 1,
      description: 'Mapping files below `mappings/` by name; the first is the default, `--as` picks another.',
      additionalProperties: { type: 'string', description: 'The file.', pattern: '\\.jsonata$' },
    },
    unvalidated: {
      type: 'array',
      description:
        "Mappings whose events are not held to OCSF's rules: of a form that somebody else has fixed.",
      items: { type: 'string', description: 'The name of a mapping.' },
    },
  },
} as const satisfies Schema;
