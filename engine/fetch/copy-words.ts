/** Copies bytes, eight at a time: in less time than a call of a native function takes for the length of a usual value. */

const WORD = 8;

/**
 * Both are bytes of JSON: no text in UTF-8 has the bits of a number that is none, which would not keep them. They may be the same
 * bytes, where these move towards the beginning.
 */
export function copyWords(
  source: DataView,
  from: number,
  target: DataView,
  at: number,
  length: number,
): void {
  if (length < WORD) {
    for (let index = 0; index < length; index++) target.setUint8(at + index, source.getUint8(from + index));
    return;
  }
  const last = length - WORD;
  // First, since what is written before it may reach into it.
  const end = source.getFloat64(from + last, true);
  for (let index = 0; index < last; index += WORD) {
    target.setFloat64(at + index, source.getFloat64(from + index, true), true);
  }
  target.setFloat64(at + last, end, true);
}
