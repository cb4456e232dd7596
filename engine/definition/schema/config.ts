/** `tributary.yaml`: what an operator would otherwise give on the command line. */
import type { FromSchema, Schema } from './schema.ts';

export const configSchema = {
  type: 'object',
  title: 'Configuration',
  description: 'What an operator would otherwise give on the command line; the command line wins.',
  additionalProperties: false,
  properties: {
    connectors: {
      type: 'object',
      description: 'By the name of the connector.',
      additionalProperties: {
        type: 'object',
        description: 'One connector.',
        additionalProperties: false,
        properties: {
          settings: {
            type: 'object',
            description: 'Its settings, as with `--set`.',
            additionalProperties: {},
          },
          secrets: {
            type: 'object',
            description: 'Where its secrets are, as with `--secret`.',
            additionalProperties: {
              type: 'string',
              pattern: '^(env|file):.+$',
              description: '`env:NAME` or `file:PATH`.',
            },
          },
          streams: {
            type: 'array',
            description: 'The streams to run.',
            items: { type: 'string', description: 'A stream.' },
          },
        },
      },
    },
    to: {
      type: 'array',
      description: 'Destinations, as with `--to`.',
      items: { type: 'string', description: 'One.' },
    },
    state: { type: 'string', description: 'The state directory, as with `--state`.' },
    grants: {
      type: 'array',
      description: 'Origins that may be reached although they are http or not public, as with `--grant`.',
      items: { type: 'string', description: 'Scheme, host and port.', examples: ['http://10.0.0.5:8080'] },
    },
  },
} as const satisfies Schema;

export type ConfigDefinition = FromSchema<typeof configSchema>;
