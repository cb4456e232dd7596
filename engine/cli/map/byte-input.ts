/** The bytes of a file or of standard input, piece by piece. */
import { createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { EngineError } from '../../errors.ts';

const STDIN = 0;
/** How much of a file is read at once, and so about the size of a batch: larger ones are no faster and take memory. */
const READ_BYTES = 256 * 1024;

/** @param path standard input when absent; anything that can be read, a pipe too @throws EngineError `usage-file` for a directory */
export function byteInput(path: string | undefined): AsyncIterable<Buffer> {
  if (path === undefined) return fstatSync(STDIN).isFile() ? fileBytes(STDIN) : process.stdin;
  const kind = statSync(path);
  if (kind.isDirectory()) throw directory(path);
  return kind.isFile() ? fileBytes(openSync(path, 'r')) : createReadStream(path);
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

function directory(path: string): EngineError {
  return new EngineError({
    code: 'usage-file',
    kind: 'usage',
    message: `\`${path}\` is a directory, expected a file of records`,
    fix: 'correct the path after --input',
  });
}
