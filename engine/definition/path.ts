/** The value at a dotted path of a record. */

/** Undefined where a step is missing or goes through something that is no object. Own properties only. */
export function valueAt(record: unknown, path: readonly string[]): unknown {
  let here = record;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}
