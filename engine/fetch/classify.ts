/** The one place that says what an answer means: a page, an empty list, or an error that the run knows how to treat. */
import type { Endpoint, ResponseRule } from '../compile/connector.ts';
import { EngineError, type EngineErrorOptions } from '../errors.ts';
import { parseRetryAfter, parseRetryAt } from '../http/backoff.ts';

/** An answer that is not 2xx, with what of its body is small enough to read. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  /** Parsed JSON; undefined when the body is something else. */
  body: unknown;
}

/** `empty` for an answer that means a list without records; everything else is thrown. */
export async function classify(
  answer: ErrorAnswer,
  endpoint: Endpoint,
  context: { url: URL; now: number; isNextLink: boolean },
): Promise<'empty'> {
  for (const rule of endpoint.responses) {
    if ((await rule.when.evaluate({ ...answer })) !== true) continue;
    if (rule.definition.outcome === 'empty') return 'empty';
    throw failure(answer, endpoint, context, {
      ...(await (rule.definition.outcome === 'retry' ? retried(rule, answer, context) : refused(answer))),
      ...(rule.definition.message !== undefined && { what: rule.definition.message }),
      ...(rule.definition.fix !== undefined && { fix: rule.definition.fix }),
    });
  }
  throw failure(answer, endpoint, context, meaningOf(answer, endpoint, context));
}

interface Meaning extends Pick<EngineErrorOptions, 'code' | 'kind' | 'retry' | 'fix'> {
  what?: string;
}

/** A rule says that another attempt helps, and perhaps when; 429 holds every lane of the API all the same. */
async function retried(rule: ResponseRule, answer: ErrorAnswer, context: { now: number }): Promise<Meaning> {
  const isRateLimit = answer.status === 429;
  const afterMs =
    parseRetryAfter(answer.headers['retry-after'], context.now) ??
    parseRetryAt(await rule.retryAt?.evaluate({ ...answer }), context.now);
  return {
    code: isRateLimit ? 'http-rate-limited' : 'http-retry',
    kind: isRateLimit ? 'rate_limit' : 'transient',
    retry: afterMs === undefined ? 'backoff' : { afterMs },
  };
}

/** A rule lends a refusal its words; whose fault it is, the status says. */
function refused({ status }: ErrorAnswer): Meaning {
  if (status === 401) return { code: 'auth-refused', kind: 'credentials', retry: 'never' };
  if (status === 403) return { code: 'permission-missing', kind: 'permission', retry: 'never' };
  return { code: 'http-refused', kind: 'contract', retry: 'never' };
}

/** HTTP semantics (RFC 9110, 15; RFC 6585 for 429), read for a client that only reads. */
function meaningOf(
  answer: ErrorAnswer,
  endpoint: Endpoint,
  context: { now: number; isNextLink: boolean },
): Meaning {
  const { status } = answer;
  if (status === 401) {
    return {
      code: 'auth-refused',
      kind: 'credentials',
      retry: 'new_token',
      what: 'the token is refused',
      fix: `check that the token is meant for this API (its scope) and that the application is still active`,
    };
  }
  if (status === 403) return permissionMissing(endpoint);
  if (status === 429) {
    const afterMs = parseRetryAfter(answer.headers['retry-after'], context.now);
    return {
      code: 'http-rate-limited',
      kind: 'rate_limit',
      retry: afterMs === undefined ? 'backoff' : { afterMs },
      what: 'too many calls',
    };
  }
  if (status >= 300 && status < 400) {
    return {
      code: 'http-redirect',
      kind: 'contract',
      what: 'a redirect, which is never followed with credentials',
      fix: 'correct the base URL so that it answers by itself',
    };
  }
  if (status === 408 || status === 425 || status >= 500) {
    const afterMs = parseRetryAfter(answer.headers['retry-after'], context.now);
    return {
      code: 'http-server-error',
      kind: 'transient',
      retry: afterMs === undefined ? 'backoff' : { afterMs },
    };
  }
  if (context.isNextLink && (status === 400 || status === 404 || status === 410)) {
    return {
      code: 'page-link-expired',
      kind: 'transient',
      retry: 'backoff',
      what: 'the link to the next page is no longer good',
    };
  }
  if (status === 404) {
    return {
      code: 'http-not-found',
      kind: 'contract',
      what: 'there is no such list',
      fix: 'check the base URL and the path of the endpoint',
    };
  }
  return {
    code: 'http-refused',
    kind: 'contract',
    fix: 'check path, query and filter of the endpoint against what the vendor documents',
  };
}

function permissionMissing(endpoint: Endpoint): Meaning {
  const permissions = endpoint.definition.permissions ?? [];
  if (permissions.length === 0) {
    return {
      code: 'permission-missing',
      kind: 'permission',
      what: 'access is denied',
      fix: 'grant the application access',
    };
  }
  return {
    code: 'permission-missing',
    kind: 'permission',
    what: `access is denied: the application lacks the permission ${permissions.join(' or ')}`,
    fix: `grant ${permissions[0]} to the application, with admin consent, and wait some minutes`,
  };
}

function failure(
  answer: ErrorAnswer,
  endpoint: Endpoint,
  context: { url: URL },
  meaning: Meaning,
): EngineError {
  const said = errorCodeOf(answer.body);
  return new EngineError({
    code: meaning.code,
    kind: meaning.kind,
    message:
      `endpoint \`${endpoint.name}\` (${context.url.origin}${context.url.pathname}) answers ${answer.status}` +
      `${said ? ` \`${said}\`` : ''}${meaning.what ? `: ${meaning.what}` : ''}`,
    at: endpoint.at,
    ...(meaning.fix !== undefined && { fix: meaning.fix }),
    ...(meaning.retry !== undefined && { retry: meaning.retry }),
  });
}

/** The vendor's own error code, if there is one where most put it; never its text, which carries ids. */
function errorCodeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { error, code, errorCode } = body as Record<string, unknown>;
  const inner = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : error;
  const found = [inner, errorCode, code].find(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  return found !== undefined && /^[\w.-]{1,64}$/.test(String(found)) ? String(found) : undefined;
}
