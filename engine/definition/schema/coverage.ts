/** `coverage/STREAM.yaml`: why attributes of OCSF are in no event of a stream, and why members of records are in none. */
import type { FromSchema, Schema } from './schema.ts';

export const coverageSchema = {
  type: 'object',
  title: 'Coverage',
  description:
    'What a mapping leaves out, with the reasons: `tributary coverage` holds it to the schema, the mapping and the recorded records.',
  additionalProperties: false,
  properties: {
    attributes: {
      type: 'object',
      description:
        'Required and recommended attributes that no event has, by their path; `*.hashes` stands for each that ends so.',
      examples: [{ 'device.region': 'The vendor does not tell the region of a device.' }],
      additionalProperties: { type: 'string', minLength: 10, description: 'Why, as a sentence.' },
    },
    fields: {
      type: 'object',
      description:
        'Members of records that no attribute takes, by their path; what is below such a member needs no entry of its own.',
      examples: [{ 'machine.etag': 'It tells versions of the answer apart, not states of the machine.' }],
      additionalProperties: { type: 'string', minLength: 10, description: 'Why, as a sentence.' },
    },
  },
} as const satisfies Schema;

export type CoverageDefinition = FromSchema<typeof coverageSchema>;
