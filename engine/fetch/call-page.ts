/** What does a process tell the others of its calls? One line with its checksum. */
import { checkedLine, checkedValue } from '../checked-line.ts';
import { EngineError } from '../errors.ts';

/**
 * Calls at about one time: when, in milliseconds, never earlier than they were; and how many. In files since the epoch, in
 * memory on the monotonic clock: the other one may be set while the process runs.
 */
export type Calls = [at: number, count: number];

export interface CallPage {
  calls: Calls[];
  /** Calls that it may have made since: so many, until then. */
  held?: { count: number; until: number };
  blockedUntil?: number;
}

/** Names of the files end so, after the 8 hex digits of the process. */
export const CALLS_SUFFIX = '.calls';

export function callPageText(page: CallPage): string {
  return checkedLine(page);
}

/** Undefined for a text that is not as it was written. */
export function callPageOf(text: string): CallPage | undefined {
  return checkedValue(text) as CallPage | undefined;
}

export function damagedCalls(path: string): EngineError {
  return new EngineError({
    code: 'state-calls-damaged',
    kind: 'state',
    message: `\`${path}\` is damaged: how many calls left before is not known`,
    fix: 'check the disk; the smallest rate limit counts as used up',
  });
}
