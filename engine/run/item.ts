/** A record on its way through a lane. */
import type { SeenState } from '../checkpoint/seen.ts';
import type { ChangeType } from './change.ts';

export interface Item {
  key: string;
  record: unknown;
  /** What the mapping gets. */
  input: Record<string, unknown>;
  type: ChangeType;
  /** 32 hex digits. */
  hash: string;
  /** How many versions of it were delivered before. */
  version: number;
  /** What is remembered of it once it is written. */
  state: SeenState;
  /** Text whose order is that of time. */
  instant?: string;
  /** Key of the joined record that it stands and falls with. */
  parent?: string;
  /** Delivered before, as it is now but for the answer of a lookup. */
  isRepeated: boolean;
  /** Objects from the mapping, where something looks at them, then their lines. */
  events: object[];
  eventCount: number;
  lines: string;
}
