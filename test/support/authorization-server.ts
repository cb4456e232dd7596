/** A real OAuth 2.0 authorization server (oidc-provider) on loopback, with the client credentials grant only. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import Provider from 'oidc-provider';
import { type Listening, listen } from './listen.ts';

export interface AuthorizationServer extends Listening {
  tokenUrl: string;
  /** Audience of the tokens that it grants, as JWT with the claim `roles`. */
  resource: string;
}

const RESOURCE = 'https://api.example.test';

/** Clients: `post` and `basic` with `secret`, and `certificate` with the public key. */
export async function startAuthorizationServer(
  secret: string,
  publicKey: KeyObject,
): Promise<AuthorizationServer> {
  let handle: ReturnType<Provider['callback']> | undefined;
  const server = await listen((request, response) => handle?.(request, response));
  const client = (id: string, rest: object) => ({
    client_id: id,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    ...rest,
  });
  const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const provider = new Provider(server.origin, {
    clients: [
      client('post', { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' }),
      client('basic', { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' }),
      client('certificate', {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'PS256',
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig' }] },
      }),
    ],
    jwks: { keys: [{ ...signingKey, use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of no use here'] },
    ttl: { ClientCredentials: 3600 },
    extraTokenClaims: () => ({ roles: ['Machine.Read.All', 'Alert.Read.All'] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'jwt', accessTokenTTL: 3600 }),
      },
    },
  });
  handle = provider.callback();
  return { ...server, tokenUrl: `${server.origin}/token`, resource: RESOURCE };
}
