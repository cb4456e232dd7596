/** A regular expression taken apart: how many ways it can match, and the same expression in terms of V8's linear engine. */

export type Piece =
  | { type: 'literal'; text: string; character?: string }
  | { type: 'class'; open: string; items: string[] }
  | { type: 'group'; open: string; options: Piece[][] }
  /** What looks without taking (`(?=`), or goes back to what a group took: the linear engine knows neither. */
  | { type: 'memory'; options: Piece[][] }
  | { type: 'repeat'; of: Piece; min: number; max: number; lazy: string };

/** The expression's alternatives; undefined where it is written in a way that is not understood here. */
export function regexPieces(source: string): Piece[][] | undefined {
  const reader = new Reader(source);
  const options = reader.options();
  return options && reader.at === source.length ? options : undefined;
}

/** `\xHH`, `\uHHHH`, `\cX`, `\k<name>`, or one character after the backslash. */
const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|c[A-Za-z]|k<[^>]*>|[\s\S])/y;
const OPENING = /\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/y;
const REPETITION = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})(\??)/y;
const REPETITIONS: Readonly<Record<string, [number, number]>> = {
  '*': [0, Infinity],
  '+': [1, Infinity],
  '?': [0, 1],
};

class Reader {
  at = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  options(): Piece[][] | undefined {
    const options: Piece[][] = [];
    do {
      const pieces: Piece[] = [];
      while (this.at < this.#source.length && !'|)'.includes(this.#source.charAt(this.at))) {
        const piece = this.#repeated();
        if (!piece) return undefined;
        pieces.push(piece);
      }
      options.push(pieces);
    } while (this.#source.charAt(this.at) === '|' && this.at++ >= 0);
    return options;
  }

  #repeated(): Piece | undefined {
    let piece = this.#one();
    for (let found = this.#take(REPETITION); piece && found; found = this.#take(REPETITION)) {
      const [, sign, from, comma, to, lazy = ''] = found;
      const least = Number(from);
      const [min, max] = sign
        ? (REPETITIONS[sign] as [number, number])
        : [least, comma === undefined ? least : to === '' ? Infinity : Number(to)];
      piece = { type: 'repeat', of: piece, min, max, lazy };
    }
    return piece;
  }

  #one(): Piece | undefined {
    const character = this.#source.charAt(this.at);
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '\\') {
      const [text, hex, unicode] = this.#take(ESCAPE) ?? [];
      if (text === undefined) return undefined;
      if (/^\\(?:[1-9]|k<)/.test(text)) return { type: 'memory', options: [] };
      const code = hex ?? unicode;
      return code === undefined
        ? { type: 'literal', text }
        : { type: 'literal', text, character: String.fromCharCode(Number.parseInt(code, 16)) };
    }
    this.at++;
    return '.^$'.includes(character)
      ? { type: 'literal', text: character }
      : { type: 'literal', text: character, character };
  }

  #group(): Piece | undefined {
    const [open] = this.#take(OPENING) ?? [];
    const options = open === undefined ? undefined : this.options();
    if (open === undefined || !options || this.#source.charAt(this.at++) !== ')') return undefined;
    return /^\(\?<?[=!]/.test(open) ? { type: 'memory', options } : { type: 'group', open, options };
  }

  #class(): Piece | undefined {
    const open = this.#source.startsWith('[^', this.at) ? '[^' : '[';
    this.at += open.length;
    const items: string[] = [];
    while (this.at < this.#source.length) {
      const character = this.#source.charAt(this.at);
      if (character === ']') {
        this.at++;
        return { type: 'class', open, items };
      }
      const escaped = character === '\\' ? this.#take(ESCAPE)?.[0] : undefined;
      if (escaped === undefined) this.at++;
      items.push(escaped ?? character);
    }
    return undefined;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#source);
    if (found) this.at = pattern.lastIndex;
    return found ?? undefined;
  }
}

/**
 * In how many ways an expression may match at one place of a text, by the number of its loops without a bound: each way is
 * tried for each length that its loops take.
 */
export type Ways = readonly number[];

const ONE_WAY: Ways = [1];
/** A loop in which another one stands, or one of more than a character. */
const ENDLESS: Ways = [Number.POSITIVE_INFINITY];
/** More ways and loops than these are not told apart. */
const WAYS_MAX = 10_000_000;
const LOOPS_MAX = 8;
/** What may be repeated more often is a loop without a bound for the texts that there are. */
const TIMES_COUNTED_MAX = 8_192;

/** What a matcher that goes back may have to try. */
export function waysOf(options: readonly Piece[][]): Ways {
  return options.map(waysOfPieces).reduce(either, []);
}

/** What looks without taking is tried in each way that there is before it, and never gone back to. */
function waysOfPieces(pieces: readonly Piece[]): Ways {
  let taken = ONE_WAY;
  let looked: Ways = [];
  for (const piece of pieces) {
    const reached = afterOneAnother(taken, waysOfPiece(piece));
    if (piece.type === 'memory') looked = either(looked, reached);
    else taken = reached;
  }
  return either(taken, looked);
}

function waysOfPiece(piece: Piece): Ways {
  if (piece.type === 'group' || piece.type === 'memory') {
    return piece.options.length === 0 ? ONE_WAY : waysOf(piece.options);
  }
  if (piece.type !== 'repeat') return ONE_WAY;
  if (piece.max > TIMES_COUNTED_MAX) {
    const isOneCharacter = piece.of.type === 'literal' || piece.of.type === 'class';
    return isOneCharacter ? [0, 1] : ENDLESS;
  }
  const inner = waysOfPiece(piece.of);
  let times = ONE_WAY;
  for (let time = 0; time < piece.min && times !== ENDLESS; time++) times = afterOneAnother(times, inner);
  let all = times;
  for (let time = piece.min; time < piece.max && all !== ENDLESS; time++) {
    times = afterOneAnother(times, inner);
    all = either(all, times);
  }
  return all;
}

