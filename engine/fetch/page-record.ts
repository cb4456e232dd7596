/** A record of a page that is read only as far as it is asked for. */
import { UnreadRecord } from '../definition/path.ts';
import type { JsonText } from './json-text.ts';

export class PageRecord extends UnreadRecord {
  readonly #text: JsonText;
  readonly #start: number;
  readonly #end: number;
  readonly #whole: () => unknown;

  /** @param whole gives all of it, parsed */
  constructor(text: JsonText, start: number, end: number, whole: () => unknown) {
    super();
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#whole = whole;
  }

  at(path: readonly string[]): unknown {
    return this.#text.valueAt(path, this.#start, this.#end);
  }

  get whole(): unknown {
    return this.#whole();
  }

  get json(): Uint8Array {
    return this.#text.exactBytes(this.#start, this.#end);
  }
}
