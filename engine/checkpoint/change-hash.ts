/** Did a record change, with what was joined to it? A hash over both tells, whatever the order of their keys. */
import { createHash } from 'node:crypto';

/** 16 bytes of SHA-256 over the canonical JSON (keys sorted, RFC 8785 in spirit) of the values. */
export function changeHash(values: readonly unknown[]): Buffer {
  return createHash('sha256').update(canonicalJson(values)).digest().subarray(0, 16);
}

/** JSON with the keys of every object in code-unit order; members that JSON cannot say are left out as by JSON.stringify. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Record<string, unknown>;
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}
