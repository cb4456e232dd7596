/** What is the JSON text of a value? Exactly that of `JSON.stringify`, faster for the leaves of an event. */

/** Control characters, quote, backslash, and surrogates, of which lone ones are escaped. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** A string in quotes. */
export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Whether a value is a string that stands in quotes as it is. */
export function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && !ESCAPED.test(value);
}

/** The text of a value between two others; empty for what JSON leaves out. */
export function partOf(before: string, value: unknown, after: string): string {
  if (value === undefined) return '';
  const text = jsonText(value);
  return text === undefined ? '' : before + text + after;
}

/** Any value; undefined for what JSON leaves out. */
export function jsonText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
    case 'number':
      return value - value === 0 ? `${value}` : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return undefined;
    default:
      return value === null ? 'null' : JSON.stringify(value);
  }
}
