/** The memory of batches on their way: used again when the events of a batch are written, because new memory is dear. */

export interface Batch {
  /** Whole lines, the last one too with its newline. */
  lines: Buffer;
  /** Where its events may be written. */
  events: Buffer;
  /** The time that the mapping sees, in milliseconds since the epoch. */
  now: number;
}

/** Memory of a batch. */
export type Room = Pick<Batch, 'lines' | 'events'>;

/** How much is read at once, and so about the size of a batch: larger ones are no faster. */
const LINES_BYTES = 256 * 1024;
/** Events of a batch take about so many bytes: a little more than what they are made of. */
const EVENTS_BYTES = 320 * 1024;
/** Memory that had to grow beyond this is given back. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

export class BatchMemory {
  readonly #isShared: boolean;
  readonly #free: Room[] = [];

  /** @param isShared whether other threads are to read lines and write events where they are */
  constructor(isShared = false) {
    this.#isShared = isShared;
  }

  /** All of the memory that there is for a batch. */
  take(): Room {
    return this.#free.pop() ?? { lines: this.#bytes(LINES_BYTES), events: this.#bytes(EVENTS_BYTES) };
  }

  /** Memory twice as large, with what is in the one before. */
  grown(before: Buffer): Buffer {
    const larger = this.#bytes(before.length * 2);
    before.copy(larger);
    return larger;
  }

  /** Nobody reads the lines and the events of a batch any more. @param events where they were written in the end */
  free(lines: Uint8Array, events: Uint8Array): void {
    const [read, written] = [whole(lines), whole(events)];
    if (Math.max(read.length, written.length) <= KEPT_BYTES_MAX) {
      this.#free.push({ lines: read, events: written });
    }
  }

  #bytes(size: number): Buffer {
    return this.#isShared ? sharedBytes(size) : Buffer.allocUnsafeSlow(size);
  }
}

/** Memory that is handed over is no cheaper, and V8's code for all arrays of bytes gets slower with it. */
export function sharedBytes(size: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(size));
}

function whole({ buffer }: Uint8Array): Buffer {
  return Buffer.from(buffer);
}
