/** Pieces of the seen file in memory: entries that are neighbours in the file are asked for together. */
import type { ByteFile } from '../byte-files.ts';
import { type Memory, memoryOf } from './seen-entry.ts';

/** One piece, from `start` to `end` in the file; what lies at a position is at `position - start` of its memory. */
export interface Window extends Memory {
  start: number;
  end: number;
  usedAt: number;
}

/** What is asked for here and there is read in small pieces, what is asked for in order in ever larger ones. */
const PIECE_MIN = 8 * 1024;
const PIECE_MAX = 256 * 1024;
/** What lies no further behind a piece counts as in order. */
const GAP_MAX = 64 * 1024;
/** A list in its order meets what each of the last runs has put. */
const WINDOWS = 8;

export class SeenWindows {
  readonly #file: ByteFile;
  readonly #windows: Window[] = [];
  #last: Window;
  #tick = 0;

  constructor(file: ByteFile) {
    this.#file = file;
    this.#last = emptyWindow();
    this.#windows.push(this.#last);
  }

  /**
   * A window in which the whole entry at the position lies.
   * @param limit where the file ends, as far as it counts
   */
  at(position: number, limit: number): Window | undefined {
    if (holds(this.#last, position)) return this.#last;
    for (const window of this.#windows) {
      if (!holds(window, position)) continue;
      this.#use(window);
      return window;
    }
    const window = this.#read(position, limit);
    return holds(window, position) ? window : undefined;
  }

  /** The window that was used last, when the whole entry at the position lies in it. */
  inHand(position: number): Window | undefined {
    return holds(this.#last, position) ? this.#last : undefined;
  }

  #read(position: number, limit: number): Window {
    const before = this.#windows.find(({ start, end }) => position >= start && position <= end + GAP_MAX);
    let size = PIECE_MIN;
    if (before) size = Math.min(Math.max((before.end - before.start) * 2, PIECE_MIN), PIECE_MAX);
    const window = before ?? this.#oldest();
    this.#use(window);
    fill(window, this.#file, position, Math.min(size, limit - position));
    const needed = window.end - position >= 4 ? (window.words[0] as number) : 0;
    if (position + needed > window.end && position + needed <= limit)
      fill(window, this.#file, position, needed);
    return window;
  }

  #oldest(): Window {
    if (this.#windows.length < WINDOWS) {
      const window = emptyWindow();
      this.#windows.push(window);
      return window;
    }
    return this.#windows.reduce((oldest, window) => (window.usedAt < oldest.usedAt ? window : oldest));
  }

  #use(window: Window): void {
    window.usedAt = ++this.#tick;
    this.#last = window;
  }
}

/** Reads a piece of the file, from a multiple of 8 on. */
export function fill(window: Window, file: ByteFile, position: number, size: number): void {
  const isTooSmall = window.bytes.length < size;
  const isTooLarge = window.bytes.length > PIECE_MAX && size <= PIECE_MAX;
  if (isTooSmall || isTooLarge) {
    const { bytes, words } = memoryOf(Math.max(size, PIECE_MIN));
    window.bytes = bytes;
    window.words = words;
  }
  window.start = position;
  window.end = position;
  window.end += size > 0 ? file.read(window.bytes, size, position) : 0;
}

export function emptyWindow(): Window {
  return { ...memoryOf(0), start: 0, end: 0, usedAt: 0 };
}

function holds({ start, end, words }: Window, position: number): boolean {
  if (position < start || position + 8 > end) return false;
  return position + (words[(position - start) >>> 2] as number) <= end;
}
