/** Input in pieces of whole lines, as bytes. */
import { EngineError } from '../../errors.ts';
import type { BatchMemory, Room } from '../../map/batches/batch-memory.ts';
import type { ByteInput } from './byte-input.ts';

const NEWLINE = 0x0a;
/** Longer lines cannot be read as one text. */
const LINE_MAX_BYTES = 256 * 1024 * 1024;

/**
 * Pieces as they come in, each ended by a newline, which the last line is given if it has none.
 * @param memory is asked for the memory of each
 * @throws EngineError `record-too-long`
 */
export async function* lineBatches(input: ByteInput, memory: BatchMemory): AsyncGenerator<Room> {
  let { lines, events } = memory.take();
  let size = 0;
  for (;;) {
    // Room for one byte more: the newline of a last line that has none.
    if (size + 1 >= lines.length) lines = memory.grown(lines);
    const count = await input.read(lines.subarray(0, lines.length - 1), size);
    if (count === 0) break;
    const end = size + lines.subarray(size, size + count).lastIndexOf(NEWLINE) + 1;
    const isEnded = end > size;
    size += count;
    if (isEnded) {
      const next = memory.take();
      while (size - end >= next.lines.length) next.lines = memory.grown(next.lines);
      lines.copy(next.lines, 0, end, size);
      size -= end;
      yield { lines: lines.subarray(0, end), events };
      ({ lines, events } = next);
    } else if (size > LINE_MAX_BYTES) throw tooLong();
  }
  if (size === 0) return;
  lines[size] = NEWLINE;
  yield { lines: lines.subarray(0, size + 1), events };
}

function tooLong(): EngineError {
  return new EngineError({
    code: 'record-too-long',
    kind: 'data',
    message: `a line has more than ${LINE_MAX_BYTES} bytes, expected one record a line`,
    fix: 'check that the input is newline-delimited JSON',
  });
}
