/** One walk over the list of an endpoint, page by page: budget, credentials, request, answer, next page. */
import { createHash } from 'node:crypto';
import type { Authenticator } from '../auth/index.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { Env, HttpResponse } from '../env.ts';
import { EngineError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import {
  ERROR_BODY_BYTES_MAX,
  PAGES_MAX,
  PAGES_WITHOUT_NEW_KEYS_MAX,
  RESPONSE_BYTES_MAX,
} from '../limits.ts';
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
  /** Digests of the pages so far, each alone and with the URL that gave it. */
  readonly #visited = new Set<string>();
  /** Pages in a row that repeat one that came before. */
  #repeats = 0;
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
    this.#guard(url, records);
    this.#pages++;
    this.#request = await this.#paginator.next({
      recordCount: records.recordCount,
      body: records.rest,
      headers,
    });
    this.#previousUrl = url;
    if (records.recordCount === 0 && this.#isOver(url)) {
      this.#request = undefined;
      return { type: 'end' };
    }
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
    const { status, headers } = response;
    if (status >= 200 && status < 300) {
      const bytes = await readBody(response, { bytesMax: RESPONSE_BYTES_MAX, ...(signal && { signal }) });
      authenticator.accepted();
      return status === 204 ? undefined : { bytes, headers };
    }
    const body = await readErrorBody(response, signal);
    try {
      await classify({ status, headers, body }, endpoint, { url, now: env.clock.now(), isNextLink });
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

  /** After an empty page: a link to that very page says that there is nothing more for now. */
  #isOver(url: URL): boolean {
    const next = this.#request;
    return next === undefined || ('link' in next && pageUrl(this.#options.base, next, url).href === url.href);
  }

  /** A vendor that pages in circles is found out by what it repeats, not by how long it takes. */
  #guard(url: URL, records: JsonPage): void {
    const digest = records.digest();
    const here = createHash('sha1').update(`${digest} ${url.href}`).digest('base64');
    const isKnown = records.recordCount > 0 && this.#visited.has(digest);
    this.#repeats = isKnown ? this.#repeats + 1 : 0;
    if (this.#visited.has(here) || this.#repeats >= PAGES_WITHOUT_NEW_KEYS_MAX) {
      throw loop(this.#options.endpoint, `page ${this.#pages + 1} repeats one that came before`);
    }
    this.#visited.add(digest).add(here);
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

/** The JSON of an error answer; undefined when it is something else: the status tells then what to make of it. */
async function readErrorBody(response: HttpResponse, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    const bytes = await readBody(response, { bytesMax: ERROR_BODY_BYTES_MAX, ...(signal && { signal }) });
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof EngineError && error.kind === 'contract'))
      return undefined;
    throw error;
  }
}
