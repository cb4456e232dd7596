/** The bytes of a file or of standard input, put where the reader wants them. */
import { createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { EngineError } from '../../errors.ts';

export interface ByteInput {
  /** Puts what comes next at a place, as much as there is and fits; gives how many bytes that is, 0 at the end. */
  read(into: Buffer, at: number): Promise<number>;
  /** Ends what waits for more. */
  stop(reason: Error): void;
}

const STDIN = 0;

/** @param path standard input when absent; anything that can be read, a pipe too @throws EngineError `usage-file` for a directory */
export function byteInput(path: string | undefined): ByteInput {
  if (path === undefined) return fstatSync(STDIN).isFile() ? fileInput(STDIN) : chunkInput(process.stdin);
  const kind = statSync(path);
  if (kind.isDirectory()) throw directory(path);
  return kind.isFile() ? fileInput(openSync(path, 'r')) : chunkInput(createReadStream(path));
}

/** How many bytes there are in all; undefined where nobody knows. */
export function inputBytes(path: string | undefined): number | undefined {
  const kind = path === undefined ? fstatSync(STDIN) : statSync(path);
  return kind.isFile() ? kind.size : undefined;
}

/** Reading a file takes no longer than asking others to read it. */
function fileInput(file: number): ByteInput {
  let isBegun = false;
  return {
    async read(into, at) {
      // What other threads have done meanwhile is heard of.
      if (isBegun) await setImmediate();
      isBegun = true;
      return readSync(file, into, at, into.length - at, null);
    },
    stop() {},
  };
}

/** What comes in pieces. */
export function chunkInput(chunks: AsyncIterable<Buffer>): ByteInput {
  const coming = chunks[Symbol.asyncIterator]();
  let rest: Buffer | undefined;
  return {
    async read(into, at) {
      while (rest === undefined || rest.length === 0) {
        const { value, done } = await coming.next();
        if (done) return 0;
        rest = value;
      }
      const count = rest.copy(into, at);
      rest = rest.subarray(count);
      return count;
    },
    stop(reason) {
      if (chunks instanceof Readable) chunks.destroy(reason);
    },
  };
}

function directory(path: string): EngineError {
  return new EngineError({
    code: 'usage-file',
    kind: 'usage',
    message: `\`${path}\` is a directory, expected a file of records`,
    fix: 'correct the path after --input',
  });
}
