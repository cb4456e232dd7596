/** Regular expressions that end soon on whatever text: V8's linear engine takes over where matching goes back too often. */
import { allowLinearEngine } from './linear-engine.ts';
import { type Piece, regexPieces, rewritten, waysOf } from './regex-syntax.ts';
import { failure } from './runtime/errors.ts';
import { spend } from './runtime/meter.ts';

/** Up to here trying all places of a text is fast enough; longer texts go to the linear engine at once. */
const SHORT_TEXT_MAX = 4_096;
/** An expression that the linear engine cannot run is not given longer texts, and is refused where it needs shorter ones. */
const TEXT_MAX = 8_192;
const TEXT_MIN = 128;
/** What such an expression may try on one text, some nanoseconds each. */
const TRIES_MAX = 300_000_000;
/** Characters of the text times those of the expression: the linear engine takes up to a third of a microsecond for each. */
const LINEAR_WORK_MAX = 20_000_000;

allowLinearEngine();

/** How an expression is run. */
interface Form {
  source: string;
  flags: string;
  /** Whether the linear engine can run it. */
  isLinear: boolean;
  /** Characters of a text that is given to V8's other engine. */
  shortMax: number;
  /** Why it is given no text. */
  problem?: string;
}

/** To find out how takes as long as hundreds of matches: it is done once for an expression, however often it is evaluated. */
const forms = new WeakMap<RegExp, Form>();

function formOf(regex: RegExp): Form {
  const known = forms.get(regex);
  if (known) return known;
  // The parser's copies for a default (`?:`, `??`) have lost their patterns.
  const { source, flags } = new RegExp(regex);
  const form = madeForm(source, flags);
  forms.set(regex, form);
  return form;
}

/** The linear engine does not know the flag `i`. */
function madeForm(source: string, flags: string): Form {
  const refused = { source, flags, isLinear: false, shortMax: 0 };
  if (source.length > SOURCE_MAX)
    return { ...refused, problem: `the regular expression has more than ${SOURCE_MAX} characters` };
  if (boundariesOf(source) > BOUNDARIES_MAX)
    return { ...refused, problem: `the regular expression has more than ${BOUNDARIES_MAX} word boundaries` };
  const isAnyCase = flags.includes('i');
  const others = flags.replace('i', '');
  const linear = { flags: others, isLinear: true, shortMax: SHORT_TEXT_MAX };
  if (!isAnyCase && isLinearSource(source, others)) return { source, ...linear };
  const pieces = regexPieces(source);
  const text = pieces && rewritten(pieces, isAnyCase);
  if (text !== undefined && boundariesOf(text) <= BOUNDARIES_MAX && isLinearSource(text, others)) {
    return { source: text, ...linear };
  }
  const shortMax = pieces ? textMax(pieces, flags) : 0;
  return shortMax > 0 ? { source, flags, isLinear: false, shortMax } : { ...refused, problem: ENDLESS };
}

/** One expression for short texts and for long ones. Each has its own `lastIndex`. */
export class BoundedRegex {
  readonly #form: Form;
  readonly #short: RegExp;
  #long: RegExp | undefined;

  constructor(regex: RegExp) {
    this.#form = formOf(regex);
    this.#short = new RegExp(this.#form.source, this.#form.flags);
  }

  /**
   * @throws a failure `regex-text` for a text that is too long for an expression that goes back, `regex-endless` for an
   *   expression that may take for ever
   */
  for(text: string): RegExp {
    const { source, flags, isLinear, shortMax, problem } = this.#form;
    if (problem !== undefined) throw failure('regex-endless', { message: problem });
    // The clock is looked at after every few thousand characters that may be gone back on.
    if (!isLinear) spend(text.length * BYTES_A_CHARACTER);
    if (text.length <= shortMax) return this.#short;
    if (isLinear && text.length * linearSize(source) <= LINEAR_WORK_MAX) {
      this.#long ??= new RegExp(source, `${flags}l`);
      return this.#long;
    }
    throw failure('regex-text', { message: tooLong(source, text.length) });
  }
}

/** What a character counts for that may be gone back on. */
const BYTES_A_CHARACTER = 4_096;

/** Characters of the expression with its repetitions written out, at most: the linear engine does that. */
function linearSize(source: string): number {
  let size = source.length;
  for (const [, before, least, most] of source.matchAll(/(.)\{(\d+)(?:,(\d*))?\}/gs)) {
    const times = Math.max(1, Number(most || least));
    size = before === ')' ? size * times : size + times;
  }
  return size;
}

/** V8 takes exponential time to compile word boundaries in groups: ten take 50 ms, eighteen a minute. */
const BOUNDARIES_MAX = 8;
const SOURCE_MAX = 10_000;

export const REGEX_FIX =
  'write it without looking ahead or behind, without references to groups, and without long repetitions of groups';

const ENDLESS = 'the regular expression cannot be matched in linear time, and may take for ever on some text';

/** Why an expression may take too long on some text; undefined for one that cannot. */
export function regexProblem(regex: RegExp): string | undefined {
  return formOf(regex).problem;
}

/** Characters of a text that an expression may be given that goes back. */
function textMax(pieces: readonly Piece[][], flags: string): number {
  const ways = waysOf(pieces);
  const isAtStart =
    !flags.includes('m') && pieces.every(([first]) => first?.type === 'literal' && first.text === '^');
  // The place where a match begins is tried as a loop is.
  const places = isAtStart ? 0 : 1;
  for (let length = TEXT_MAX; length >= TEXT_MIN; length /= 2) {
    const tries = ways.reduce((sum, count, loops) => sum + count * sharesOf(length, loops + places), 0);
    if (tries <= TRIES_MAX) return length;
  }
  return 0;
}

/** In how many ways loops can share a text out among them, each taking any length. */
function sharesOf(length: number, loops: number): number {
  let shares = 1;
  for (let loop = 1; loop <= loops && shares <= TRIES_MAX; loop++) shares *= (length + loop) / loop;
  return shares;
}

function boundariesOf(source: string): number {
  return source.match(/\\[\s\S]/g)?.filter((escaped) => /[bB]$/.test(escaped)).length ?? 0;
}

function isLinearSource(source: string, flags: string): boolean {
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
