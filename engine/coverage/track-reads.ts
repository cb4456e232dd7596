/** Which members of a record does a mapping look at, when it runs? */

/**
 * The value, behind a guard that notes the path of each member that is read: dotted, items of a list under the path of the
 * list. A member that is handed on as a whole is read as a whole when the result is written.
 */
export function trackReads<T>(value: T, path: string, reads: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  const isList = Array.isArray(value);
  const known = new Map<PropertyKey, unknown>();
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key) || (isList && key === 'length'))
        return found;
      const below = isList ? path : path === '' ? key : `${path}.${key}`;
      reads.add(below);
      if (!known.has(key)) known.set(key, trackReads(found, below, reads));
      return known.get(key);
    },
  });
}
