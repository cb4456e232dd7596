/** Input in pieces of whole lines, as bytes. */
import { EngineError } from '../../errors.ts';

const NEWLINE = 0x0a;
/** Longer lines cannot be read as one text. */
const LINE_MAX_BYTES = 256 * 1024 * 1024;

/**
 * Pieces as they come in, each ended by a newline, which the last line is given if it has none. Each has its memory to
 * itself.
 * @param input each piece of it may only be good until the next one
 * @param isShared whether other threads are to read them where they are
 * @throws EngineError `record-too-long`
 */
export async function* lineBatches(input: AsyncIterable<Buffer>, isShared = false): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield joined([...pending, chunk.subarray(0, end)], isShared);
      pending = [];
      size = 0;
    }
    if (end < chunk.length) pending.push(Buffer.from(chunk.subarray(end)));
    size += chunk.length - end;
    if (size > LINE_MAX_BYTES) throw tooLong();
  }
  if (size > 0) yield joined([...pending, Buffer.of(NEWLINE)], isShared);
}

function joined(parts: readonly Buffer[], isShared: boolean): Buffer {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const whole = isShared ? Buffer.from(new SharedArrayBuffer(size)) : Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const part of parts) at += part.copy(whole, at);
  return whole;
}

function tooLong(): EngineError {
  return new EngineError({
    code: 'record-too-long',
    kind: 'data',
    message: `a line has more than ${LINE_MAX_BYTES} bytes, expected one record a line`,
    fix: 'check that the input is newline-delimited JSON',
  });
}
