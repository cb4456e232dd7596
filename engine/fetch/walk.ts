/** One walk over the list of an endpoint, page by page: budget, credentials, request, answer, next page. */
import { createHash } from 'node:crypto';
import type { Authenticator } from '../auth/index.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { ERROR_BODY_BYTES_MAX, PAGES_MAX, RESPONSE_BYTES_MAX } from '../limits.ts';
import { classify } from './classify.ts';
import { type JsonPage, readJsonPage } from './json-page.ts';
import { createPaginator, type PageRequest, type Paginator } from './paginate/index.ts';
import type { RateLimiter } from './rate-limit.ts';
import { pageUrl, type RequestBase } from './request.ts';

/** What one step of a walk came to. */
export type WalkStep = { type: 'page'; page: Page } | { type: 'wait'; ms: number } | { type: 'end' };

export interface Page {
  /** From 1. */
  number: number;
  records: JsonPage;
  /** When the answer was there, in milliseconds since the epoch. */
  fetchedAt: number;
  bytes: number;
}

export interface WalkOptions {
  endpoint: Endpoint;
  base: RequestBase;
  authenticator: Authenticator;
  rateLimiter: RateLimiter;
  env: Env;
  signal?: AbortSignal;
}

export class Walk {
  readonly #options: WalkOptions;
  readonly #paginator: Paginator;
  #request: PageRequest | undefined;
  #previousUrl: URL | undefined;
  /** URL to digest of the body that it gave: a walk that meets both again goes round in circles. */
  readonly #visited = new Map<string, string>();
  #previousDigest = '';
  #pages = 0;
  calls = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#paginator = createPaginator(options.endpoint);
    this.#request = this.#paginator.first();
  }

  get endpoint(): Endpoint {
    return this.#options.endpoint;
  }

  /** Has the credentials at hand, asking for them where that takes a request. */
  async prepare(): Promise<void> {
    const { base, authenticator } = this.#options;
    await authenticator.authorize({ url: new URL(base.url.href), headers: {} });
  }

  /** Gets the next page, or says how long the budget asks to wait. After an error the same request is made again. */
  async step(): Promise<WalkStep> {
    const { endpoint, base, rateLimiter, env } = this.#options;
    const request = this.#request;
    if (request === undefined) return { type: 'end' };
    if (this.#pages >= PAGES_MAX) throw loop(endpoint, `more than ${PAGES_MAX} pages`);
    const url = pageUrl(base, request, this.#previousUrl);
    const wait = rateLimiter.reserve();
    if (wait > 0) return { type: 'wait', ms: wait };
    const answer = await this.#send(url, 'link' in request);
    if (answer === undefined) {
      this.#request = undefined;
      return { type: 'end' };
    }
    const { bytes, headers } = answer;
    const records = readJsonPage(bytes, endpoint.recordsPath);
    this.#guard(url, bytes, records.recordCount);
    this.#pages++;
    this.#request = await this.#paginator.next({
      recordCount: records.recordCount,
      body: records.rest,
      headers,
    });
    this.#previousUrl = url;
    if (records.recordCount === 0 && this.#request === undefined) return { type: 'end' };
    return {
      type: 'page',
      page: { number: this.#pages, records, fetchedAt: env.clock.now(), bytes: bytes.length },
    };
  }

  /** The body of a good answer; undefined for one that means an empty list. */
  async #send(
    url: URL,
    isNextLink: boolean,
  ): Promise<{ bytes: Buffer; headers: Record<string, string> } | undefined> {
    const { endpoint, base, authenticator, env, signal } = this.#options;
    const request = {
      url: new URL(url.href),
      headers: { 'accept-encoding': 'gzip, deflate, br', ...base.headers },
    };
    await authenticator.authorize(request);
    this.calls++;
    const response = await env.network.send({ method: 'GET', ...request, ...(signal && { signal }) });
    const isGood = response.status >= 200 && response.status < 300;
    const bytes = await readBody(response, {
      bytesMax: isGood ? RESPONSE_BYTES_MAX : ERROR_BODY_BYTES_MAX,
      ...(signal && { signal }),
    });
    if (response.status === 204) return undefined;
    if (isGood) {
      authenticator.accepted();
      return { bytes, headers: response.headers };
    }
    try {
      await classify({ status: response.status, headers: response.headers, body: jsonOf(bytes) }, endpoint, {
        url,
        now: env.clock.now(),
        isNextLink,
      });
      return undefined;
    } catch (error) {
      throw this.#withNewToken(error);
    }
  }

  /** A refused token is worth a second try only when there is a new one to be had. */
  #withNewToken(error: unknown): unknown {
    if (!(error instanceof EngineError) || error.retry !== 'new_token') return error;
    if (this.#options.authenticator.refused()) return error;
    return new EngineError({
      code: error.code,
      kind: error.kind,
      message: error.message,
      ...(error.fix !== undefined && { fix: error.fix }),
      ...(error.at && { at: error.at }),
    });
  }

  /** A vendor that pages in circles is found out by what it repeats, not by how long it takes. */
  #guard(url: URL, bytes: Buffer, recordCount: number): void {
    if (recordCount === 0) return;
    const digest = createHash('sha1').update(bytes).digest('base64');
    const isRepeated = this.#visited.get(url.href) === digest || this.#previousDigest === digest;
    if (isRepeated)
      throw loop(this.#options.endpoint, `page ${this.#pages + 1} repeats one that came before`);
    this.#visited.set(url.href, digest);
    this.#previousDigest = digest;
  }
}

function loop(endpoint: Endpoint, observed: string): EngineError {
  return new EngineError({
    code: 'page-loop',
    kind: 'contract',
    message: `endpoint \`${endpoint.name}\` pages in circles: ${observed}`,
    fix: 'check the pagination of the endpoint against what the vendor documents',
    at: endpoint.at,
  });
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
