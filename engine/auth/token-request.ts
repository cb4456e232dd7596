/** One token request (RFC 6749 section 4.4.2): written and signed by openid-client, sent through our own network. */
import {
  allowInsecureRequests,
  ClientError,
  Configuration,
  type CustomFetchOptions,
  clientCredentialsGrant,
  customFetch,
} from 'openid-client';
import type { Env, HttpResponse } from '../env.ts';
import { EngineError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { ERROR_BODY_BYTES_MAX } from '../limits.ts';
import { Secret } from '../secret.ts';
import { clientAuthentication } from './client-authentication.ts';
import type { OAuth2ClientCredentials } from './index.ts';
import { shownUrl, type TokenAnswer, tokenError } from './token-error.ts';
import type { GrantedToken } from './token-store.ts';

interface Grant {
  access_token: string;
  token_type: string;
  expires_in?: unknown;
}

/**
 * Asks once; retrying is the run's.
 * @throws EngineError of the family `auth-` (see `token-error.ts`), and what the network throws
 */
export async function requestToken(credentials: OAuth2ClientCredentials, env: Env): Promise<GrantedToken> {
  assertComplete(credentials);
  const { tokenUrl, clientId } = credentials;
  const authentication = await clientAuthentication(credentials, env);
  const server = { issuer: tokenUrl, token_endpoint: tokenUrl };
  const configuration = new Configuration(server, clientId, undefined, authentication);
  // Whether http:// may be used is decided in one place, the network: it refuses all but the loopback that was granted.
  allowInsecureRequests(configuration);
  let grant: Grant | undefined;
  configuration[customFetch] = async (url, options) => {
    grant = await exchange(new URL(url), options, credentials, env);
    // Only what is read goes on: vendors put values into the optional fields that the RFC, and openid-client, refuse.
    return Response.json({ access_token: grant.access_token, token_type: grant.token_type });
  };
  try {
    const { access_token } = await clientCredentialsGrant(configuration, grantParameters(credentials));
    return { value: new Secret(access_token), lifeSeconds: lifeSeconds(grant?.expires_in) };
  } catch (error) {
    throw engineError(error, tokenUrl);
  }
}

/** Resolved settings can still be empty; openid-client's words for that name no setting. */
function assertComplete({ tokenUrl, clientId, client }: OAuth2ClientCredentials): void {
  const missing = [
    !URL.canParse(tokenUrl) && 'the token URL is not an absolute URL',
    clientId === '' && 'the client id is empty',
    client.method === 'secret' && client.secret.reveal() === '' && 'the client secret is empty',
  ].find(Boolean);
  if (!missing) return;
  throw new EngineError({
    code: 'auth-incomplete',
    kind: 'credentials',
    message: `no token can be asked for: ${missing}`,
    fix: 'Set it in the configuration of the connector.',
  });
}

function grantParameters({
  extraParameters,
  scope,
  resource,
  audience,
}: OAuth2ClientCredentials): Record<string, string> {
  return {
    ...extraParameters,
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
    ...(audience !== undefined && { audience }),
  };
}

/** One request, its answer read; redirects are answers like others, so that a body with a secret goes to one server only. */
async function exchange(
  url: URL,
  { headers, body, signal }: CustomFetchOptions,
  credentials: OAuth2ClientCredentials,
  env: Env,
): Promise<Grant> {
  const response = await env.network.send({
    method: 'POST',
    url,
    headers,
    body: String(body),
    ...(signal && { signal }),
  });
  const text = await readText(response, signal);
  const answer = { status: response.status, headers: response.headers, text, body: parsed(text) };
  const grant = grantOf(answer);
  if (!grant) throw await tokenError(answer, credentials, env.clock.now());
  return grant;
}

/** Undefined when it is longer than a token answer can be: the status still tells what to make of it. */
async function readText(
  response: HttpResponse,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const body = await readBody(response, { bytesMax: ERROR_BODY_BYTES_MAX, ...(signal && { signal }) });
    return body.toString('utf8');
  } catch (error) {
    if (error instanceof EngineError && error.code === 'http-body-too-large') return undefined;
    throw error;
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function grantOf({ status, body }: TokenAnswer): Grant | undefined {
  if (status < 200 || status > 299) return undefined;
  const { access_token, token_type, expires_in } = (body ?? {}) as Record<string, unknown>;
  if (typeof access_token !== 'string' || access_token === '') return undefined;
  if (typeof token_type !== 'string' || token_type.toLowerCase() !== 'bearer') return undefined;
  return { access_token, token_type, expires_in };
}

/** Some servers send the seconds as a string; what is no number counts as not said. */
function lifeSeconds(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : undefined;
}

/**
 * openid-client wraps what its fetch threw, and gives up after 30 s (real time: it guards the process, not the run).
 * Its own errors go no further as a cause: they may hold the answer.
 */
function engineError(error: unknown, tokenUrl: string): unknown {
  if (!(error instanceof ClientError)) return error;
  if (error.cause instanceof EngineError) return error.cause;
  return new EngineError({
    code: 'auth-unavailable',
    kind: 'transient',
    message: `token request to \`${shownUrl(tokenUrl)}\` failed: ${error.message}`,
    fix: 'Try again later; if it stays so, check the token URL.',
    retry: 'backoff',
  });
}
