/** What is the member `DeviceId` or `OSPlatform` of an exported row called where the same rows come as JSON? */

/** By the name as it is written; the names of a vendor's rows are few. */
const known = new Map<string, string>();
const KNOWN_MAX = 10_000;

/** The record with its own members in camel case; members below them and values that are no objects stay as they are. */
export function camelCased(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
  const cased: Record<string, unknown> = {};
  // Entries made and read back take five times as long.
  for (const name of Object.keys(record)) {
    const value = (record as Record<string, unknown>)[name];
    const camel = camelCase(name);
    if (camel === '__proto__') defineMember(cased, camel, value);
    else cased[camel] = value;
  }
  return cased;
}

/** Assigned like others, this name would change the prototype of the object. */
function defineMember(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Of the capitals that a name begins with all are lowered, but for the last one where a word begins with it. */
function camelCase(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const cased = name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
  if (known.size < KNOWN_MAX) known.set(name, cased);
  return cased;
}
