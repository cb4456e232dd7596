/** Did a record change, with what was joined to it? A hash over both tells, whatever the order of their keys. */
import { createHash } from 'node:crypto';

/**
 * 16 bytes of SHA-256 over the canonical JSON (keys sorted, RFC 8785 in spirit) of the values. What says nothing is no change:
 * a member that is null, empty text, or an object or a list without anything in it counts as absent.
 */
export function changeHash(values: readonly unknown[]): Buffer {
  return hashOfTexts(values.map(canonicalJson));
}

/** The same of values whose canonical JSON is at hand. */
export function hashOfTexts(texts: readonly string[]): Buffer {
  return createHash('sha256')
    .update(texts.map((text) => text || 'null').join(','))
    .digest()
    .subarray(0, 16);
}

/** JSON with the keys of every object in code-unit order; '' for what says nothing. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '' : JSON.stringify(value);
  if (typeof value !== 'object') return JSON.stringify(value) ?? '';
  if (value === null) return '';
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item) || 'null'}`;
    return text === '' ? '' : `[${text}]`;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object).sort()) {
    const member = canonicalJson(object[key]);
    if (member !== '') text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${member}`;
  }
  return text === '' ? '' : `{${text}}`;
}
