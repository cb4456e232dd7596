/** Which lists does a lane read, one after the other? Each gives its records page by page. */
import { camelCased } from '../compile/camel-case.ts';
import type { Endpoint } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import { anotherAttempt } from '../fetch/another-attempt.ts';
import { contentHash } from '../fetch/content-hash.ts';
import { failedTwice } from '../fetch/failed-twice.ts';
import type { JsonPage } from '../fetch/json-page.ts';
import type { PageReader } from '../fetch/page-reader.ts';
import type { UnreadPage, Walk, WalkStep } from '../fetch/walk.ts';

/** A page as a lane works on it. */
export interface ListPage {
  /** From 1. */
  number: number;
  count: number;
  record(index: number): unknown;
  /** The records from one index to before another. */
  batch(from: number, to: number): Batch;
  /** The bytes that they lie in, if they were fetched: there they are as the vendor wrote them. */
  source?: JsonPage;
  /** When it was there, in milliseconds since the epoch. */
  fetchedAt: number;
  bytes: number;
  /** Nothing of the page is read any more. */
  giveBack?(): void;
}

/** Paths within a record. */
export type Paths = readonly (readonly string[])[];

/** What is known of the content of a list's records. */
export interface Content {
  /** Paths that are no content. */
  ignored: Paths;
  /** Names of members that the records will be asked for. */
  asked?: readonly string[];
  /** Names of the only members that are of use, those among them; all, when absent. */
  needed?: readonly string[] | undefined;
  /** Who hashes it in advance; it is hashed when that is asked for, when absent. */
  pages?: PageReader;
}

/** Records that are worked on together. */
export interface Batch {
  records: readonly unknown[];
  /** The content hash of the record at an index of the batch. */
  hash(index: number): string;
}

/** `cut`: the list is too long for the vendor, and half of it is asked for first. */
export type ListStep =
  | { type: 'page'; page: ListPage }
  | { type: 'wait'; ms: number }
  | { type: 'cut' }
  | { type: 'end' };

export interface List {
  endpoint: Endpoint;
  /** Has the credentials at hand. */
  prepare(): Promise<void>;
  /** After an error the same page is asked for again. */
  step(): Promise<ListStep>;
  /** Nothing more is asked for, also not ahead. */
  close?(): void;
}

/** Begins a walk, which may ask for the members of these names alone. */
type BeginWalk = (members: readonly string[] | undefined) => Promise<Walk>;

/** The list of an endpoint. A link that is no longer good is mended by walking the list anew, once: what was seen is known. */
export class WalkedList implements List {
  readonly endpoint: Endpoint;
  readonly #begin: BeginWalk;
  readonly #content: Content;
  /** Names of the only members that are asked for, where the vendor takes such names. */
  #members: readonly string[] | undefined;
  #walk: Walk;
  /** The pages after the one in hand. */
  readonly #ahead: Promise<WalkStep>[] = [];
  #bytesAhead = 0;
  /** Of the last page that came: the next one is most likely as large. */
  #lastBytes = 0;
  /** The last page that was asked for has come, and no error or end. */
  #isOpen = false;
  #isRestarted = false;
  pages = 0;

  static async begin(begin: BeginWalk, content: Content = { ignored: [] }): Promise<WalkedList> {
    return new WalkedList(begin, await begin(content.needed), content);
  }

  private constructor(begin: BeginWalk, walk: Walk, content: Content) {
    this.#begin = begin;
    this.#content = content;
    this.#walk = walk;
    this.endpoint = walk.endpoint;
    if (walk.endpoint.definition.select_parameter !== undefined) this.#members = content.needed;
  }

  prepare(): Promise<void> {
    return this.#walk.prepare();
  }

  async step(): Promise<ListStep> {
    const step = await this.#next();
    if (step.type !== 'page') return step;
    this.pages++;
    const { number, records, fetchedAt, bytes } = step.page;
    const { isCamelCase, exportFiles } = this.endpoint;
    const { pages } = this.#content;
    return {
      type: 'page',
      page: {
        number,
        count: records.recordCount,
        record: (index) => (isCamelCase ? camelCased(records.record(index)) : records.record(index)),
        batch: (from, to) => this.#batch(records, from, to),
        source: records,
        fetchedAt,
        bytes,
        ...(pages && !exportFiles && { giveBack: () => pages.giveBack(records) }),
      },
    };
  }

