/** One walk over a list that comes page by page: budget, credentials, request, answer, next page. */
import { createHash } from 'node:crypto';
import type { Endpoint } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import { EMPTY_PAGES_MAX, PAGES_MAX, PAGES_WITHOUT_NEW_KEYS_MAX } from '../limits.ts';
import { ask } from './ask.ts';
import type { JsonPage } from './json-page.ts';
import { readingHere } from './page-reader.ts';
import { createPaginator, type PageFacts, type PageRequest, type Paginator } from './paginate/index.ts';
import { PoisonPage } from './poison-page.ts';
import { pageUrl } from './request.ts';
import type { ListWalk, UnreadPage, WalkOptions, WalkStep } from './walk.ts';

export class PageWalk implements ListWalk {
  readonly #options: WalkOptions;
  readonly #paginator: Paginator;
  #request: PageRequest | undefined;
  #previousUrl: URL | undefined;
  /** Digests of the pages so far, each alone and with the URL that gave it. */
  readonly #visited = new Set<string>();
  /** Pages in a row that repeat one that came before. */
  #repeats = 0;
  /** Empty pages in a row. */
  #empty = 0;
  #pages = 0;
  /** Of the page that came last, in bytes. */
  #lastSize = 0;
  #poison = new PoisonPage();
  /** What is asked for without it, once it is given up. */
  #past: PageRequest | 'end' | undefined;
  calls = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#paginator = createPaginator(options.endpoint);
    this.#request = this.#paginator.first();
  }

  /** Goes on after a page that came by another way; false when it was the last. */
  async follow(page: PageFacts): Promise<boolean> {
    this.#request = await this.#paginator.next(page);
    return this.#request !== undefined;
  }

  get unread(): UnreadPage | undefined {
    const { raw, length, isGivenUp } = this.#poison;
    if (!isGivenUp) return undefined;
    return { number: this.#pages + 1, raw, ...(length !== undefined && { length }) };
  }

  async passOver(): Promise<boolean> {
    const next = this.#past;
    if (next === undefined) return false;
    this.#pages++;
    this.#past = undefined;
    this.#poison = new PoisonPage();
    this.#request = next === 'end' ? undefined : next;
    return true;
  }

  /** Gets the next page, or says how long the budget asks to wait. After an error the same request is made again. */
  async step(): Promise<WalkStep> {
    const { endpoint, base, rateLimiter, env, signal, pagesMax = PAGES_MAX } = this.#options;
    signal?.throwIfAborted();
    const request = this.#request;
    if (request === undefined) return { type: 'end' };
    if (this.#pages >= pagesMax) throw tooMany(endpoint, pagesMax);
    const url = pageUrl(base, request, this.#previousUrl);
    const wait = await rateLimiter.reserve();
    if (wait > 0) return { type: 'wait', ms: wait };
    this.calls++;
    // A token is as good as a link: it may be no longer good, too.
    const isToken = this.#pages > 0 && endpoint.definition.pagination?.type === 'cursor';
    const answer = await this.#read(url, isToken || 'link' in request);
    if (answer === undefined) {
      this.#request = undefined;
      return { type: 'end' };
    }
    const { records, headers, size } = answer;
    this.#guard(url, records);
    this.#pages++;
    this.#request = await this.#paginator.next({
      recordCount: records.recordCount,
      body: records.rest,
      headers,
      record: (index) => records.record(index),
    });
    this.#previousUrl = url;
    if (records.recordCount === 0 && this.#isOver(url)) {
      this.#request = undefined;
      return { type: 'end' };
    }
    return {
      type: 'page',
      page: { number: this.#pages, records, fetchedAt: env.clock.now(), bytes: size },
    };
  }

  /** The page, once it could be read; undefined for an answer that means an empty list. */
  async #read(
    url: URL,
    isNextLink: boolean,
  ): Promise<{ records: JsonPage; headers: Record<string, string>; size: number } | undefined> {
    const { endpoint, pages = readingHere } = this.#options;
    const poison = this.#poison;
    try {
      const onAnswer = (headers: Record<string, string>) => poison.came(headers);
      // A page is most likely as large as the one before.
      const memory = (length: number) => pages.take(Math.max(length, this.#lastSize));
      const answer = await ask({ ...this.#options, onAnswer, memory }, url, isNextLink);
      if (answer === undefined) return undefined;
      const { bytes, headers } = answer;
      const size = bytes.length;
      this.#lastSize = size;
      // Whoever reads it may take the memory along.
      poison.keep(bytes);
      const records = await pages.read(bytes, endpoint.recordsPath);
      this.#poison = new PoisonPage();
      return { records, headers, size };
    } catch (error) {
      const judged = poison.judged(error);
      if (!poison.isGivenUp || !(judged instanceof EngineError)) throw judged;
      this.#past = await this.#paginator.past?.(poison.headers);
      throw poison.verdict(judged, this.#pages + 1, this.#past !== undefined);
    }
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
      throw pageLoop(this.#options.endpoint, `page ${this.#pages + 1} repeats one that came before`);
    }
    this.#empty = records.recordCount === 0 ? this.#empty + 1 : 0;
    if (this.#empty > EMPTY_PAGES_MAX) {
      throw pageLoop(this.#options.endpoint, `more than ${EMPTY_PAGES_MAX} empty pages one after another`);
    }
    this.#visited.add(digest).add(here);
  }
}

export function pageLoop(endpoint: Endpoint, observed: string): EngineError {
  return new EngineError({
    code: 'page-loop',
    kind: 'contract',
    message: `endpoint \`${endpoint.name}\` pages in circles: ${observed}`,
    fix: 'check the pagination of the endpoint against what the vendor documents',
    at: endpoint.at,
  });
}

function tooMany(endpoint: Endpoint, pagesMax: number): EngineError {
  return new EngineError({
    code: 'page-too-many',
    kind: 'contract',
    message: `the list of endpoint \`${endpoint.name}\` has more than ${pagesMax} pages`,
    fix: 'ask for less at once: with larger pages, or a `slice` of the cursor',
    at: endpoint.at,
  });
}
