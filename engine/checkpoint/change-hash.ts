/** Did a record change, with what was joined to it? A hash over both tells, whatever the order of their keys. */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** Hex digits of the 16 bytes. */
const DIGITS = 32;
/** Texts up to a third of it are encoded here, which is quicker than to have each encoded in a buffer of its own. */
const scratch = Buffer.allocUnsafe(256 * 1024);
const BYTES_PER_CHARACTER_MAX = 3;

/**
 * 16 bytes of SHA-256 over the canonical JSON of the values, in hex. What says nothing is no change: a member that is null,
 * empty text, or an object or a list without anything in it counts as absent.
 */
export function changeHash(values: readonly unknown[]): string {
  return hashOfTexts(values.map((value) => canonicalJson(value)));
}

/** The same of values whose canonical JSON is at hand. */
export function hashOfTexts(texts: readonly string[]): string {
  let all = texts[0] || 'null';
  for (let index = 1; index < texts.length; index++) all += `,${texts[index] || 'null'}`;
  return hash('sha256', bytesOf(all), 'hex').slice(0, DIGITS);
}

function bytesOf(text: string): string | Uint8Array {
  if (text.length * BYTES_PER_CHARACTER_MAX > scratch.length) return text;
  return scratch.subarray(0, scratch.write(text));
}
