/** A token endpoint that answers what the test scripted, and remembers what it was asked. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Listening, listen } from './listen.ts';

export interface TokenRequest {
  method: string;
  headers: IncomingHttpHeaders;
  text: string;
  form: Record<string, string>;
}

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}

export interface TokenServer extends Listening {
  tokenUrl: string;
  requests: TokenRequest[];
  /** Answers for the requests to come, first to last; the last one stays. A function may wait before it answers. */
  script(...answers: (ScriptedAnswer | (() => Promise<ScriptedAnswer>))[]): void;
}

/** Until a script is given every answer is a new token: `token-1`, `token-2`, ... with a life of an hour. */
export async function startTokenServer(): Promise<TokenServer> {
  const requests: TokenRequest[] = [];
  let script: (ScriptedAnswer | (() => Promise<ScriptedAnswer>))[] = [];
  const next = async (): Promise<ScriptedAnswer> => {
    const step = script.length > 1 ? script.shift() : script[0];
    if (typeof step === 'function') return step();
    return step ?? { body: grant(`token-${requests.length}`) };
  };
  const server = await listen(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const form = Object.fromEntries(new URLSearchParams(text));
    requests.push({ method: request.method ?? '', headers: request.headers, text, form });
    const { status = 200, headers = {}, body } = await next();
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
  });
  return {
    ...server,
    tokenUrl: `${server.origin}/token`,
    requests,
    script: (...answers) => {
      script = answers;
    },
  };
}

export function grant(token: string, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return { token_type: 'Bearer', expires_in: 3600, access_token: token, ...rest };
}
