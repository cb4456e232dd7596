/** Where does a value of JSON end, and is it one at all (RFC 8259)? Looks at bytes, makes nothing. */

export const QUOTE = 0x22;
const [BACKSLASH, MINUS, DOT, COMMA, COLON] = [0x5c, 0x2d, 0x2e, 0x2c, 0x3a];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [ZERO, NINE, LETTER_U] = [0x30, 0x39, 0x75];
/** Deeper values are not gone into. */
const DEPTH_MAX = 64;

/** Bytes of a string that stand for themselves. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH),
);
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
const WORDS: ReadonlyMap<number, Buffer> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);

export class JsonScanner {
  /** Of the string that was skipped last. */
  hasEscape = false;
  isAscii = true;
  /** Of the number that was skipped last: whether it has neither a fraction nor an exponent. */
  isInteger = true;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the last four bytes begin. */
  #wordsEnd = 0;
  #depth = 0;

  /** @param view of the same bytes */
  open(bytes: Uint8Array, view: DataView = viewOf(bytes)): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#wordsEnd = bytes.length - WORD;
  }

  /** The next byte that is no space of a line. */
  space(at: number): number {
    const bytes = this.#bytes;
    let next = at;
    while (bytes[next] === 0x20 || bytes[next] === 0x09 || bytes[next] === 0x0d) next++;
    return next;
  }

  /** Where the value that begins at a place ends; -1 where none is, or one that is nested too deep. */
  skip(at: number): number {
    const byte = this.#bytes[at] as number;
    if (byte === QUOTE) return this.string(at);
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.#number(at);
    if (byte === OPEN || byte === OPEN_LIST) return this.#nested(at, byte);
    const word = WORDS.get(byte);
    if (word === undefined) return -1;
    for (let index = 1; index < word.length; index++) if (this.#bytes[at + index] !== word[index]) return -1;
    return at + word.length;
  }

  /** Where a string ends that begins with the quote at a place; -1 where it is none. */
  string(start: number): number {
    const bytes = this.#bytes;
    const view = this.#view;
    const wordsEnd = this.#wordsEnd;
    this.hasEscape = false;
    this.isAscii = true;
    let at = start + 1;
    for (;;) {
      while (at <= wordsEnd && arePlain(view.getInt32(at, true))) at += WORD;
      while (IS_PLAIN[bytes[at] as number] === 1) at++;
      const byte = bytes[at] as number;
      if (byte === QUOTE) return at + 1;
      if (byte >= 0x80) {
        this.isAscii = false;
        at++;
      } else if (byte === BACKSLASH) {
        this.hasEscape = true;
        at = this.#escape(at + 1);
        if (at < 0) return -1;
      } else return -1;
    }
  }

  #escape(at: number): number {
    const byte = this.#bytes[at] as number;
    if (byte !== LETTER_U) return ESCAPES.has(byte) ? at + 1 : -1;
    for (let index = 1; index <= 4; index++) if (!isHex(this.#bytes[at + index] as number)) return -1;
    return at + 5;
  }

  #number(start: number): number {
    const bytes = this.#bytes;
    this.isInteger = true;
    let at = bytes[start] === MINUS ? start + 1 : start;
    const first = at;
    at = this.#digits(at);
    // No digit, or a zero before others.
    if (at < 0 || (bytes[first] === ZERO && at > first + 1)) return -1;
    if (bytes[at] === DOT) {
      this.isInteger = false;
      at = this.#digits(at + 1);
      if (at < 0) return -1;
    }
    if (((bytes[at] as number) | 0x20) === 0x65) {
      this.isInteger = false;
      const isSigned = bytes[at + 1] === MINUS || bytes[at + 1] === 0x2b;
      at = this.#digits(isSigned ? at + 2 : at + 1);
    }
    return at;
  }

  /** The end of one or more digits. */
  #digits(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
    return at > start ? at : -1;
  }

  #nested(start: number, open: number): number {
    if (++this.#depth > DEPTH_MAX) {
      this.#depth = 0;
      return -1;
    }
    const bytes = this.#bytes;
    const close = open === OPEN ? CLOSE : CLOSE_LIST;
    let at = this.space(start + 1);
    if (bytes[at] === close) {
      this.#depth--;
      return at + 1;
    }
    for (;;) {
      if (open === OPEN) at = this.#name(at);
      at = at < 0 ? at : this.skip(at);
      if (at < 0) break;
      at = this.space(at);
      const byte = bytes[at];
      if (byte === close) {
        this.#depth--;
        return at + 1;
      }
      if (byte !== COMMA) break;
      at = this.space(at + 1);
    }
    this.#depth = 0;
    return -1;
  }

  /** A name, its colon, and the spaces after it. */
  #name(start: number): number {
    if (this.#bytes[start] !== QUOTE) return -1;
    const end = this.string(start);
    if (end < 0) return -1;
    const at = this.space(end);
    return this.#bytes[at] === COLON ? this.space(at + 1) : -1;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Four bytes are looked at together. */
const WORD = 4;
const [ONES, HIGH] = [0x01010101, 0x80808080 | 0];
const [SPACES, QUOTES, BACKSLASHES] = [ONES * 0x20, ONES * QUOTE, ONES * BACKSLASH];

/**
 * Whether four bytes all stand for themselves; false now and then where they do. A byte that is less than what is taken from
 * it sets its highest bit, as do those beyond ASCII from the beginning.
 */
function arePlain(word: number): boolean {
  const marks = word | (word - SPACES) | ((word ^ QUOTES) - ONES) | ((word ^ BACKSLASHES) - ONES);
  return (marks & HIGH) === 0;
}

function isHex(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (letter >= 0x61 && letter <= 0x66);
}
