/**
 * The memory of large pages. It is used again once a page is worked off, because new memory is dear. And it is shared between
 * threads: V8 counts memory that is handed over as the heap of whoever has it, and collects garbage each time that a page comes.
 */
import type { PageLayout } from './json-page.ts';

/** Smaller pages lie in memory that is made for them. */
export const LARGE_BYTES = 128 * 1024;
/** Pages of a list are about as large as each other: memory in steps of an eighth fits the next one. */
const STEPS = 8;
/** That is kept for the pages that come: as much as lies between a vendor and a lane. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;

export class PageMemory {
  /** What was given back last comes first. */
  #free: SharedArrayBuffer[] = [];

  /** At least so many bytes, with anything in them. */
  take(length: number): Buffer {
    // What is not kept is left to the collector, which does not know of shared memory.
    if (length < LARGE_BYTES || length > KEPT_BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    const size = roomFor(length);
    const index = this.#free.findIndex(({ byteLength }) => byteLength === size);
    const [memory = new SharedArrayBuffer(size)] = index < 0 ? [] : this.#free.splice(index, 1);
    return Buffer.from(memory);
  }

  /** Takes back what `take` gave. */
  giveBack({ bytes }: Pick<PageLayout, 'bytes'>): void {
    const { buffer } = bytes;
    if (!(buffer instanceof SharedArrayBuffer)) return;
    this.#free.unshift(buffer);
    let kept = 0;
    this.#free = this.#free.filter(({ byteLength }) => {
      kept += byteLength;
      return kept <= KEPT_BYTES_MAX;
    });
  }
}

function roomFor(length: number): number {
  const step = 2 ** Math.floor(Math.log2(length)) / STEPS;
  return Math.ceil(length / step) * step;
}
