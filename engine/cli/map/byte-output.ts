/** Bytes to a file or to standard output, no faster than they are taken. */
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { destinationError } from '../../write/destination.ts';

const STDOUT = 1;

/** A file is written at once; any other standard output through its stream, which waits for whoever reads it. */
export class ByteOutput {
  readonly #file: number | undefined;
  readonly #isOwn: boolean;
  readonly #target: string;

  /** @param path standard output when absent @throws EngineError `destination-`, as does `write` */
  constructor(path: string | undefined, mode = 0o666) {
    this.#isOwn = path !== undefined;
    this.#target = path ?? 'standard output';
    if (path !== undefined) this.#file = this.#telling(() => openSync(path, 'w', mode));
    else if (fstatSync(STDOUT).isFile()) this.#file = STDOUT;
  }

  /** The memory of the bytes may be used again when this is done. */
  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file;
    if (file !== undefined) {
      this.#telling(() => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      });
    } else if (bytes.length > 0 && !process.stdout.write(Uint8Array.prototype.slice.call(bytes))) {
      await once(process.stdout, 'drain');
    }
  }

  end(): void {
    if (this.#isOwn && this.#file !== undefined) closeSync(this.#file);
  }

  #telling<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw destinationError(this.#target, error);
    }
  }
}
