/** What is the member `DeviceId` or `OSPlatform` of an exported row called where the same rows come as JSON? */

/** By the name as it is written; the names of a vendor's rows are few. */
const known = new Map<string, string>();
const KNOWN_MAX = 10_000;

/** The record with its own members in camel case; members below them and values that are no objects stay as they are. */
export function camelCased(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [camelCase(name), value]));
}

/** Of the capitals that a name begins with all are lowered, but for the last one where a word begins with it. */
function camelCase(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const cased = name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
  if (known.size < KNOWN_MAX) known.set(name, cased);
  return cased;
}
