/** One HTTP call of an endpoint, with its credentials: what came, read to its end and judged. */
import type { Authenticator } from '../auth/index.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { Env, HttpRequest, HttpResponse } from '../env.ts';
import { EngineError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { ERROR_BODY_BYTES_MAX } from '../limits.ts';
import { classify } from './classify.ts';

/** Who asks, and through which doors. */
export interface Caller {
  endpoint: Endpoint;
  authenticator: Authenticator;
  env: Env;
}

/**
 * The body of a good answer; undefined for one that means that nothing is there.
 * @throws EngineError as `classify` has it; `new_token` only where another token is to be had
 */
export async function exchange(
  call: Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>,
  { endpoint, authenticator, env }: Caller,
): Promise<{ bytes: Buffer; headers: Record<string, string> } | undefined> {
  const request = {
    ...call,
    url: new URL(call.url.href),
    headers: { 'accept-encoding': 'gzip, deflate, br', ...call.headers },
  };
  await authenticator.authorize(request);
  const response = await env.network.send(request);
  const { status, headers } = response;
  if (status >= 200 && status < 300) {
    const bytes = await readBody(response);
    authenticator.accepted();
    return status === 204 ? undefined : { bytes, headers };
  }
  const body = await readErrorBody(response);
  try {
    await classify({ status, headers, body }, endpoint, {
      url: call.url,
      now: env.clock.now(),
      isNextLink: false,
    });
    return undefined;
  } catch (error) {
    throw withNewToken(error, authenticator);
  }
}

/** A refused token is worth a second try only when there is a new one to be had. */
export function withNewToken(error: unknown, authenticator: Authenticator): unknown {
  if (!(error instanceof EngineError) || error.retry !== 'new_token') return error;
  if (authenticator.refused()) return error;
  return new EngineError({
    code: error.code,
    kind: error.kind,
    message: error.message,
    ...(error.fix !== undefined && { fix: error.fix }),
    ...(error.at && { at: error.at }),
  });
}

/** The JSON of an error answer; undefined when it is something else: the status tells then what to make of it. */
async function readErrorBody(response: HttpResponse): Promise<unknown> {
  try {
    const bytes = await readBody(response, { bytesMax: ERROR_BODY_BYTES_MAX });
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof EngineError && error.kind === 'contract'))
      return undefined;
    throw error;
  }
}
