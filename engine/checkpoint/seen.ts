/** What a lane remembers of a record that it has delivered. */

/** `incomplete`: delivered without the answer of a lookup. `missing`: once not listed where lists drift. `gone`: its removal was delivered. */
export type SeenState = 'known' | 'incomplete' | 'missing' | 'gone';

/** One delivered record. */
export interface Seen {
  key: string;
  /** The 16 bytes of its content's hash, in hex (lower case). */
  hash: string;
  /** How many versions of it were delivered before this one; none when absent. */
  version?: number;
  /** `known` when absent. */
  state?: SeenState;
  /** Text whose order is that of time (`timestampRank`), compared by its UTF-16 units: by it old entries are forgotten. */
  instant?: string;
  /**
   * The record as `JSON.stringify` writes it, where its removal is to be told one day, and the key of the joined record that it
   * stands and falls with. What was kept before stays when absent, and goes with what is gone.
   */
  kept?: { record: string; parent?: string };
}

/** A delivered record as the lane finds it. `id` grows in the order of first delivery; it is good as long as the lane is open. */
export interface Known {
  id: number;
  hash: string;
  version: number;
  state: SeenState;
  instant?: string;
}

/** A delivered record with its content. */
export interface KeptRecord extends Known {
  key: string;
  record: string;
}
