/** The value at a dotted path of a record. */

/** A record that is read only as far as it is asked for. */
export abstract class UnreadRecord {
  /** What `valueAt` finds in all of it. */
  abstract at(path: readonly string[]): unknown;
  /** All of it, parsed. */
  abstract get whole(): unknown;
  /** Its JSON in UTF-8, in memory that belongs to its page. */
  abstract get json(): Uint8Array;
}

/** Undefined where a step is missing or goes through something that is no object. Own properties only. */
export function valueAt(record: unknown, path: readonly string[]): unknown {
  if (record instanceof UnreadRecord) return record.at(path);
  let here = record;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}

/** The record as a value. */
export function wholeOf(record: unknown): unknown {
  return record instanceof UnreadRecord ? record.whole : record;
}
