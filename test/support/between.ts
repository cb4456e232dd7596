/** What stands between a run and the simulated vendor: it watches what is asked, or answers in the vendor's place. */
import type { Env, HttpRequest, HttpResponse } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import type { Tenant } from './tenant.ts';

/** An environment that takes down each request and the status of its answer. */
export function watched(env: Env): { env: Env; asked(): string[] } {
  const asked: string[] = [];
  const seen = withSend(env, async (request) => {
    const response = await env.network.send(request);
    asked.push(`${words(request)} ${response.status}`);
    return response;
  });
  return { env: seen, asked: () => asked };
}

/** The vendor refuses what is asked below a path, in a batch each question of it. */
export function refusing(env: Env, path: RegExp): Env {
  return withSend(env, async (request) => {
    if (!path.test(request.url.pathname)) return env.network.send(request);
    if (request.method === 'GET') return answer(403, { error: { code: 'Forbidden' } });
    const responses = questionsOf(request).map(({ id }) => ({ id, status: 404, body: {} }));
    return answer(200, { responses });
  });
}

/** The token endpoint refuses with a code. */
export function refusingTokens(env: Env, code: string): Env {
  return withSend(env, async (request) =>
    request.method === 'POST'
      ? answer(400, { error: 'invalid_client', error_codes: [Number(code)] })
      : env.network.send(request),
  );
}

/** The vendor knows of no names of members: it refuses what is asked with any. */
export function refusingSelections(env: Env): Env {
  return withSend(env, async (request) =>
    request.url.searchParams.has('$select')
      ? answer(400, { error: { code: 'BadRequest' } })
      : env.network.send(request),
  );
}

/** Each path is out of order when it is first asked. */
export function failingOnce(env: Env): Env {
  const known = new Set<string>();
  return withSend(env, async (request) => {
    const { pathname } = request.url;
    if (known.has(pathname) || pathname.endsWith('/token')) return env.network.send(request);
    known.add(pathname);
    return answer(503, {});
  });
}

/**
 * The well-known hosts lead to the simulator: what a definition says by default is then what is asked. Export files lie in
 * a storage that nobody reaches.
 */
export function behindWellKnownNames({ env, simulator: { origin } }: Tenant): Env {
  const known = [
    'https://login.microsoftonline.com',
    'https://api.security.microsoft.com',
    'https://graph.microsoft.com',
  ];
  return withSend(env, async (request) => {
    if (request.url.pathname.endsWith('Export'))
      return answer(200, { exportFiles: ['https://account.blob.core.windows.net/file?sig=x'] });
    if (known.includes(request.url.origin)) {
      const url = new URL(request.url.href.replace(request.url.origin, origin));
      return env.network.send({ ...request, url });
    }
    throw new EngineError({
      code: 'http-unreachable',
      kind: 'contract',
      message: `nobody is at ${request.url.origin}`,
    });
  });
}

/** A problem without what differs from run to run: ports and folders. */
export function told(problem: { code: string; kind: string; message: string; fix?: string | undefined }) {
  const { code, kind, message, fix } = problem;
  return {
    code,
    kind,
    message: message.replace(/127\.0\.0\.1:\d+/g, 'vendor').replace(/`[^`]*\/play-[^`]*`/g, 'a file'),
    fix,
  };
}

function withSend(env: Env, send: (request: HttpRequest) => Promise<HttpResponse>): Env {
  return { ...env, network: { ...env.network, send } };
}

function answer(status: number, body: object): HttpResponse {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: (async function* () {
      yield bytes;
    })(),
  };
}

/** Without what is random in a request: the names and signatures of export files. */
function words(request: HttpRequest): string {
  const { method, url, headers } = request;
  if (url.searchParams.has('sig')) return `${method} file ${headers['authorization'] ?? ''}`;
  const questions = questionsOf(request).map((question) => question.url);
  return [method, url.pathname, ...url.searchParams.entries(), headers['prefer'] ?? '', ...questions].join(
    ' ',
  );
}

function questionsOf({ url, body }: HttpRequest): { id: string; url: string }[] {
  return url.pathname.endsWith('/$batch') && body !== undefined ? JSON.parse(body).requests : [];
}