function either(some: Ways, others: Ways): Ways {
  const [longer, shorter] = some.length < others.length ? [others, some] : [some, others];
  return bounded(longer.map((ways, loops) => ways + (shorter[loops] ?? 0)));
}

function afterOneAnother(first: Ways, next: Ways): Ways {
  const all = new Array<number>(first.length + next.length - 1).fill(0);
  for (const [loops, ways] of first.entries())
    for (const [more, others] of next.entries()) all[loops + more] = (all[loops + more] ?? 0) + ways * others;
  return bounded(all);
}

function bounded(ways: Ways): Ways {
  return ways.length > LOOPS_MAX + 1 || ways.some((count) => !(count <= WAYS_MAX)) ? ENDLESS : ways;
}

/** Times that the linear engine repeats a piece. */
const TIMES_MAX = 16;
/** An expression that becomes longer than this is not rewritten. */
const REWRITTEN_MAX = 4_000;

/**
 * The same expression without what the linear engine refuses: letters in both cases instead of the flag `i`, and long
 * repetitions as several short ones. Undefined where that cannot be said, or changes which group is which.
 */
export function rewritten(
  options: readonly Piece[][],
  isAnyCase: boolean,
  isRepeated = false,
): string | undefined {
  const texts = options.map((pieces) => pieces.map((piece) => pieceText(piece, isAnyCase, isRepeated)));
  if (texts.some((pieces) => pieces.includes(undefined))) return undefined;
  const text = texts.map((pieces) => pieces.join('')).join('|');
  return text.length <= REWRITTEN_MAX ? text : undefined;
}

function pieceText(piece: Piece, isAnyCase: boolean, isRepeated: boolean): string | undefined {
  switch (piece.type) {
    case 'literal': {
      if (!isAnyCase || piece.character === undefined) return piece.text;
      const other = otherCase(piece.character);
      return other === undefined ? piece.text : `[${piece.character}${other}]`;
    }
    case 'class':
      return isAnyCase ? anyCaseClass(piece.open, piece.items) : `${piece.open}${piece.items.join('')}]`;
    case 'group': {
      const inner = rewritten(piece.options, isAnyCase, isRepeated);
      return inner === undefined ? undefined : `${piece.open}${inner})`;
    }
    case 'memory':
      return undefined;
    case 'repeat':
      return repeatText(piece, isAnyCase, isRepeated);
  }
}

function repeatText(
  { of, min, max, lazy }: Extract<Piece, { type: 'repeat' }>,
  isAnyCase: boolean,
  isRepeated: boolean,
): string | undefined {
  const isCounted = max !== Infinity && max > 1;
  const text = pieceText(of, isAnyCase, isRepeated || isCounted || min > 1);
  if (text === undefined) return undefined;
  const sign = Object.keys(REPETITIONS).find((each) => `${REPETITIONS[each]}` === `${[min, max]}`);
  if (sign !== undefined) return text + sign + lazy;
  const times = max === Infinity ? min : max;
  // The engine multiplies counts that stand in one another: inner ones are written out.
  if (times <= TIMES_MAX && !text.includes('{') && (!isRepeated || /\((?!\?:)/.test(text))) {
    return `${text}{${min},${max === Infinity ? '' : max}}${lazy}`;
  }
  // A group that is written several times would be several groups.
  if (/\((?!\?:)/.test(text) || text.length * times > REWRITTEN_MAX) return undefined;
  const must = text.repeat(min);
  if (max === Infinity) return `${must}${text}*${lazy}`;
  // Each further one only where the one before it is: `(?:x(?:x(?:x)?)?)?`.
  return `${must}${`(?:${text}`.repeat(max - min)}${`)?${lazy}`.repeat(max - min)}`;
}

function otherCase(character: string): string | undefined {
  const others = [character.toLowerCase(), character.toUpperCase()];
  return others.find((other) => other !== character && other.length === 1);
}

/** A class with the letters of its characters and ranges in both cases; undefined for ranges beyond ASCII. */
function anyCaseClass(open: string, items: readonly string[]): string | undefined {
  let more = '';
  for (let index = 0; index < items.length; index++) {
    const from = characterOf(items[index] as string);
    const isRange = items[index + 1] === '-' && index + 2 < items.length;
    const to = isRange ? characterOf(items[index + 2] as string) : from;
    if (isRange) index += 2;
    if (from === undefined || to === undefined) continue;
    if (!isRange) more += otherCase(from) ?? '';
    else if (to > '\u007f') return undefined;
    else more += overlap(from, to, 'az', -LETTER_CASE) + overlap(from, to, 'AZ', LETTER_CASE);
  }
  // In front, because a `-` at the end of a class is itself.
  return `${open}${more}${items.join('')}]`;
}

/** From a capital letter of ASCII to the small one. */
const LETTER_CASE = 0x20;

/** The letters of a range, moved to the other case, as a range. */
function overlap(from: string, to: string, letters: 'az' | 'AZ', by: number): string {
  const first = Math.max(from.charCodeAt(0), letters.charCodeAt(0));
  const last = Math.min(to.charCodeAt(0), letters.charCodeAt(1));
  return first <= last ? `${String.fromCharCode(first + by)}-${String.fromCharCode(last + by)}` : '';
}

/** The character that an item of a class is; undefined for one that is many, such as `\d`. */
function characterOf(item: string): string | undefined {
  if (item.length === 1) return item;
  const code = /^\\[xu]([0-9A-Fa-f]+)$/.exec(item)?.[1];
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  return /^\\[^A-Za-z0-9]$/.test(item) ? item.charAt(1) : undefined;
}