  async #next(): Promise<WalkStep> {
    try {
      const isAhead = this.#ahead.length > 0;
      const step = await (isAhead ? this.#ahead.shift() : this.#ask());
      if (step?.type === 'page') this.#bytesAhead -= step.page.bytes;
      this.#askOn();
      // Some of the wait has passed since.
      if (isAhead && step?.type === 'wait') return await this.#ask();
      return step as WalkStep;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (MENDED.includes(error.code)) throw await this.beginAnew(error);
      if (error.code !== REFUSED || this.pages > 0 || !this.#members) throw error;
      // The vendor may not know a name that the mapping has: it is asked for whole records.
      this.#members = undefined;
      await this.#restart();
      throw anotherAttempt(error);
    }
  }

  /** The page that cannot be read, after the last attempt at it. */
  get unread(): UnreadPage | undefined {
    return this.#walk.unread;
  }

  /** Leaves out the page that cannot be read; false where only that page tells which one is next. */
  passOver(): Promise<boolean> {
    return this.#walk.passOver();
  }

  /** Begins the list anew, once. Gives what is to be thrown: the same error, worth another attempt if it is the first. */
  async beginAnew(error: EngineError): Promise<EngineError> {
    if (this.#isRestarted) return failedTwice(error);
    this.#isRestarted = true;
    await this.#restart();
    return anotherAttempt(error);
  }

  async #restart(): Promise<void> {
    this.close();
    this.#isOpen = false;
    this.#ahead.length = 0;
    this.#bytesAhead = 0;
    this.#walk = await this.#begin(this.#members);
  }

  close(): void {
    this.#walk.abandon();
  }

  /** Asks for the page after the last one that came. */
  async #ask(): Promise<WalkStep> {
    this.#isOpen = false;
    const walk = this.#walk;
    const step = await walk.step();
    if (step.type !== 'page' || walk !== this.#walk) return step;
    this.#isOpen = true;
    this.#bytesAhead += step.page.bytes;
    this.#lastBytes = step.page.bytes;
    this.#askOn();
    const { pages, ignored, asked = [], needed } = this.#content;
    const { isCamelCase } = this.endpoint;
    const { records } = step.page;
    const rules = { isCamelCase, ignored, asked, needed };
    const hashed = pages ? await pages.hashed(records, rules) : records;
    return { type: 'page', page: { ...step.page, records: hashed } };
  }

  /** Pages come while those before them are worked on: neither side waits for the other then. Files are at hand anyway. */
  #askOn(): void {
    const isFull =
      this.#ahead.length >= PAGES_AHEAD_MAX || this.#bytesAhead + this.#lastBytes > BYTES_AHEAD_MAX;
    if (!this.#isOpen || isFull || this.endpoint.exportFiles) return;
    const step = this.#ask();
    // Whoever takes the step is told of an error.
    step.catch(() => {});
    this.#ahead.push(step);
  }

  /** Records that are found to be unchanged are never parsed; of the others all at once. */
  #batch(page: JsonPage, from: number, to: number): Batch {
    const { isCamelCase } = this.endpoint;
    let parsed: unknown[] | undefined;
    const whole = (index: number) => {
      parsed ??= isCamelCase ? page.records(from, to).map(camelCased) : page.records(from, to);
      return parsed[index - from];
    };
    let isPlain: boolean | undefined;
    const hash = (index: number) => {
      isPlain ??= page.isPlain(from, to);
      return contentHash(whole(from + index), this.#content.ignored, isPlain);
    };
    const records = Array.from({ length: to - from }, (_, index) =>
      isCamelCase ? whole(from + index) : page.unread(from + index, whole),
    );
    return { records, hash: (index) => page.contentHash(from + index) ?? hash(index) };
  }
}

/** What may go well when the list is walked from its beginning: a link that is no longer good, a walk in circles. */
const MENDED = ['page-link-expired', 'page-loop'];

const REFUSED = 'http-refused';

/** Pages that are under way or wait for the lane. */
const PAGES_AHEAD_MAX = 2;
/** What they may take; a page is not asked for beside others if it is likely to be more. */
const BYTES_AHEAD_MAX = 32 * 1024 * 1024;

/** Records that are at hand, in pages of their own. */
export class LocalList implements List {
  readonly endpoint: Endpoint;
  readonly #batches: () => Iterator<readonly unknown[]>;
  readonly #now: () => number;
  readonly #ignored: Paths;
  #iterator: Iterator<readonly unknown[]> | undefined;
  #pages = 0;

  /** @param batches called at the first step, when all lists before have been read */
  constructor(
    endpoint: Endpoint,
    now: () => number,
    batches: () => Iterator<readonly unknown[]>,
    ignored: Paths = [],
  ) {
    this.endpoint = endpoint;
    this.#ignored = ignored;
    this.#now = now;
    this.#batches = batches;
  }

  async prepare(): Promise<void> {}

  async step(): Promise<ListStep> {
    this.#iterator ??= this.#batches();
    const { value, done } = this.#iterator.next();
    if (done) return { type: 'end' };
    return {
      type: 'page',
      page: {
        number: ++this.#pages,
        count: value.length,
        record: (index) => value[index],
        batch: (from, to) => {
          const records = value.slice(from, to);
          return { records, hash: (index) => contentHash(records[index], this.#ignored) };
        },
        fetchedAt: this.#now(),
        bytes: 0,
      },
    };
  }
}
