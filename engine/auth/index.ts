/** What lets a request into an API: the kinds of credentials, and the one contract that they are used through. */
import type { Env } from '../env.ts';
import type { ErrorKind } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { apiKey } from './api-key.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import { none } from './none.ts';
import { oauth2ClientCredentials } from './oauth2-client-credentials.ts';
import type { TokenStore } from './token-store.ts';

/** What an API of a connector needs to be let in. Every value is resolved: no templates, no references. */
export type Credentials =
  | NoCredentials
  | ApiKeyCredentials
  | BasicCredentials
  | BearerCredentials
  | OAuth2ClientCredentials;

export interface NoCredentials {
  type: 'none';
}

/** A key in a header or in the query, as it is or after a prefix (`Authorization: Token KEY` has the prefix `Token `). */
export interface ApiKeyCredentials {
  type: 'api_key';
  in: 'header' | 'query';
  name: string;
  prefix?: string;
  value: Secret;
}

/** RFC 7617. */
export interface BasicCredentials {
  type: 'basic';
  username: string;
  password: Secret;
}

/** RFC 6750, with a token that the user was given. */
export interface BearerCredentials {
  type: 'bearer';
  token: Secret;
}

/** RFC 6749 section 4.4. */
export interface OAuth2ClientCredentials {
  type: 'oauth2_client_credentials';
  tokenUrl: string;
  clientId: string;
  client: OAuth2Client;
  scope?: string;
  /** RFC 8707. */
  resource?: string;
  audience?: string;
  /** Further form fields of the token request. */
  extraParameters?: Record<string, string>;
  /** Picks the vendor's error code out of the parsed body of a refusal. */
  errorCode?: (body: unknown) => Promise<string | undefined>;
  /** What the vendor's error codes mean; `kind` where it is not a matter of credentials. */
  errors?: Record<string, TokenErrorMeaning>;
  /** The claim of the access token that lists its permissions, as an array or separated by spaces. */
  permissionsClaim?: string;
}

/** How the client proves who it is (RFC 6749 section 2.3.1, RFC 7523 section 2.2). Paths are of PEM and text files. */
export type OAuth2Client =
  | { method: 'secret'; secret: Secret; in?: 'body' | 'header' }
  | { method: 'certificate'; certificateFile: string; privateKeyFile?: string }
  | { method: 'assertion_file'; file: string };

export interface TokenErrorMeaning {
  message: string;
  fix: string;
  kind?: ErrorKind;
}

/** The part of a request that a credential goes into; header names are lower-case. Changed in place. */
export interface RequestToAuthorize {
  url: URL;
  headers: Record<string, string>;
}

/** Lets the requests of one lane in, one request after another. Lanes share tokens through the `TokenStore`. */
export interface Authenticator {
  /**
   * Adds the credential to a request whose origin was already checked.
   * @throws EngineError of the family `auth-`, and what the network throws
   */
  authorize(request: RequestToAuthorize): Promise<void>;
  /**
   * Told after a 401: throws the token away that was just used. True when a new one is worth trying; false when there
   * is nothing to renew, the same token came again, or REAUTHENTICATIONS_MAX tokens in a row were refused.
   */
  refused(): boolean;
  /** Told when a request was let in: the count of refusals in a row begins anew. */
  accepted(): void;
  /** What the token allows, as its claim says (read, not verified); undefined when it cannot be told. */
  permissions(): Promise<string[] | undefined>;
  /** Everything to be scrubbed from text that others wrote, tokens and encoded forms included. */
  secrets(): Iterable<Secret>;
}

export function createAuthenticator(credentials: Credentials, env: Env, tokens: TokenStore): Authenticator {
  switch (credentials.type) {
    case 'none':
      return none();
    case 'api_key':
      return apiKey(credentials);
    case 'basic':
      return basic(credentials);
    case 'bearer':
      return bearer(credentials);
    case 'oauth2_client_credentials':
      return oauth2ClientCredentials(credentials, env, tokens);
  }
}
