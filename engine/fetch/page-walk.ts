/** One walk over a list that comes page by page: budget, credentials, request, answer, next page. */
import { createHash } from 'node:crypto';
import type { Endpoint } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import { EMPTY_PAGES_MAX, PAGES_MAX, PAGES_WITHOUT_NEW_KEYS_MAX } from '../limits.ts';
import { type Answer, type AskOptions, ask } from './ask.ts';
import { EarlyPage } from './early-page.ts';
import type { JsonPage } from './json-page.ts';
import { pageHead } from './page-head.ts';
import { readingHere } from './page-reader.ts';
import { createPaginator, type PageFacts, type PageRequest, type Paginator } from './paginate/index.ts';
import { PoisonPage } from './poison-page.ts';
import { pageUrl } from './request.ts';
import type { ListWalk, UnreadPage, WalkOptions, WalkStep } from './walk.ts';

/** Of larger pages one is enough to have on its way. */
const EARLY_BYTES_MAX = 4 * 1024 * 1024;

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
  /** URL of the page in hand. */
  #current = '';
  #early: EarlyPage | undefined;
  /** What most likely follows the early page. */
  #likely: { after: string; request: PageRequest } | undefined;
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
    const asked = this.#early;
    this.#early = undefined;
    this.#current = url.href;
    const early = await asked?.takenFor(url);
    if (early && this.#likely?.after === url.href) this.#askEarly(this.#likely.request, url);
    this.#likely = undefined;
    if (!early) {
      const wait = await rateLimiter.reserve();
      if (wait > 0) return { type: 'wait', ms: wait };
      this.calls++;
    }
    // A token is as good as a link: it may be no longer good, too.
    const isToken = this.#pages > 0 && endpoint.definition.pagination?.type === 'cursor';
    const answer = await this.#read(url, isToken || 'link' in request, early?.answer);
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
    early: Promise<Answer | undefined> | undefined,
  ): Promise<{ records: JsonPage; headers: Record<string, string>; size: number } | undefined> {
    const { endpoint, pages = readingHere } = this.#options;
    const poison = this.#poison;
    try {
      const onAnswer = (headers: Record<string, string>) => poison.came(headers);
      const answer = await (early ?? this.#ask(url, isNextLink, onAnswer));
      if (answer === undefined) return undefined;
      const { bytes, headers } = answer;
      if (early) poison.came(headers);
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

  #ask(url: URL, isNextLink: boolean, onAnswer?: AskOptions['onAnswer']): Promise<Answer | undefined> {
    const { endpoint, pages = readingHere } = this.#options;
    const options: AskOptions = {
      ...this.#options,
      // A page is most likely as large as the one before.
      memory: (length) => pages.take(Math.max(length, this.#lastSize)),
      onLarge: (start, headers) => {
        const body = pageHead(start, endpoint.recordsPath);
        const request = this.#paginator.likely?.({ body, headers });
        // One page at a time; what follows that one, once it is its turn.
        if (request && url.href === this.#early?.url.href) this.#likely = { after: url.href, request };
        else if (request && url.href === this.#current) this.#askEarly(request, url);
      },
      ...(onAnswer && { onAnswer }),
    };
    return ask(options, url, isNextLink);
  }

  /** Asks for the page after the one that is on its way. */
  #askEarly(request: PageRequest, previous: URL): void {
    const { base, rateLimiter, pagesMax = PAGES_MAX } = this.#options;
    if (this.#lastSize > EARLY_BYTES_MAX || this.#pages + 1 >= pagesMax) return;
    try {
      const url = pageUrl(base, request, previous);
      if (url.href === previous.href) return;
      const send = () => {
        this.calls++;
        return this.#ask(url, true);
      };
      this.#early = new EarlyPage(url, () => rateLimiter.reserve(), send);
    } catch {
      // What is wrong with the link is told when the page is there.
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
