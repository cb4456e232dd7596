/** The buffers that bodies are made in: used again once they are sent, because fresh memory costs more than what is written to it. */

/** Long enough to compress and to send well, short enough to make between two events. */
export const PIECE_BYTES = 256 * 1024;

/** Beyond a piece there is room for the record that completes it. */
const BUFFER_BYTES = PIECE_BYTES + 32 * 1024;

const KEPT_MAX = 8;
const free: Buffer[] = [];

/** A buffer with any content. */
export function takeBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
}

/** Gives back what `takeBuffer` gave, or the beginning of it; nothing may read it any more. */
export function giveBack({ buffer }: Buffer): void {
  if (buffer.byteLength === BUFFER_BYTES && free.length < KEPT_MAX) free.push(Buffer.from(buffer));
}
