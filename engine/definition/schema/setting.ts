/** `settings.NAME`: a value that the operator provides. */
import type { Schema } from './schema.ts';

export const settingSchema = {
  type: 'object',
  title: 'Setting',
  description:
    'A value that the operator provides with `--set`, `--secret` or a configuration file; JSON Schema keywords constrain it.',
  examples: [
    { title: 'Tenant ID', format: 'uuid' },
    { title: 'Client secret', secret: true },
  ],
  additionalProperties: false,
  properties: {
    title: { type: 'string', description: 'Its name for people.' },
    description: { type: 'string', description: 'What it is and where the operator finds it.' },
    type: {
      type: 'string',
      enum: ['string', 'integer', 'number', 'boolean'],
      description: 'Its type; `string` when there is neither a type nor a default that tells.',
    },
    format: {
      type: 'string',
      enum: ['uuid', 'uri', 'date-time', 'hostname', 'email'],
      description: 'A format that the text must have.',
    },
    pattern: {
      type: 'string',
      format: 'regex',
      description: 'A regular expression that the text must match.',
    },
    enum: { type: 'array', minItems: 1, items: {}, description: 'The values that are admitted.' },
    minimum: { type: 'number', description: 'The least number.' },
    maximum: { type: 'number', description: 'The greatest number.' },
    minLength: { type: 'integer', description: 'The least length of the text.' },
    maxLength: { type: 'integer', description: 'The greatest length of the text.' },
    examples: { type: 'array', items: {}, description: 'Examples of good values.' },
    default: {
      description: 'Its value when the operator gives none; `${ ... }` may use other settings.',
      'x-template': ['settings'],
    },
    optional: { type: 'boolean', description: 'The operator may leave it out although there is no default.' },
    secret: {
      type: 'boolean',
      description:
        'It is a secret: given by `--secret`, never printed, stored or logged, and seen only by places made for secrets.',
    },
    identity: {
      type: 'boolean',
      description:
        'It tells one configured connector from another (a tenant id): each value has lanes and state of its own.',
    },
  },
} as const satisfies Schema;
