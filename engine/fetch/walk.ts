/** One walk over the list of an endpoint, however the vendor hands it out. */
import type { Endpoint } from '../compile/connector.ts';
import type { AskOptions } from './ask.ts';
import { FileWalk } from './files/file-walk.ts';
import type { JsonPage } from './json-page.ts';
import type { PageReader } from './page-reader.ts';
import { PageWalk } from './page-walk.ts';

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

export interface WalkOptions extends AskOptions {
  /** Who reads the pages; whoever walks, when absent. */
  pages?: PageReader;
  /** `PAGES_MAX` unless given. */
  pagesMax?: number;
}

/** A page that cannot be read, however often it is asked for. */
export interface UnreadPage {
  /** From 1. */
  number: number;
  /** What came, as far as it is kept. */
  raw: Uint8Array;
  /** Length of all that came; undefined where it did not come to its end. */
  length?: number;
}

/** A kind of list: one that comes in pages, or in files. */
export interface ListWalk {
  /** Requests made so far. */
  readonly calls: number;
  /** Gets the next page, or says how long the budget asks to wait. After an error the same is tried again. */
  step(): Promise<WalkStep>;
  /** The page that cannot be read, after the last attempt at it. */
  readonly unread?: UnreadPage | undefined;
  /** Leaves it out; false where only the page itself tells which one is next. */
  passOver?(): Promise<boolean>;
}

export class Walk implements ListWalk {
  readonly #options: WalkOptions;
  readonly #abandoned = new AbortController();
  readonly #list: ListWalk;

  constructor(options: Omit<WalkOptions, 'signal'>) {
    this.#options = { ...options, signal: this.#abandoned.signal };
    this.#list = options.endpoint.exportFiles ? new FileWalk(this.#options) : new PageWalk(this.#options);
  }

  get endpoint(): Endpoint {
    return this.#options.endpoint;
  }

  get calls(): number {
    return this.#list.calls;
  }

  /** Has the credentials at hand, asking for them where that takes a request. */
  async prepare(): Promise<void> {
    const { base, authenticator } = this.#options;
    await authenticator.authorize({ url: new URL(base.url.href), headers: {} });
  }

  step(): Promise<WalkStep> {
    return this.#list.step();
  }

  /** Lets go of what is under way, and asks for nothing more. */
  abandon(): void {
    this.#abandoned.abort();
  }

  get unread(): UnreadPage | undefined {
    return this.#list.unread;
  }

  async passOver(): Promise<boolean> {
    return (await this.#list.passOver?.()) ?? false;
  }
}
