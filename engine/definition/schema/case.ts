/** `case.yaml`: a test of a stream, by input and expected output. */
import type { FromSchema, Schema } from './schema.ts';

export const caseSchema = {
  type: 'object',
  title: 'Case',
  description:
    'A test of a stream: recorded answers (`ENDPOINT.json`; of a lookup an object of answers by the key of the record) or one record in, expected events out.',
  additionalProperties: false,
  required: ['title'],
  properties: {
    title: { type: 'string', description: 'What the case shows, as a fact.' },
    why: { type: 'string', description: 'Why it matters.' },
    as: { type: 'string', description: 'The mapping, when it is not the first.' },
    now: {
      type: 'string',
      format: 'date-time',
      description: 'The fetch time.',
      default: '2026-01-01T00:00:00Z',
    },
    change: {
      type: 'string',
      enum: ['create', 'update', 'remove'],
      default: 'create',
      description: 'What the run knows of the records: never seen, seen before, or gone.',
    },
    settings: {
      type: 'object',
      description: 'Settings of the run.',
      additionalProperties: { description: 'A value.' },
    },
  },
} as const satisfies Schema;

export type CaseDefinition = FromSchema<typeof caseSchema>;
