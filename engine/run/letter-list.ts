/** The records of dead letters as a list that a lane reads: nothing is asked of the vendor for it. */
import type { Endpoint } from '../compile/connector.ts';
import { contentHash } from '../fetch/content-hash.ts';
import type { List, ListStep, Paths } from './lists.ts';
import type { LetterPage } from './replay.ts';

export class LetterList implements List {
  readonly endpoint: Endpoint;
  readonly #next: () => Promise<LetterPage | undefined>;
  readonly #ignored: Paths;
  #pages = 0;

  constructor(endpoint: Endpoint, next: () => Promise<LetterPage | undefined>, ignored: Paths) {
    this.endpoint = endpoint;
    this.#next = next;
    this.#ignored = ignored;
  }

  async prepare(): Promise<void> {}

  async step(): Promise<ListStep> {
    const page = await this.#next();
    if (!page) return { type: 'end' };
    const { records, fetchedAt } = page;
    return {
      type: 'page',
      page: {
        number: ++this.#pages,
        count: records.length,
        record: (index) => records[index],
        batch: (from, to) => ({
          records: records.slice(from, to),
          hash: (index) => contentHash(records[from + index], this.#ignored),
        }),
        fetchedAt,
        bytes: 0,
      },
    };
  }
}
