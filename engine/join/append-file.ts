/** A file that only grows: written in large pieces, and read where it is asked for. */
import type { ByteFile, ByteFiles } from '../byte-files.ts';

/** Bytes that are written at once. */
const TAIL_BYTES = 512 * 1024;
/** Parts of the file that are held, each read for a reader who goes forward. */
const WINDOWS = 4;
const WINDOW_BYTES_MIN = 4 * 1024;
const WINDOW_BYTES_MAX = 256 * 1024;

/** A part of the file in memory. */
export interface Window {
  bytes: Buffer;
  /** Offsets in the file. */
  start: number;
  end: number;
}

export class AppendFile {
  readonly #file: ByteFile;
  /** What is not yet on the disk. */
  #tail: Window;
  /** Of the disk, the one that was used last first. */
  #windows: Window[] = [];
  /** Told of all bytes in their order. */
  readonly #onWrite: ((bytes: Uint8Array) => void) | undefined;

  /** Begins an empty file in the place of any other that is there, for this user alone. */
  static create(path: string, files: ByteFiles, onWrite?: (bytes: Uint8Array) => void): AppendFile {
    return new AppendFile(files.open(path, 'create'), 0, onWrite);
  }

  /** For reading alone; undefined where there is none. */
  static open(path: string, files: ByteFiles): AppendFile | undefined {
    const size = files.size(path);
    return size === undefined ? undefined : new AppendFile(files.open(path, 'read'), size);
  }

  private constructor(file: ByteFile, size: number, onWrite?: (bytes: Uint8Array) => void) {
    this.#file = file;
    this.#tail = { bytes: Buffer.alloc(0), start: size, end: size };
    this.#onWrite = onWrite;
  }

  get size(): number {
    return this.#tail.end;
  }

  /** Makes the file longer. @returns what is to be filled before anything else is asked, at `offset - start` */
  extend(length: number): Window {
    const tail = this.#tail;
    if (tail.end - tail.start + length > tail.bytes.length) {
      this.flush();
      if (length > tail.bytes.length || tail.bytes.length > TAIL_BYTES)
        tail.bytes = Buffer.allocUnsafe(Math.max(length, TAIL_BYTES));
    }
    tail.end += length;
    return tail;
  }

  append(added: Uint8Array): void {
    const { size } = this;
    const { bytes, start } = this.extend(added.length);
    bytes.set(added, size - start);
  }

  flush(): void {
    const { bytes, start, end } = this.#tail;
    const length = end - start;
    if (length > 0) this.#file.write(bytes, length, start);
    this.#onWrite?.(bytes.subarray(0, length));
    this.#tail.start = end;
  }

  /**
   * A window with the bytes at an offset, good until the next call: all of what was made longer at once, or none of it, is
   * still in the tail.
   */
  read(offset: number, length: number): Window {
    if (offset >= this.#tail.start) return this.#tail;
    const windows = this.#windows;
    for (let index = 0; index < windows.length; index++) {
      const window = windows[index] as Window;
      if (offset < window.start || offset + length > window.end) continue;
      if (index > 0) this.#first(index);
      return window;
    }
    return this.#load(offset, length);
  }

  /** Reads on where the reader goes forward, twice as much each time; elsewhere little. */
  #load(offset: number, length: number): Window {
    const windows = this.#windows;
    let index = windows.findIndex(({ start, end }) => offset >= start && offset < end + WINDOW_BYTES_MAX / 4);
    const isForward = index !== -1;
    if (!isForward) {
      if (windows.length < WINDOWS) windows.push({ bytes: Buffer.alloc(0), start: 0, end: 0 });
      index = windows.length - 1;
    }
    this.#first(index);
    const window = windows[0] as Window;
    const wanted = isForward ? Math.min(2 * (window.end - window.start), WINDOW_BYTES_MAX) : WINDOW_BYTES_MIN;
    const size = Math.max(wanted, length);
    if (window.bytes.length < size || window.bytes.length > WINDOW_BYTES_MAX)
      window.bytes = Buffer.allocUnsafe(size);
    window.start = offset;
    // Should the reading fail, nothing is in it.
    window.end = offset;
    window.end += this.#file.read(window.bytes, Math.min(size, this.#tail.start - offset), offset);
    if (window.end < offset + length) throw new Error('the file is shorter than what was written to it');
    return window;
  }

  #first(index: number): void {
    const [window] = this.#windows.splice(index, 1);
    this.#windows.unshift(window as Window);
  }

  close(): void {
    this.#file.close();
  }
}
