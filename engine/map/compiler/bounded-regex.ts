/** Regular expressions that end soon on whatever text: V8's linear engine takes over where matching goes back too often. */
import { setFlagsFromString } from 'node:v8';
import { regexPieces, rewritten, waysOf } from './regex-syntax.ts';
import { failure } from './runtime/errors.ts';

/** Up to here trying all places of a text is fast enough; longer texts go to the linear engine at once. */
const SHORT_TEXT_MAX = 4_096;
/** An expression that the linear engine cannot run is not given longer texts. */
const TEXT_MAX = 8_192;
/** Characters of the text times those of the expression: the linear engine takes up to a third of a microsecond for each. */
const LINEAR_WORK_MAX = 20_000_000;
/** Ways that one may have to try at a place, and the same where it has a loop without a bound. */
const WAYS_MAX = 10_000;
const WAYS_WITH_LOOP_MAX = 16;

allowLinearEngine();

/**
 * Lets V8 run regular expressions in linear time: those that went back 50,000 times, and those with the flag `l`. It must be
 * said before V8 loads compiled code, which it takes only under the flags under which it was made.
 */
export function allowLinearEngine(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  setFlagsFromString('--enable-experimental-regexp-engine');
}

/** One expression for short texts and for long ones. Each has its own `lastIndex`. */
export class BoundedRegex {
  readonly #short: RegExp;
  readonly #long: RegExp | undefined;

  constructor({ source, flags }: RegExp) {
    const linear = linearSource(source, flags);
    const others = flags.replace('i', '');
    this.#short =
      linear === undefined ? new RegExp(source, flags) : new RegExp(linear, sameFlags(linear, source, flags));
    this.#long = linear === undefined ? undefined : new RegExp(linear, `${others}l`);
  }

  /** @throws a failure `regex-text` for a text that is too long for an expression that goes back */
  for(text: string): RegExp {
    if (text.length <= SHORT_TEXT_MAX) return this.#short;
    const long = this.#long;
    if (long && text.length * long.source.length <= LINEAR_WORK_MAX) return long;
    if (!long && text.length <= TEXT_MAX) return this.#short;
    throw failure('regex-text', { message: tooLong(this.#short.source, text.length) });
  }
}

/** V8 takes exponential time to compile word boundaries in groups: ten take 50 ms, eighteen a minute. */
const BOUNDARIES_MAX = 8;
const SOURCE_MAX = 10_000;

export const REGEX_FIX =
  'write it without looking ahead or behind, without references to groups, and without long repetitions of groups';

/** Why an expression may take too long on some text; undefined for one that cannot. */
export function regexProblem({ source, flags }: RegExp): string | undefined {
  if (source.length > SOURCE_MAX) return `the regular expression has more than ${SOURCE_MAX} characters`;
  if (boundariesOf(source) > BOUNDARIES_MAX)
    return `the regular expression has more than ${BOUNDARIES_MAX} word boundaries`;
  if (linearSource(source, flags) !== undefined) return undefined;
  const pieces = regexPieces(source);
  if (pieces) {
    const { count, loops } = waysOf(pieces);
    if (loops === 0 ? count <= WAYS_MAX : loops === 1 && count <= WAYS_WITH_LOOP_MAX) return undefined;
  }
  return 'the regular expression cannot be matched in linear time, and may take for ever on some text';
}

/** The flag `i` is only left out where the letters of the source say the same. */
function sameFlags(linear: string, source: string, flags: string): string {
  return linear === source ? flags : flags.replace('i', '');
}

/** The source with which the linear engine runs the expression, without the flag `i`. */
function linearSource(source: string, flags: string): string | undefined {
  const isAnyCase = flags.includes('i');
  const others = flags.replace('i', '');
  if (!isAnyCase && isLinear(source, others)) return source;
  const pieces = regexPieces(source);
  const text = pieces && rewritten(pieces, isAnyCase);
  return text !== undefined && boundariesOf(text) <= BOUNDARIES_MAX && isLinear(text, others)
    ? text
    : undefined;
}

function boundariesOf(source: string): number {
  return source.match(/\\[\s\S]/g)?.filter((escaped) => /[bB]$/.test(escaped)).length ?? 0;
}

function isLinear(source: string, flags: string): boolean {
  try {
    new RegExp(source, `${flags}l`);
    return true;
  } catch {
    return false;
  }
}

function tooLong(source: string, length: number): string {
  const shown = source.length > 60 ? `${source.slice(0, 60)}...` : source;
  return `the text has ${length} characters, too many for the regular expression /${shown}/`;
}
