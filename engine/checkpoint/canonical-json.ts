/** JSON that is the same for the same content: keys sorted (RFC 8785 in spirit), and without what says nothing. */

/** The keys of an object in code-unit order, each as JSON with its colon. */
interface Shape {
  keys: readonly string[];
  /** Indices into `keys`. */
  order: readonly number[];
  names: readonly string[];
}

/** By the number of keys, the shape met last: the records of a list have one shape, or few. */
const shapes: (Shape | undefined)[] = [];
const SHAPE_KEYS_MAX = 500;
/** Any character but those that JSON writes as they are; a surrogate is escaped where it is alone. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** '' for what says nothing: null, empty text, an object or a list without anything in it. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '' : textOf(value);
  if (typeof value !== 'object') return JSON.stringify(value) ?? '';
  if (value === null) return '';
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item) || 'null'}`;
    return text === '' ? '' : `[${text}]`;
  }
  const object = value as Record<string, unknown>;
  const { keys, order, names } = shapeOf(Object.keys(object));
  for (const index of order) {
    const member = canonicalJson(object[keys[index] ?? '']);
    if (member !== '') text += text === '' ? names[index] + member : `,${names[index]}${member}`;
  }
  return text === '' ? '' : `{${text}}`;
}

function textOf(value: string): string {
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function shapeOf(keys: string[]): Shape {
  const known = shapes[keys.length];
  if (known && isSame(known.keys, keys)) return known;
  const order = keys.map((_, index) => index);
  order.sort((a, b) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1));
  const shape = { keys, order, names: keys.map((key) => `${JSON.stringify(key)}:`) };
  if (keys.length <= SHAPE_KEYS_MAX) shapes[keys.length] = shape;
  return shape;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
