/** One request with the credentials of an API: its body, or what its error means. */
import type { Authenticator } from '../auth/index.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { Env, HttpResponse } from '../env.ts';
import { EngineError } from '../errors.ts';
import { parseRetryAfter } from '../http/backoff.ts';
import { readBody } from '../http/body.ts';
import { isLoopbackLiteral } from '../http/origins.ts';
import { ERROR_BODY_BYTES_MAX, RESPONSE_BYTES_MAX } from '../limits.ts';
import { scrub } from '../secret.ts';
import { classify } from './classify.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { RequestBase } from './request.ts';

export interface AskOptions {
  endpoint: Endpoint;
  base: RequestBase;
  authenticator: Authenticator;
  /** Of the API: held when the vendor says that there were too many calls. Whether a call may leave is for others to ask it. */
  rateLimiter: RateLimiter;
  env: Env;
  signal?: AbortSignal;
  /** An answer without content says that there is nothing, as of a question; of a list it says nothing without a rule. */
  isNothingAnAnswer?: boolean;
  /** Gives memory for the body of a good answer: at least so many bytes. */
  memory?(length: number): Buffer;
  /** Told the headers of a good answer before its body is read. */
  onAnswer?(headers: Record<string, string>): void;
  /** Told the beginning of the body of a good answer, where it turns out to be large, while the rest is on its way. */
  onLarge?(bytes: Buffer, headers: Record<string, string>): void;
}

/** A good answer. */
export interface Answer {
  bytes: Buffer;
  headers: Record<string, string>;
}

/**
 * The body of a good answer; undefined for one that means an empty list.
 * @param isNextLink the vendor itself has named what is asked for, as the next page of a list
 * @param posted what is sent in the body; without it the request is a GET
 * @throws EngineError as `classify` says
 */
export async function ask(
  options: AskOptions,
  url: URL,
  isNextLink: boolean,
  posted?: string,
): Promise<Answer | undefined> {
  const { endpoint, base, authenticator, rateLimiter, env, signal, memory } = options;
  const request = {
    url: new URL(url.href),
    headers: { 'accept-encoding': acceptedEncodings(url), ...base.headers },
  };
  await authenticator.authorize(request);
  const response = await env.network.send({
    ...(posted === undefined ? { method: 'GET' } : { method: 'POST', body: posted }),
    ...request,
    ...(signal && { signal }),
  });
  const { status, headers } = response;
  if (status >= 200 && status < 300) {
    options.onAnswer?.(headers);
    const bytes = await readBody(response, {
      bytesMax: RESPONSE_BYTES_MAX,
      ...(signal && { signal }),
      ...(memory && { memory }),
      onLarge: (start) => options.onLarge?.(start, headers),
    });
    authenticator.accepted();
    if (status !== 204) return { bytes, headers };
    if (!options.isNothingAnAnswer && (isNextLink || !(await isDeclaredEmpty(endpoint, headers))))
      throw nothingThere(endpoint);
    return undefined;
  }
  // Whoever shares the calls is held at once: the body may take its time, and who asked may be long in hearing of it.
  if (status === 429) rateLimiter.hold(parseRetryAfter(headers['retry-after'], env.clock.now()) ?? 0);
  const body = await readErrorBody(response, signal);
  try {
    await classify({ status, headers, body }, endpoint, { url, now: env.clock.now(), isNextLink });
    return undefined;
  } catch (error) {
    rateLimiter.heed(error);
    throw withNewToken(error, authenticator);
  }
}

/** Packing and unpacking costs more than the memory that loopback is. */
function acceptedEncodings({ hostname }: URL): string {
  return isLoopbackLiteral(hostname) ? 'identity' : 'gzip, deflate, br';
}

/**
 * A refused token is worth a second try only when there is a new one to be had. What a vendor calls its error may be the
 * credential that it was sent: that is not repeated.
 */
export function withNewToken(thrown: unknown, authenticator: Authenticator): unknown {
  if (!(thrown instanceof EngineError)) return thrown;
  const message = scrub(thrown.message, authenticator.secrets());
  const isWorthIt = thrown.retry !== 'new_token' || authenticator.refused();
  if (isWorthIt && message === thrown.message) return thrown;
  return new EngineError({
    code: thrown.code,
    kind: thrown.kind,
    message,
    retry: isWorthIt ? thrown.retry : 'never',
    ...(thrown.fix !== undefined && { fix: thrown.fix }),
    ...(thrown.at && { at: thrown.at }),
  });
}

/** The JSON of an error answer; undefined when it is something else, or cannot be read: status and headers tell then what to make of it. */
async function readErrorBody(response: HttpResponse, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    const bytes = await readBody(response, { bytesMax: ERROR_BODY_BYTES_MAX, ...(signal && { signal }) });
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof EngineError || signal?.aborted) return undefined;
    throw error;
  }
}

async function isDeclaredEmpty({ responses }: Endpoint, headers: Record<string, string>): Promise<boolean> {
  for (const { definition, when } of responses) {
    if (definition.outcome === 'empty' && (await when.evaluate({ status: 204, headers })) === true)
      return true;
  }
  return false;
}

/** The list would end early: what it lacks would not be asked for again, or look as if it were gone. */
function nothingThere(endpoint: Endpoint): EngineError {
  return new EngineError({
    code: 'page-empty-body',
    kind: 'transient',
    message: `endpoint \`${endpoint.name}\` answers 204, which is no page of a list`,
    fix: 'if that is how the vendor says that there is nothing, say so with `responses`: `when: status = 204`, `outcome: empty`',
    at: endpoint.at,
    retry: 'backoff',
  });
}
