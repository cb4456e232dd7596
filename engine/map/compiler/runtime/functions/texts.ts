/** Built-in functions on text that may take a function or a regular expression: `$contains`, `$match`, `$replace`, `$split`. */
import { callBack } from '../apply.ts';
import type { Focus, Implementation } from '../callable.ts';
import { failure } from '../errors.ts';
import { firstMatch, type Match, nextMatch } from '../matcher.ts';
import { newSequence, push } from '../sequence.ts';

export const TEXT_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  contains(text: string | undefined, token: unknown) {
    if (text === undefined || token === undefined) return undefined;
    if (typeof token === 'string') return text.indexOf(token) !== -1;
    return firstMatch(this, token, text) !== undefined;
  },

  match(text: string | undefined, pattern: unknown, limit: number | undefined) {
    if (text === undefined) return undefined;
    if ((limit as number) < 0) throw failure('D3040', { value: limit, index: 3 });
    const results = newSequence();
    eachMatch(this, pattern, text, limit, (match) => {
      const { match: matched, start, groups } = match;
      push(
        results,
        { match: matched, index: start, groups },
        this.options?.sequence ?? Number.POSITIVE_INFINITY,
      );
    });
    return results;
  },

  replace(text: string | undefined, pattern: unknown, replacement: unknown, limit: number | undefined) {
    if (text === undefined) return undefined;
    if (pattern === '') throw failure('D3010', { value: pattern, index: 2 });
    if ((limit as number) < 0) throw failure('D3011', { value: limit, index: 4 });
    if (typeof pattern === 'string') return replaceText(text, pattern, replacement, limit);
    let result = '';
    let position = 0;
    const any = eachMatch(this, pattern, text, limit, (match) => {
      result += text.substring(position, match.start);
      const replaced =
        typeof replacement === 'string'
          ? expandReplacement(replacement, match)
          : callBack(this, replacement, [match]);
      if (typeof replaced !== 'string') throw failure('D3012', { value: replaced });
      result += replaced;
      position = match.start + match.match.length;
    });
    return any ? result + text.substring(position) : text;
  },

  split(text: string | undefined, separator: unknown, limit: number | undefined) {
    if (text === undefined) return undefined;
    if ((limit as number) < 0) throw failure('D3020', { value: limit, index: 3 });
    if (limit !== undefined && !(limit > 0)) return [];
    if (typeof separator === 'string') return text.split(separator, limit);
    const parts: string[] = [];
    let start = 0;
    const any = eachMatch(this, separator, text, limit, (match) => {
      parts.push(text.substring(start, match.start));
      start = match.end;
    });
    if (!any) return [text];
    if (limit === undefined || parts.length < limit) parts.push(text.substring(start));
    return parts;
  },
};

/** Whether there is a match at all; each of them up to the limit is visited. */
function eachMatch(
  focus: Focus,
  pattern: unknown,
  text: string,
  limit: number | undefined,
  visit: (match: Match) => void,
): boolean {
  if (limit !== undefined && !(limit > 0)) return false;
  let match = firstMatch(focus, pattern, text);
  if (match === undefined) return false;
  for (let count = 0; match !== undefined && (limit === undefined || count < limit); count++) {
    visit(match);
    match = nextMatch(focus, match);
  }
  return true;
}

function replaceText(text: string, pattern: string, replacement: unknown, limit: number | undefined): string {
  if (limit !== undefined && !(limit > 0)) return text;
  let result = '';
  let position = 0;
  let index = text.indexOf(pattern);
  for (let count = 0; index !== -1 && (limit === undefined || count < limit); count++) {
    result += text.substring(position, index) + String(replacement);
    position = index + pattern.length;
    index = text.indexOf(pattern, position);
  }
  return result + text.substring(position);
}

/** `$0` is the match, `$1` its first group, `$$` a dollar; a dollar before anything else is itself. */
export function expandReplacement(
  replacement: string,
  { match, groups }: Pick<Match, 'match' | 'groups'>,
): string {
  let result = '';
  let position = 0;
  let index = replacement.indexOf('$');
  while (index !== -1 && position < replacement.length) {
    result += replacement.substring(position, index);
    position = index + 1;
    const next = replacement.charAt(position);
    if (next === '$' || next === '0') {
      result += next === '$' ? '$' : match;
      position++;
    } else {
      const number = groupNumber(replacement, position, groups.length);
      if (Number.isNaN(number)) result += '$';
      else {
        result += groups[number - 1] ?? '';
        position += number.toString().length;
      }
    }
    index = replacement.indexOf('$', position);
  }
  return result + replacement.substring(position);
}

/** As many digits as the number of groups has, one less where that is more than there are. */
function groupNumber(replacement: string, position: number, groups: number): number {
  const digits = groups === 0 ? 1 : Math.floor(Math.log(groups) * Math.LOG10E) + 1;
  const number = Number.parseInt(replacement.substring(position, position + digits), 10);
  if (digits > 1 && number > groups) {
    return Number.parseInt(replacement.substring(position, position + digits - 1), 10);
  }
  return number;
}
