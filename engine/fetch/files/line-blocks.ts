/** A stream of bytes as blocks of whole lines. */
import { EngineError } from '../../errors.ts';

const NEWLINE = 0x0a;

/**
 * Gives each byte once, in blocks of at most `bytesMax` that end where a line ends; the last one ends where the bytes do.
 * @throws EngineError `page-line-too-long` (contract)
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Buffer> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    if (size < bytesMax) continue;
    let rest = Buffer.concat(pending, size);
    while (rest.length >= bytesMax) {
      const end = rest.lastIndexOf(NEWLINE, bytesMax - 1) + 1;
      if (end === 0) throw lineTooLong(bytesMax);
      yield rest.subarray(0, end);
      rest = rest.subarray(end);
    }
    pending = [rest];
    size = rest.length;
  }
  if (size > 0) yield Buffer.concat(pending, size);
}

function lineTooLong(bytesMax: number): EngineError {
  return new EngineError({
    code: 'page-line-too-long',
    kind: 'contract',
    message: `a line is longer than ${bytesMax} bytes, expected one record a line`,
    fix: 'check with the documentation of the vendor that the file is newline-delimited JSON',
  });
}
