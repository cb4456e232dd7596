/** Built-in functions on text that may take a function or a regular expression: `$contains`, `$match`, `$replace`, `$split`. */
import { definitionOf } from '../../package-door.ts';
import { callBack } from '../apply.ts';
import type { Focus, Implementation } from '../callable.ts';
import { failure } from '../errors.ts';
import { firstMatch, type Match, nextMatch } from '../matcher.ts';
import { given, HAS_NO_LENGTH, measure, spend, willBeText } from '../meter.ts';
import { newSequence, push } from '../sequence.ts';
import { indexIn, splitAt, textAfter, textBefore } from '../text-search.ts';

type Package = (this: Focus, ...args: unknown[]) => unknown;

const join = definitionOf('join').implementation as unknown as Package;
const pad = definitionOf('pad').implementation as unknown as (...args: unknown[]) => unknown;
const string = definitionOf('string').implementation as unknown as Package;
const clone = definitionOf('clone').implementation as unknown as Package;
const toMillis = definitionOf('toMillis').implementation as unknown as Package;
const fromMillis = definitionOf('fromMillis').implementation as unknown as Package;
const formatNumber = definitionOf('formatNumber').implementation as unknown as Package;
const formatInteger = definitionOf('formatInteger').implementation as unknown as Package;
const parseInteger = definitionOf('parseInteger').implementation as unknown as Package;
export const PRETTY_INDENT = 2;
/** What a match that is replaced takes, in text and time. */
const MATCH_BYTES = 64;
/** Pictures say how a number or a time is written; the package goes through them character by character, often. */
const PICTURE_MAX = 1_000;

export const TEXT_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  contains(text: string | undefined, token: unknown) {
    if (text === undefined || token === undefined) return undefined;
    if (typeof token === 'string') return indexIn(text, token) !== -1;
    return firstMatch(this, token, text) !== undefined;
  },

  substringBefore(text: string | undefined, other: string) {
    return text === undefined ? undefined : textBefore(text, other);
  },

  substringAfter(text: string | undefined, other: string) {
    return text === undefined ? undefined : textAfter(text, other);
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
      willBeText(result.length);
      spend(MATCH_BYTES);
      position = match.start + match.match.length;
    });
    return any ? result + text.substring(position) : text;
  },

  pad(text: string | undefined, width: number, character: string | undefined) {
    if (text === undefined) return undefined;
    const isUsual = typeof text === 'string' && typeof width === 'number';
    if (!isUsual || (character !== undefined && typeof character !== 'string')) {
      return padUnchecked(text, width, character);
    }
    willBeText(Math.abs(width) * Math.max(1, character?.length ?? 0));
    return padded(text, width, character || ' ');
  },

  join(texts: string[] | undefined, separator: string | undefined) {
    if (texts === undefined) return undefined;
    if (separator !== undefined && typeof separator !== 'string')
      return join.call(this, texts, `${separator}`);
    let length = (separator?.length ?? 0) * texts.length;
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index];
      if (typeof text === 'string') length += text.length;
      else measure(text, 0, HAS_NO_LENGTH);
    }
    willBeText(length);
    return join.call(this, texts, separator);
  },

  string(value: unknown, isPretty: boolean | undefined) {
    measure(value, isPretty ? PRETTY_INDENT : 0);
    return string.call(this, value, isPretty);
  },

  clone(value: unknown) {
    measure(value);
    return clone.call(this, value);
  },

  toMillis(text: string | undefined, picture: string | undefined) {
    refuseLongPicture(picture);
    if (typeof text === 'string' && typeof picture === 'string') refuseEndlessPicture(text, picture);
    return toMillis.call(this, text, picture);
  },

  fromMillis(millis: number | undefined, picture: string | undefined, timezone: string | undefined) {
    refuseLongPicture(picture);
    return fromMillis.call(this, millis, picture, timezone);
  },

  formatNumber(value: number | undefined, picture: string | undefined, options: unknown) {
    refuseLongPicture(picture);
    if (isInfinite(value) && picture?.includes?.(exponentSeparator(options)))
      throw failure('D1001', { value: String(value) });
    return formatNumber.call(this, value, picture, options);
  },

  formatInteger(value: number | undefined, picture: string | undefined) {
    refuseLongPicture(picture);
    if (isInfinite(value) && LETTERS.test(picture as string))
      throw failure('D1001', { value: String(value) });
    return formatInteger.call(this, value, picture);
  },

  parseInteger(text: string | undefined, picture: string | undefined) {
    refuseLongPicture(picture);
    return parseInteger.call(this, text, picture);
  },

  encodeUrl: urlFunction('encodeUrl'),
  encodeUrlComponent: urlFunction('encodeUrlComponent'),
  decodeUrl: urlFunction('decodeUrl'),
  decodeUrlComponent: urlFunction('decodeUrlComponent'),

  split(text: string | undefined, separator: unknown, limit: number | undefined) {
    if (text === undefined) return undefined;
    if ((limit as number) < 0) throw failure('D3020', { value: limit, index: 3 });
    if (limit !== undefined && !(limit > 0)) return [];
    if (typeof separator === 'string') return splitText(text, separator, limit, this.options.sequence);
    const parts: string[] = [];
    let start = 0;
    const any = eachMatch(this, separator, text, limit, (match) => {
      push(parts, text.substring(start, match.start), this.options.sequence);
      start = match.end;
    });
    if (!any) return [text];
    if (limit === undefined || parts.length < limit) parts.push(text.substring(start));
    return parts;
  },
};

