/** The connector file as a whole. Types, validators, editor schema, reference page and secret scrubbing come from here. */
import { apiSchema } from './api.ts';
import { authSchema } from './auth.ts';
import { endpointSchema } from './endpoint.ts';
import type { FromSchema, Schema } from './schema.ts';
import { settingSchema } from './setting.ts';
import { streamSchema } from './stream.ts';

const name = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_]*$',
  description: 'A name.',
} as const satisfies Schema;

export const connectorSchema = {
  type: 'object',
  title: 'Connector',
  description: 'A vendor as the engine knows it: settings, auth, APIs, endpoints, streams.',
  additionalProperties: false,
  required: ['connector', 'apis', 'endpoints', 'streams'],
  properties: {
    connector: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
      description: 'Its name: the one of its folder.',
      examples: ['acme-edr'],
    },
    title: { type: 'string', description: 'Its name for people.' },
    vendor: { type: 'string', description: 'Whose API it is.' },
    description: { type: 'string', description: 'What it collects.' },
    settings: {
      type: 'object',
      description: 'What the operator provides.',
      propertyNames: name,
      additionalProperties: settingSchema,
    },
    auth: {
      type: 'object',
      description: 'The ways in.',
      propertyNames: name,
      additionalProperties: authSchema,
    },
    apis: {
      type: 'object',
      minProperties: 1,
      description: 'The APIs.',
      propertyNames: name,
      additionalProperties: apiSchema,
    },
    endpoints: {
      type: 'object',
      minProperties: 1,
      description: 'The calls.',
      propertyNames: name,
      additionalProperties: endpointSchema,
    },
    streams: {
      type: 'object',
      minProperties: 1,
      description: 'What can be turned on.',
      propertyNames: name,
      additionalProperties: streamSchema,
    },
  },
} as const satisfies Schema;

export type ConnectorDefinition = FromSchema<typeof connectorSchema>;
export type SettingDefinition = NonNullable<ConnectorDefinition['settings']>[string];
export type AuthDefinition = NonNullable<ConnectorDefinition['auth']>[string];
export type ApiDefinition = ConnectorDefinition['apis'][string];
export type EndpointDefinition = ConnectorDefinition['endpoints'][string];
export type StreamDefinition = ConnectorDefinition['streams'][string];
export type PaginationDefinition = NonNullable<EndpointDefinition['pagination']>;
export type JoinDefinition = NonNullable<StreamDefinition['join']>[string];
export type LookupDefinition = NonNullable<StreamDefinition['lookup']>[string];
export type RemovedDefinition = NonNullable<StreamDefinition['removed']>;
export type CursorDefinition = NonNullable<StreamDefinition['cursor']>;
export type ResponseRuleDefinition = NonNullable<ApiDefinition['responses']>[number];
