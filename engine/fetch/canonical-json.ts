/** JSON that is the same for the same content: keys sorted (RFC 8785 in spirit), and without what says nothing. */

/** The keys of an object as they came, and in code-unit order, each as JSON with its colon. */
interface Shape {
  keys: readonly string[];
  sorted: readonly string[];
  names: readonly string[];
}

/** By the number of keys, the shape met last: the records of a list have one shape, or few. */
const shapes: (Shape | undefined)[] = [];
const SHAPE_KEYS_MAX = 500;
/** Any character but those that JSON writes as they are; a surrogate is escaped where it is alone. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * '' for what says nothing: null, empty text, an object or a list without anything in it.
 * @param isPlain no text in the value has a character that JSON escapes: known of a record that was written without a backslash
 */
export function canonicalJson(value: unknown, isPlain = false): string {
  if (typeof value === 'string') return value === '' ? '' : textOf(value, isPlain);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object') return JSON.stringify(value) ?? '';
  if (value === null) return '';
  return Array.isArray(value)
    ? listText(value, isPlain)
    : objectText(value as Record<string, unknown>, isPlain);
}

function listText(list: readonly unknown[], isPlain: boolean): string {
  let text = '';
  for (const item of list) text += `${text === '' ? '' : ','}${canonicalJson(item, isPlain) || 'null'}`;
  return text === '' ? '' : `[${text}]`;
}

function objectText(object: Record<string, unknown>, isPlain: boolean): string {
  const { sorted, names } = shapeOf(Object.keys(object));
  let text = '';
  for (let index = 0; index < sorted.length; index++) {
    const member = object[sorted[index] as string];
    const written =
      typeof member === 'string' && isPlain ? member && `"${member}"` : canonicalJson(member, isPlain);
    if (written !== '') text += text === '' ? names[index] + written : `,${names[index]}${written}`;
  }
  return text === '' ? '' : `{${text}}`;
}

function textOf(value: string, isPlain: boolean): string {
  return isPlain || !ESCAPED.test(value) ? `"${value}"` : JSON.stringify(value);
}

function shapeOf(keys: string[]): Shape {
  const known = shapes[keys.length];
  if (known && isSame(known.keys, keys)) return known;
  const sorted = [...keys].sort((a, b) => (a < b ? -1 : 1));
  const shape = { keys, sorted, names: sorted.map((key) => `${JSON.stringify(key)}:`) };
  if (keys.length <= SHAPE_KEYS_MAX) shapes[keys.length] = shape;
  return shape;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
