/** Bytes to a file or to standard output, no faster than they are taken. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

export class ByteOutput {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (bytes.length > 0 && !this.#stream.write(bytes)) await once(this.#stream, 'drain');
  }

  async end(): Promise<void> {
    if (this.#stream === process.stdout) return;
    this.#stream.end();
    await once(this.#stream, 'finish');
  }
}
