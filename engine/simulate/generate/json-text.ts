/** JSON texts made the short way, for values that are mostly small and harmless. */

const NEEDS_ESCAPES = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

/** A text in JSON's quotes. */
export function quoted(text: string): string {
  return NEEDS_ESCAPES.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** JSON.stringify of a value; undefined for an absent one. */
export function jsonText(value: unknown): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value);
}

/** Members that are there, joined as an object or a list. Each comes with a comma before it. */
export function enclosed(open: string, members: string, close: string): string {
  return members === '' ? open + close : open + members.slice(1) + close;
}
