/** Access tokens by the client credentials grant (RFC 6749 section 4.4): shared, renewed in time, replaced when refused. */
import { createHash } from 'node:crypto';
import type { Env } from '../env.ts';
import { REAUTHENTICATIONS_MAX } from '../limits.ts';
import type { Secret } from '../secret.ts';
import { clientSecrets } from './client-authentication.ts';
import { headerValue } from './header-value.ts';
import type { Authenticator, OAuth2ClientCredentials } from './index.ts';
import { requestToken } from './token-request.ts';
import type { TokenStore } from './token-store.ts';

export function oauth2ClientCredentials(
  credentials: OAuth2ClientCredentials,
  env: Env,
  tokens: TokenStore,
): Authenticator {
  const key = tokenKey(credentials);
  const token = () => tokens.get(key, () => requestToken(credentials, env));
  let used: Secret | undefined;
  let lastRefused: Secret | undefined;
  let refusedInARow = 0;
  return {
    authorize: async (request) => {
      used = await token();
      request.headers.authorization = headerValue('authorization', `Bearer ${used.reveal()}`);
    },
    refused: () => {
      if (!used) return false;
      tokens.discard(key, used);
      // A server that caches its answers gives the same token again: asking on would change nothing.
      const isSame = used.reveal() === lastRefused?.reveal();
      lastRefused = used;
      used = undefined;
      refusedInARow += 1;
      return !isSame && refusedInARow <= REAUTHENTICATIONS_MAX;
    },
    accepted: () => {
      lastRefused = undefined;
      refusedInARow = 0;
    },
    permissions: async () => {
      if (credentials.permissionsClaim === undefined) return undefined;
      return permissionsIn((await token()).reveal(), credentials.permissionsClaim);
    },
    secrets: () => [...clientSecrets(credentials), ...tokens.secrets(key)],
  };
}

/**
 * Everything that decides which token comes back, the client's proof included: who knows only the client id of
 * somebody else must not be served from the store. A digest, so that the store's keys hold no secret.
 */
function tokenKey({ tokenUrl, clientId, client, ...asked }: OAuth2ClientCredentials): string {
  const { scope, resource, audience, extraParameters } = asked;
  const proof = client.method === 'secret' ? { ...client, secret: client.secret.reveal() } : client;
  const identity = JSON.stringify([tokenUrl, clientId, proof, scope, resource, audience, extraParameters]);
  return createHash('sha256').update(identity).digest('base64url');
}

/** A readable token without the claim grants nothing; a token that is no JWT (RFC 7519) tells nothing. */
function permissionsIn(token: string, claim: string): string[] | undefined {
  const claims = jwtClaims(token);
  if (!claims) return undefined;
  const value = claims[claim] ?? [];
  const list = typeof value === 'string' ? value.split(' ') : value;
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string' && entry !== '') : undefined;
}

function jwtClaims(token: string): Record<string, unknown> | undefined {
  const [, payload] = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
