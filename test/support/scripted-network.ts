/** A network in memory: a test says what is answered and looks at what was asked. */
import type { HttpRequest, HttpResponse, Network } from '../../engine/env.ts';

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** A text goes as it is, anything else as JSON. */
  body?: unknown;
}

export interface ScriptedNetwork extends Network {
  requests: HttpRequest[];
}

/** @param reply told the request and how many came before it; what it throws, the transport throws */
export function scriptedNetwork(reply: (request: HttpRequest, count: number) => Reply): ScriptedNetwork {
  const requests: HttpRequest[] = [];
  return {
    requests,
    send: async (request) => {
      requests.push({ ...request, headers: { ...request.headers } });
      return response(reply(request, requests.length - 1));
    },
    close: async () => {},
  };
}

function response({ status = 200, headers = {}, body = '' }: Reply): HttpResponse {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    status,
    headers: { 'content-length': String(bytes.length), ...headers },
    body: (async function* () {
      yield bytes;
    })(),
  };
}
