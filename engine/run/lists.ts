/** Which lists does a lane read, one after the other? Each gives its records page by page. */
import { camelCased } from '../compile/camel-case.ts';
import type { Endpoint } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import { expiredTwice } from '../fetch/expired-twice.ts';
import type { Walk } from '../fetch/walk.ts';

/** A page as a lane works on it. */
export interface ListPage {
  /** From 1. */
  number: number;
  count: number;
  record(index: number): unknown;
  /** When it was there, in milliseconds since the epoch. */
  fetchedAt: number;
  bytes: number;
}

export function* recordsOf(page: ListPage, from: number, to: number): Generator<unknown> {
  for (let index = from; index < to; index++) yield page.record(index);
}

export type ListStep = { type: 'page'; page: ListPage } | { type: 'wait'; ms: number } | { type: 'end' };

export interface List {
  endpoint: Endpoint;
  /** Has the credentials at hand. */
  prepare(): Promise<void>;
  /** After an error the same page is asked for again. */
  step(): Promise<ListStep>;
}

/** The list of an endpoint. A link that is no longer good is mended by walking the list anew, once: what was seen is known. */
export class WalkedList implements List {
  readonly endpoint: Endpoint;
  readonly #begin: () => Promise<Walk>;
  #walk: Walk;
  #isRestarted = false;
  pages = 0;

  static async begin(begin: () => Promise<Walk>): Promise<WalkedList> {
    return new WalkedList(begin, await begin());
  }

  private constructor(begin: () => Promise<Walk>, walk: Walk) {
    this.#begin = begin;
    this.#walk = walk;
    this.endpoint = walk.endpoint;
  }

  prepare(): Promise<void> {
    return this.#walk.prepare();
  }

  async step(): Promise<ListStep> {
    const step = await this.#next();
    if (step.type !== 'page') return step;
    this.pages++;
    const { number, records, fetchedAt, bytes } = step.page;
    const { isCamelCase } = this.endpoint;
    const record = (index: number) =>
      isCamelCase ? camelCased(records.record(index)) : records.record(index);
    return { type: 'page', page: { number, count: records.recordCount, record, fetchedAt, bytes } };
  }

  async #next() {
    try {
      return await this.#walk.step();
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'page-link-expired') throw error;
      if (this.#isRestarted) throw expiredTwice(error);
      this.#isRestarted = true;
      this.#walk = await this.#begin();
      throw error;
    }
  }
}

/** Records that are at hand, in pages of their own. */
export class LocalList implements List {
  readonly endpoint: Endpoint;
  readonly #batches: () => Iterator<readonly unknown[]>;
  readonly #now: () => number;
  #iterator: Iterator<readonly unknown[]> | undefined;
  #pages = 0;

  /** @param batches called at the first step, when all lists before have been read */
  constructor(endpoint: Endpoint, now: () => number, batches: () => Iterator<readonly unknown[]>) {
    this.endpoint = endpoint;
    this.#now = now;
    this.#batches = batches;
  }

  async prepare(): Promise<void> {}

  async step(): Promise<ListStep> {
    this.#iterator ??= this.#batches();
    const { value, done } = this.#iterator.next();
    if (done) return { type: 'end' };
    const page = { number: ++this.#pages, count: value.length, record: (index: number) => value[index] };
    return { type: 'page', page: { ...page, fetchedAt: this.#now(), bytes: 0 } };
  }
}
