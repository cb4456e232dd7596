/** `auth.NAME`: how a vendor's API is to be let in. One member of the union a flow. */
import type { Schema } from './schema.ts';

const knownErrorSchema = {
  type: 'object',
  description: 'What an error code of the token endpoint means.',
  additionalProperties: false,
  required: ['message', 'fix'],
  properties: {
    message: { type: 'string', description: 'What it means, in a few words.' },
    fix: { type: 'string', description: 'What the operator does about it, as an imperative sentence.' },
    retry: { type: 'boolean', description: 'The condition passes by itself: ask again after a while.' },
  },
} as const satisfies Schema;

const oauth2ClientCredentialsSchema = {
  type: 'object',
  title: 'OAuth 2.0 client credentials',
  description:
    'OAuth 2.0 client credentials grant (RFC 6749, 4.4). The client proves itself with a secret, a certificate (`private_key_jwt`, PS256) or a federated assertion file (RFC 7523), whichever is set.',
  additionalProperties: false,
  required: ['type', 'token_url'],
  properties: {
    type: { const: 'oauth2_client_credentials', description: 'The flow.' },
    token_url: { type: 'string', description: 'The token endpoint.', 'x-template': ['settings'] },
    scope: { type: 'string', description: 'The scope to ask for.', 'x-template': ['settings'] },
    client_id: {
      type: 'string',
      description: 'The client id.',
      default: '${settings.client_id}',
      'x-template': ['settings'],
    },
    client_secret: {
      type: 'string',
      description: 'The client secret.',
      default: '${settings.client_secret}',
      'x-template': ['settings'],
      'x-secret': true,
    },
    client_secret_in: {
      type: 'string',
      enum: ['body', 'basic'],
      default: 'body',
      description:
        'Where the secret goes: in the body (`client_secret_post`) or in the header (`client_secret_basic`).',
    },
    certificate_file: {
      type: 'string',
      description: 'A PEM file with the certificate and its private key, in place of the secret.',
      'x-template': ['settings'],
    },
    assertion_file: {
      type: 'string',
      description:
        'A file with an assertion that another identity provider issued, read again at each use, in place of the secret.',
      'x-template': ['settings'],
    },
    parameters: {
      type: 'object',
      description: 'Further parameters of the token request.',
      additionalProperties: { type: 'string', description: 'A value.', 'x-template': ['settings'] },
    },
    permissions: {
      type: 'array',
      description: 'The application permissions to grant; `doctor` compares them with the token.',
      items: { type: 'string', description: 'A permission.' },
    },
    permissions_claim: {
      type: 'string',
      default: 'roles',
      description: 'The claim of the access token that lists the granted permissions.',
    },
    errors: {
      type: 'object',
      description: 'What the codes of the token endpoint mean and what to do about them.',
      additionalProperties: false,
      required: ['code', 'known'],
      properties: {
        code: {
          type: 'string',
          description: 'Takes the code out of the error answer.',
          examples: ['$string(body.error_codes[0])'],
          'x-expression': ['body'],
        },
        known: { type: 'object', description: 'The codes.', additionalProperties: knownErrorSchema },
      },
    },
  },
} as const satisfies Schema;

const apiKeySchema = {
  type: 'object',
  title: 'API key',
  description: 'A fixed key in a header or in the query.',
  additionalProperties: false,
  required: ['type', 'value'],
  properties: {
    type: { const: 'api_key', description: 'The flow.' },
    in: { type: 'string', enum: ['header', 'query'], default: 'header', description: 'Where the key goes.' },
    name: {
      type: 'string',
      default: 'Authorization',
      description: 'The name of the header or query parameter.',
    },
    prefix: { type: 'string', description: 'What stands before the key.', examples: ['Token '] },
    value: { type: 'string', description: 'The key.', 'x-template': ['settings'], 'x-secret': true },
    permissions: {
      type: 'array',
      description: 'The rights that the key needs, for the documentation.',
      items: { type: 'string', description: 'A right.' },
    },
  },
} as const satisfies Schema;

const bearerSchema = {
  type: 'object',
  title: 'Bearer token',
  description: 'A fixed token in the Authorization header (RFC 6750).',
  additionalProperties: false,
  required: ['type', 'token'],
  properties: {
    type: { const: 'bearer', description: 'The flow.' },
    token: { type: 'string', description: 'The token.', 'x-template': ['settings'], 'x-secret': true },
  },
} as const satisfies Schema;

const basicSchema = {
  type: 'object',
  title: 'HTTP Basic',
  description: 'User name and password in the Authorization header (RFC 7617).',
  additionalProperties: false,
  required: ['type', 'username', 'password'],
  properties: {
    type: { const: 'basic', description: 'The flow.' },
    username: { type: 'string', description: 'The user name.', 'x-template': ['settings'] },
    password: { type: 'string', description: 'The password.', 'x-template': ['settings'], 'x-secret': true },
  },
} as const satisfies Schema;

export const authSchema = {
  type: 'object',
  title: 'Auth',
  description: 'How an API lets the connector in.',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [oauth2ClientCredentialsSchema, apiKeySchema, bearerSchema, basicSchema],
} as const satisfies Schema;
