/** A record on its way through a lane. */
import type { SeenState } from '../checkpoint/seen.ts';
import { wholeOf } from '../definition/path.ts';
import type { Match } from '../join/match.ts';
import type { Change, ChangeType } from './change.ts';

/** What all inputs of a mapping have alike. */
export interface InputFrame {
  recordName: string;
  joinNames: readonly string[];
  settings: Readonly<Record<string, unknown>>;
}

export class Item {
  readonly key: string;
  /** Parsed, or yet unread. */
  readonly record: unknown;
  /** In the order of the joins. */
  readonly matches: readonly (Match | undefined)[];
  readonly type: ChangeType;
  /** 32 hex digits. */
  readonly hash: string;
  /** How many versions of it were delivered before. */
  readonly version: number;
  /** What is remembered of it once it is written. */
  state: SeenState;
  /** Text whose order is that of time. */
  instant: string | undefined = undefined;
  /** Key of the joined record that it stands and falls with. */
  parent: string | undefined = undefined;
  /** What the mapping is told of it, where it asks. */
  change: Change | undefined = undefined;
  /** Delivered before, as it is now but for the answer of a lookup. */
  isRepeated = false;
  /** Objects from the mapping, where something looks at them. */
  events: object[] = NONE;
  eventCount = 0;
  lines = '';
  readonly frame: InputFrame;
  #input: Record<string, unknown> | undefined;

  constructor(
    frame: InputFrame,
    key: string,
    record: unknown,
    matches: readonly (Match | undefined)[],
    type: ChangeType,
    hash: string,
    version: number,
  ) {
    this.frame = frame;
    this.key = key;
    this.record = record;
    this.matches = matches;
    this.type = type;
    this.hash = hash;
    this.version = version;
    this.state = type === 'remove' ? 'gone' : 'known';
  }

  /** What the mapping gets; made when it is first asked for. */
  get input(): Record<string, unknown> {
    this.#input ??= this.#made();
    return this.#input;
  }

  #made(): Record<string, unknown> {
    const { recordName, joinNames, settings } = this.frame;
    const input: Record<string, unknown> = { [recordName]: wholeOf(this.record) };
    for (const [index, name] of joinNames.entries()) {
      const match = this.matches[index];
      if (match) input[name] = match.record;
    }
    input['settings'] = settings;
    if (this.change) input['change'] = this.change;
    return input;
  }
}

const NONE: object[] = [];
