/** Did a record change, with what was joined to it? A hash over both tells, whatever the order of their keys. */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/**
 * 16 bytes of SHA-256 over the canonical JSON of the values. What says nothing is no change: a member that is null, empty
 * text, or an object or a list without anything in it counts as absent.
 */
export function changeHash(values: readonly unknown[]): Buffer {
  return hashOfTexts(values.map(canonicalJson));
}

/** The same of values whose canonical JSON is at hand. */
export function hashOfTexts(texts: readonly string[]): Buffer {
  const all = texts.map((text) => text || 'null').join(',');
  return hash('sha256', all, 'buffer').subarray(0, 16);
}
