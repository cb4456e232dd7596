/** What an answer without a token means: the connector's own words for a vendor's code, else what the status says. */
import { EngineError, type ErrorKind, type Retry } from '../errors.ts';
import { parseRetryAfter } from '../http/backoff.ts';
import { ERROR_BODY_BYTES_MAX } from '../limits.ts';
import { scrub } from '../secret.ts';
import { clientSecrets } from './client-authentication.ts';
import type { OAuth2ClientCredentials, TokenErrorMeaning } from './index.ts';

/** A token endpoint's answer. `text` is undefined when it was too long to be read, `body` when it was no JSON. */
export interface TokenAnswer {
  status: number;
  headers: Record<string, string>;
  text: string | undefined;
  body: unknown;
}

/** Codes and `error` values are short words; whatever else stands in their place is not repeated. */
const WORD = /^[\w.:-]{1,64}$/;
/** Errors that pass by themselves, which some servers send with a 400 (RFC 6749 section 4.1.2.1 names them). */
const PASSING_ERRORS = ['temporarily_unavailable', 'server_error'];

/**
 * Codes: `auth-redirect`, `auth-rate-limited`, `auth-unavailable` (retried); `auth-rejected`, `auth-answer` (not).
 * Of the answer only its status, the vendor's code and the `error` value are told: descriptions carry ids.
 */
export async function tokenError(
  answer: TokenAnswer,
  credentials: OAuth2ClientCredentials,
  now: number,
): Promise<EngineError> {
  const { status, body } = answer;
  if (status >= 300 && status < 400) return redirected(answer, credentials);
  const error = word(field(body, 'error'));
  const code = word(await vendorCode(body, credentials));
  const meaning = meaningOf(code, credentials);
  const nature = natureOf(answer, error ?? code);
  const kind = meaning?.kind ?? nature.kind;
  const told = [`${status}`, error && `\`${error}\``, code && code !== error && `code \`${code}\``].filter(
    Boolean,
  );
  const request = `token request to \`${shownUrl(credentials.tokenUrl)}\``;
  const message = meaning
    ? `${meaning.message} (${request}: ${told.join(', ')})`
    : `${request} ${nature.verb}: ${told.join(', ')}${nature.detail ?? ''}`;
  return new EngineError({
    code: meaning ? 'auth-rejected' : nature.code,
    kind,
    message: scrub(message, clientSecrets(credentials)),
    fix: meaning?.fix ?? nature.fix,
    retry: retryOf(kind, answer, now),
  });
}

/** The table is the user's: a code such as `constructor` must not find what every object has. */
function meaningOf(
  code: string | undefined,
  { errors = {} }: OAuth2ClientCredentials,
): TokenErrorMeaning | undefined {
  return code !== undefined && Object.hasOwn(errors, code) ? errors[code] : undefined;
}

function redirected({ status, headers }: TokenAnswer, { tokenUrl }: OAuth2ClientCredentials): EngineError {
  const target = URL.canParse(headers.location ?? '', tokenUrl)
    ? new URL(headers.location ?? '', tokenUrl).origin
    : 'nowhere';
  return new EngineError({
    code: 'auth-redirect',
    kind: 'contract',
    message: `token request to \`${shownUrl(tokenUrl)}\` was redirected to \`${target}\` (${status}), expected a token; the credential was not sent on`,
    fix: 'Set the token URL to the address that answers without a redirect.',
  });
}

async function vendorCode(
  body: unknown,
  { errorCode }: OAuth2ClientCredentials,
): Promise<string | undefined> {
  if (body === undefined) return undefined;
  try {
    return await errorCode?.(body);
  } catch {
    // An expression that cannot read this body must not hide the refusal itself.
    return undefined;
  }
}

interface Nature {
  code: string;
  kind: ErrorKind;
  verb: string;
  detail?: string;
  fix: string;
}

function natureOf(answer: TokenAnswer, error: string | undefined): Nature {
  const { status } = answer;
  if (status === 429) {
    const fix = 'Wait; if it stays so, let fewer runs share this client.';
    return { code: 'auth-rate-limited', kind: 'rate_limit', verb: 'was rate limited', fix };
  }
  if (status >= 500 || status === 408 || PASSING_ERRORS.includes(error ?? '')) {
    const fix = 'Try again later; if it stays so, check the token URL.';
    return { code: 'auth-unavailable', kind: 'transient', verb: 'failed', fix };
  }
  if (error !== undefined || [400, 401, 403].includes(status)) {
    const fix = 'Check the client id, its secret or certificate, the scope, and the token URL.';
    return { code: 'auth-rejected', kind: 'credentials', verb: 'was refused', fix };
  }
  return {
    code: 'auth-answer',
    kind: 'contract',
    verb: 'was not answered with a token',
    detail: `, ${observed(answer)}, expected JSON with \`access_token\` and \`token_type\` \`Bearer\``,
    fix: 'Check the token URL.',
  };
}

function observed({ headers, text, body }: TokenAnswer): string {
  if (text === undefined) return `a body of more than ${ERROR_BODY_BYTES_MAX} bytes`;
  if (text.trim() === '') return 'an empty body';
  if (body === undefined) {
    const type = /^[\w.+/-]{1,64}/.exec(headers['content-type'] ?? '')?.[0];
    return /^\s*</.test(text)
      ? 'an HTML or XML page'
      : `text that is not JSON (\`${type ?? 'no content type'}\`)`;
  }
  if (typeof field(body, 'access_token') !== 'string') return 'JSON without `access_token`';
  return `a token of type \`${word(field(body, 'token_type')) ?? 'unknown'}\``;
}

function retryOf(kind: ErrorKind, { headers }: TokenAnswer, now: number): Retry {
  if (kind !== 'rate_limit' && kind !== 'transient') return 'never';
  const afterMs = parseRetryAfter(headers['retry-after'], now);
  return afterMs === undefined ? 'backoff' : { afterMs };
}

function word(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && WORD.test(text) ? text : undefined;
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** A token URL for errors: no query and no user info. */
export function shownUrl(tokenUrl: string): string {
  const { origin, pathname } = new URL(tokenUrl);
  return origin + pathname;
}
