/** A record of a page that is read only as far as it is asked for. */
import { UnreadRecord } from '../definition/path.ts';
import type { JsonPage } from './json-page.ts';

export class PageRecord extends UnreadRecord {
  readonly #page: JsonPage;
  readonly #index: number;
  readonly #whole: (index: number) => unknown;

  /** @param whole gives all of the record at an index of the page, parsed */
  constructor(page: JsonPage, index: number, whole: (index: number) => unknown) {
    super();
    this.#page = page;
    this.#index = index;
    this.#whole = whole;
  }

  at(path: readonly string[]): unknown {
    return this.#page.valueAt(this.#index, path);
  }

  get whole(): unknown {
    return this.#whole(this.#index);
  }

  get json(): Uint8Array {
    return this.#page.bytes(this.#index);
  }
}
