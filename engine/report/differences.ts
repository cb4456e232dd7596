/** Where do two JSON values differ? The order of keys does not count, the order of lists does. */

/** `expected` is undefined for what was added, `found` for what is missing. */
export interface Difference {
  path: string;
  expected: unknown;
  found: unknown;
}

export function differences(expected: unknown, found: unknown, path = ''): Difference[] {
  if (Object.is(expected, found)) return [];
  if (!isObject(expected) || !isObject(found) || Array.isArray(expected) !== Array.isArray(found)) {
    return [{ path: path || '(all)', expected, found }];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...keys].flatMap((key) => {
    const at = Array.isArray(expected) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return differences(expected[key], found[key], at);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
