/** A record on its way through a lane. */
import type { SeenState } from '../checkpoint/seen.ts';
import { wholeOf } from '../definition/path.ts';
import type { Match } from '../join/match.ts';
import type { Change, ChangeType } from './change.ts';

/** What is found out about a record before it is mapped. */
export interface ItemFacts {
  key: string;
  /** Parsed, or yet unread. */
  record: unknown;
  /** By the name of the join. */
  matches: ReadonlyMap<string, Match>;
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
  /** What the mapping is told of it, where it asks. */
  change?: Change;
}

/** What all inputs of a mapping have alike. */
export interface InputFrame {
  recordName: string;
  settings: Readonly<Record<string, unknown>>;
}

export class Item {
  readonly key: string;
  readonly record: unknown;
  readonly matches: ReadonlyMap<string, Match>;
  readonly type: ChangeType;
  readonly hash: string;
  readonly version: number;
  state: SeenState;
  instant: string | undefined;
  readonly parent: string | undefined;
  readonly change: Change | undefined;
  /** Delivered before, as it is now but for the answer of a lookup. */
  isRepeated = false;
  /** Objects from the mapping, where something looks at them. */
  events: object[] = [];
  eventCount = 0;
  lines = '';
  readonly #frame: InputFrame;
  #input: Record<string, unknown> | undefined;

  constructor(facts: ItemFacts, frame: InputFrame) {
    this.key = facts.key;
    this.record = facts.record;
    this.matches = facts.matches;
    this.type = facts.type;
    this.hash = facts.hash;
    this.version = facts.version;
    this.state = facts.state;
    this.instant = facts.instant;
    this.parent = facts.parent;
    this.change = facts.change;
    this.#frame = frame;
  }

  /** What the mapping gets; made when it is first asked for. */
  get input(): Record<string, unknown> {
    this.#input ??= this.#made();
    return this.#input;
  }

  #made(): Record<string, unknown> {
    const { recordName, settings } = this.#frame;
    const input: Record<string, unknown> = { [recordName]: wholeOf(this.record) };
    for (const [name, match] of this.matches) input[name] = match.record;
    input['settings'] = settings;
    if (this.change) input['change'] = this.change;
    return input;
  }
}
