/** The bytes of a file or of standard input, piece by piece. */
import { fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

const STDIN = 0;
/** How much of a file is read at once, and so about the size of a batch: larger ones are no faster and take memory. */
const READ_BYTES = 256 * 1024;

/** @param path standard input when absent */
export function byteInput(path: string | undefined): AsyncIterable<Buffer> {
  const file = path === undefined ? STDIN : openSync(path, 'r');
  return fstatSync(file).isFile() ? fileBytes(file) : process.stdin;
}

/** Reading a file takes no longer than asking others to read it. Each piece is only good until the next one. */
async function* fileBytes(file: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
    yield buffer.subarray(0, count);
    // What other threads have done meanwhile is heard of.
    await setImmediate();
  }
}
