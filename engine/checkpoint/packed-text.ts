/** A text as bytes, exactly: one byte a UTF-16 unit where all are below 256 (Latin-1), else two (UTF-16LE). */

/** Longer ones are faster to write by a native call. */
const LOOP_MAX = 64;

/** Writes it, two bytes a unit being free there; gives where it ends. It is wide when its bytes are more than its units. */
export function writeText(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  const looped = length < LOOP_MAX ? length : LOOP_MAX;
  for (let index = 0; index < looped; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0xff) return at + bytes.write(text, at, 'utf16le');
    bytes[at + index] = unit;
  }
  if (looped === length) return at + length;
  return at + bytes.write(text, at, isNarrow(text) ? 'latin1' : 'utf16le');
}

export function readText(bytes: Buffer, at: number, length: number, isWide: boolean): string {
  return bytes.toString(isWide ? 'utf16le' : 'latin1', at, at + length);
}

/** Whether these bytes are that text. */
export function isText(
  bytes: Uint8Array,
  at: number,
  length: number,
  isWide: boolean,
  text: string,
): boolean {
  const units = text.length;
  if (length !== (isWide ? units * 2 : units)) return false;
  if (isWide) return isWideText(bytes, at, text);
  for (let index = 0; index < units; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

function isWideText(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const from = at + index * 2;
    if (bytes[from] !== (unit & 0xff) || bytes[from + 1] !== unit >>> 8) return false;
  }
  return true;
}

function isNarrow(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}
