/** Regular expressions as values: functions that find the first match and know how to find the next. */
import { BoundedRegex } from '../bounded-regex.ts';
import { callBack } from './apply.ts';
import { type Focus, isFunction, Lambda, withoutText } from './callable.ts';
import { failure, NotSynchronous } from './errors.ts';
import { asText, spend } from './meter.ts';

/** Going through a longer text counts as work. */
const LONG = 1_024;

export interface Match {
  match: string;
  start: number;
  end: number;
  groups: (string | undefined)[];
  next: () => Match | undefined;
}

export type Matcher = ((text: string, fromIndex?: number) => Match | undefined) & { regex?: RegExp };

/** The function that a regular expression is. Its matches share their place in the text. */
export function matcher(pattern: RegExp, position: number | undefined): Matcher {
  const bounded = new BoundedRegex(pattern);
  const find: Matcher = withoutText((text: string, fromIndex?: number) => {
    // `~>` gives it whatever is there, which V8 makes a text of.
    const subject = asText(text);
    const regex = bounded.for(subject);
    if (subject.length > LONG) spend(subject.length);
    regex.lastIndex = fromIndex || 0;
    const found = regex.exec(subject);
    if (found === null) return undefined;
    return {
      match: found[0],
      start: found.index,
      end: found.index + found[0].length,
      groups: found.slice(1),
      next: withoutText(() => {
        if (regex.lastIndex >= text.length) return undefined;
        const next = find(text, regex.lastIndex);
        if (next && next.match === '') {
          throw failure('D1004', { ...(position !== undefined && { position }), value: pattern.source });
        }
        return next;
      }),
    };
  });
  find.regex = pattern;
  return find;
}

/** The first match that a function finds. @throws T1010 where it gives something else */
export function firstMatch(focus: Focus, callee: unknown, text: string): Match | undefined {
  refuseOwnFrame(focus, callee);
  return checked(callBack(focus, callee, [text]));
}

export function nextMatch(focus: Focus, match: Match): Match | undefined {
  refuseOwnFrame(focus, match.next);
  return checked(callBack(focus, match.next, [undefined]));
}

/**
 * A lambda that was given as it is, by a call in tail position, is called among the variables of the place where it was
 * written, which only a text that it evaluates would see.
 * @throws NotSynchronous
 */
function refuseOwnFrame(focus: Focus, callee: unknown): void {
  if (focus.frame !== undefined && callee instanceof Lambda)
    throw new NotSynchronous('a lambda that finds matches may look up variables by name');
}

function checked(result: unknown): Match | undefined {
  if (!result) return result as undefined;
  const { start, end, groups, next } = result as Record<string, unknown>;
  // This is the package's test as it is written there.
  const isMatch =
    typeof start === 'number' || (end as unknown) === 'number' || Array.isArray(groups) || isFunction(next);
  if (!isMatch) throw failure('T1010');
  return result as Match;
}
