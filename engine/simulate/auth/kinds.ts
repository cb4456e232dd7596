/** The catalogue of auth kinds, by the name that `type` gives. */
import type { JsonSchema } from '../generate/kind.ts';
import { apiToken } from './api-token.ts';
import type { AuthKind } from './kind.ts';
import { oauth2ClientCredentials } from './oauth2-client-credentials.ts';

// biome-ignore lint/suspicious/noExplicitAny: each kind has its own keys, which the schema has checked by then.
export const authKinds: Record<string, AuthKind<any>> = {
  api_token: apiToken,
  oauth2_client_credentials: oauth2ClientCredentials,
};

export const authSchema: JsonSchema = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: Object.entries(authKinds).map(([type, kind]) => ({
    properties: { type: { const: type }, ...kind.properties },
    required: ['type', ...kind.required],
    additionalProperties: false,
  })),
};