// The package never comes to the end of an infinite number that it divides until little is left.

function isInfinite(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) === Number.POSITIVE_INFINITY;
  // Partially applied they are given anything, of which JavaScript makes a number where it can.
  if (Array.isArray(value)) return value.length === 1 && isInfinite(value[0]);
  return typeof value === 'string' && isInfinite(Number(value));
}

function exponentSeparator(options: unknown): string {
  const { 'exponent-separator': separator } = (options ?? {}) as Record<string, unknown>;
  return typeof separator === 'string' ? separator : 'e';
}

/** A picture for a number as letters: a, b ... z, aa. */
const LETTERS = /^[aA](;|$)/;

/** The package's, which would hide what making text of a function fails with. */
function urlFunction(name: string): Implementation {
  const theirs = definitionOf(name).implementation as unknown as Package;
  return function (this: Focus, text: unknown): unknown {
    refuseFunctions(text);
    return theirs.call(this, text);
  };
}

/** @throws NotSynchronous */
function refuseFunctions(text: unknown): void {
  // Not `String(text)`, which bundlers leave out.
  if (typeof text === 'function') text.toString();
  else if (Array.isArray(text)) for (const item of text) refuseFunctions(item);
}

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

/** As the package pads, which takes a text apart into its characters whatever they are. Widths count code points. */
function padded(text: string, width: number, character: string): string {
  const whole = Math.trunc(width);
  const count = Math.abs(whole) - pointsOf(text);
  if (!(count > 0)) return text;
  const repeated = character.repeat(Math.ceil(count / pointsOf(character)));
  const padding = SURROGATE.test(repeated)
    ? Array.from(repeated).slice(0, count).join('')
    : repeated.slice(0, count);
  return whole > 0 ? text + padding : padding + text;
}

/** Partially applied it is given anything. */
function padUnchecked(text: Iterable<string>, width: number, character: string | undefined): unknown {
  // Whatever has no length here has none in the package either, which fails at it.
  const isBlank = character === undefined || character.length === 0;
  const count = Math.abs(Math.trunc(width)) - [...text].length;
  if (count > 0) willBeText(count * Math.max(1, isBlank ? 1 : `${character}`.length));
  return pad(text, width, character);
}

function pointsOf(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

const SURROGATE = /[\ud800-\udfff]/;

/** No more parts than a sequence may have. */
function splitText(text: string, separator: string, limit: number | undefined, most: number): string[] {
  // JavaScript takes a limit modulo 2 to the 32.
  const wanted = limit === undefined ? most + 1 : limit >>> 0;
  const parts = splitAt(text, separator, Math.min(wanted, most + 1));
  if (parts.length > most) throw failure('D2015', { value: parts.length });
  return given(parts);
}

/** @throws a failure `picture-too-long` */
export function refuseLongPicture(picture: string | null | undefined): void {
  if (picture === undefined || picture === null || !(picture.length > PICTURE_MAX)) return;
  throw failure('picture-too-long', {
    message: `a picture has ${picture.length} characters, expected at most ${PICTURE_MAX}`,
  });
}

/** Ways in which the digits of a text may be shared out among the parts of a picture. */
const WAYS_MAX = 1_000_000;

/**
 * The package makes a regular expression of a picture, in which parts without a separator between them share out their
 * characters in every way there is.
 */
function refuseEndlessPicture(text: string, picture: string): void {
  // Words and names hold what separates digits.
  const separator = /\[.[^\]]*[A-Za-z]/.test(picture) ? /$^/ : /[^A-Za-z0-9[\]]+/;
  const parts = picture.split(separator).map((run) => run.split('[').length - 2);
  let ways = 1;
  for (const extra of parts)
    for (let part = 1; part <= extra && ways <= WAYS_MAX; part++)
      ways *= Math.max(1, text.length - part) / part;
  if (ways <= WAYS_MAX) return;
  throw failure('picture-endless', {
    message: `a text of ${text.length} characters has too many ways to be read by a picture with ${Math.max(...parts) + 1} parts in a row`,
  });
}

function replaceText(text: string, pattern: string, replacement: unknown, limit: number | undefined): string {
  if (limit !== undefined && !(limit > 0)) return text;
  let result = '';
  let position = 0;
  let index = indexIn(text, pattern);
  for (let count = 0; index !== -1 && (limit === undefined || count < limit); count++) {
    // Not `String(replacement)`, which asks an object another way.
    result += text.substring(position, index) + (replacement as string);
    willBeText(result.length);
    spend(MATCH_BYTES);
    position = index + pattern.length;
    index = indexIn(text, pattern, position);
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
