/** Does a list still bring something new? A vendor that pages in circles is found out by keys that were all listed before. */
import { PAGES_WITHOUT_NEW_KEYS_MAX } from '../limits.ts';

export class ListProgress {
  /** A bit for each record that was delivered before the list began, and has been listed since. */
  #listed = new Uint8Array(0);
  /** The greatest id of those. */
  #greatest = 0;
  #records = 0;
  #isNew = false;
  #pagesWithoutNew = 0;

  /** @param number of the page, from 1: then the list begins, perhaps anew; @param greatest id that was given out so far */
  beginPage(number: number, greatest: number): void {
    if (number === 1) {
      this.#listed = new Uint8Array((greatest >>> 3) + 1);
      this.#greatest = greatest;
      this.#pagesWithoutNew = 0;
    } else this.#pagesWithoutNew = this.pagesWithoutNew;
    this.#records = 0;
    this.#isNew = false;
  }

  /** @param id that the record was delivered under before; undefined for one that was not */
  note(id: number | undefined): void {
    this.#records++;
    if (id === undefined) this.#isNew = true;
    // A later id was given out since the list began.
    if (id === undefined || id > this.#greatest) return;
    const at = id >>> 3;
    const bit = 1 << (id & 7);
    const bits = this.#listed[at] ?? 0;
    if ((bits & bit) === 0) this.#isNew = true;
    this.#listed[at] = bits | bit;
  }

  /** The page in hand brought something, whatever its keys. */
  noteChange(): void {
    this.#isNew = true;
  }

  /** Pages in a row, up to the one in hand, with records of which none is new. */
  get pagesWithoutNew(): number {
    return this.#records > 0 && !this.#isNew ? this.#pagesWithoutNew + 1 : 0;
  }

  get isInCircles(): boolean {
    return this.pagesWithoutNew >= PAGES_WITHOUT_NEW_KEYS_MAX;
  }
}
