/** Bytes to a file or to standard output, no faster than they are taken. */
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';

const STDOUT = 1;

/** A file is written at once; any other standard output through its stream, which waits for whoever reads it. */
export class ByteOutput {
  readonly #file: number | undefined;
  readonly #isOwn: boolean;

  /** @param path standard output when absent */
  constructor(path: string | undefined, mode = 0o666) {
    this.#isOwn = path !== undefined;
    if (path !== undefined) this.#file = openSync(path, 'w', mode);
    else if (fstatSync(STDOUT).isFile()) this.#file = STDOUT;
  }

  /** The memory of the bytes may be used again when this is done. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#file !== undefined) {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } else if (bytes.length > 0 && !process.stdout.write(Uint8Array.prototype.slice.call(bytes))) {
      await once(process.stdout, 'drain');
    }
  }

  end(): void {
    if (this.#isOwn && this.#file !== undefined) closeSync(this.#file);
  }
}
