/** Is this JSON, and where does a value end? A strict scan over the bytes that builds nothing. */
import { isUtf8 } from 'node:buffer';
import { EngineError } from '../errors.ts';
import { JSON_DEPTH_MAX } from '../limits.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
/** In ASCII each closing bracket comes two after its opening one. */
const TO_CLOSING = 2;
/** Integers of fewer digits always fit a double exactly. */
const DIGITS_SAFE = 15;

/** 1 where a run of plain string bytes stops: control bytes (also read at the end of the buffer), quote, backslash. */
const STRING_STOP = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);
/** A byte, four times. */
const [ONES, QUOTES, BACKSLASHES, SPACES] = [0x01010101, 0x22222222, 0x5c5c5c5c, 0x20202020] as const;
const HIGH_BITS = 0x80808080;
const SPACE = tableOf(' \t\n\r');
const DIGIT = tableOf('0123456789');
const HEX = tableOf('0123456789abcdefABCDEF');
const ESCAPE = tableOf('"\\/bfnrt');
const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')] as const;

/**
 * Bytes under scan. The functions of this file take an offset and give the offset behind what they read; as private methods
 * of a class the same code took twice as long (Node 20).
 */
export interface JsonScan {
  readonly bytes: Buffer;
  /** The same. */
  readonly view: DataView;
  /** Start and end, in turn, of the numbers that a double cannot hold (see `isLossy`), ascending. */
  readonly lossyNumbers: number[];
  /** The opening brackets around the place that `skipValue` is at. */
  readonly open: Uint8Array;
}

export function jsonScan(bytes: Buffer): JsonScan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, lossyNumbers: [], open: new Uint8Array(JSON_DEPTH_MAX) };
}

/** Where the document starts: behind a byte order mark and spaces. @throws EngineError `page-empty-body` (transient) */
export function documentStart(bytes: Buffer): number {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const at = skipSpace(bytes, hasMark ? 3 : 0);
  if (at >= bytes.length) {
    const message = 'the body is empty, expected JSON';
    throw new EngineError({ code: 'page-empty-body', kind: 'transient', message, retry: 'backoff' });
  }
  if (bytes[at] === 0x3c) throw notJson('the answer is HTML or XML, expected JSON');
  return at;
}

/**
 * Checks that only spaces follow and that all of the text is UTF-8. Comes last, because an answer that is cut inside of a
 * character is truncated, not wrong.
 */
export function assertDocumentEnd(bytes: Buffer, end: number): void {
  const at = skipSpace(bytes, end);
  if (at < bytes.length) throw unexpected(bytes, at);
  if (!isUtf8(bytes)) throw notJson('the answer is not JSON: its text is not UTF-8');
}

/**
 * One value of any kind, spaces before it allowed: exactly what `JSON.parse` accepts (RFC 8259), nested at most
 * `JSON_DEPTH_MAX` deep. Notes the numbers that a double would lose.
 * @param depth arrays and objects that the value lies in
 * @throws EngineError `page-truncated` (transient) where the bytes end inside of the value, `page-not-json` (contract)
 */
export function skipValue(scan: JsonScan, from: number, depth: number): number {
  const { bytes, open } = scan;
  let level = depth;
  let at = from;
  for (;;) {
    if ((bytes[at] ?? 0) <= 0x20) at = skipSpace(bytes, at);
    const first = bytes[at] ?? 0;
    if (first === QUOTE) {
      at = skipString(bytes, at);
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (level >= JSON_DEPTH_MAX) throw notJson(`the answer is nested deeper than ${JSON_DEPTH_MAX} levels`);
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== first + TO_CLOSING) {
        open[level++] = first;
        if (first === OPEN_BRACE) at = skipKey(bytes, at);
        continue;
      }
      at++;
    } else if (DIGIT[first] === 1 || first === MINUS) {
      at = skipNumber(scan, at, first);
    } else {
      at = skipLiteral(bytes, at, first);
    }
    while (level > depth) {
      if ((bytes[at] ?? 0) <= 0x20) at = skipSpace(bytes, at);
      const next = bytes[at];
      const opening = open[level - 1] ?? 0;
      if (next === COMMA) {
        at = opening === OPEN_BRACE ? skipKey(bytes, at + 1) : at + 1;
        break;
      }
      if (next !== opening + TO_CLOSING) throw unexpected(bytes, at);
      level--;
      at++;
    }
    if (level === depth) return at;
  }
}

export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACE[bytes[at] ?? 0] === 1) at++;
  return at;
}

/** A member's name and its colon, spaces around them allowed. */
export function skipKey(bytes: Buffer, from: number): number {
  let at = (bytes[from] ?? 0) <= 0x20 ? skipSpace(bytes, from) : from;
  if (bytes[at] !== QUOTE) throw unexpected(bytes, at);
  at = skipString(bytes, at);
  if ((bytes[at] ?? 0) <= 0x20) at = skipSpace(bytes, at);
  if (bytes[at] !== COLON) throw unexpected(bytes, at);
  return at + 1;
}

/** @param from offset of the opening quote */
export function skipString(bytes: Buffer, from: number): number {
  let at = from + 1;
  for (;;) {
    while (STRING_STOP[bytes[at] ?? 0] === 0) at++;
    const stop = bytes[at];
    if (stop === QUOTE) return at + 1;
    if (stop !== BACKSLASH) throw unexpected(bytes, at);
    at = skipEscape(bytes, at + 1);
  }
}

/** The bytes of a string that stand for themselves: looks at four at a time, of which none may be a stop. */
export function skipPlain({ bytes, view }: JsonScan, from: number): number {
  const last = bytes.length - 4;
  let at = from;
  while (at <= last) {
    const word = view.getInt32(at, true);
    // Of each byte the high bit is set where it is a quote, a backslash or less than a space, and is no part of a longer character.
    const stops = ((word ^ QUOTES) - ONES) | ((word ^ BACKSLASHES) - ONES) | (word - SPACES);
    if ((stops & ~word & HIGH_BITS) !== 0) break;
    at += 4;
  }
  while (STRING_STOP[bytes[at] ?? 0] === 0) at++;
  return at;
}

function skipEscape(bytes: Buffer, from: number): number {
  const letter = bytes[from] ?? 0;
  if (ESCAPE[letter] === 1) return from + 1;
  if (letter !== 0x75) throw unexpected(bytes, from);
  for (let at = from + 1; at <= from + 4; at++) {
    if (HEX[bytes[at] ?? 0] !== 1) throw unexpected(bytes, at);
  }
  return from + 5;
}

/** `true`, `false` or `null`. */
export function skipLiteral(bytes: Buffer, from: number, first: number): number {
  const literal = first === 0x6e ? NULL : first === 0x66 ? FALSE : TRUE;
  for (let i = 0; i < literal.length; i++) {
    if (bytes[from + i] !== literal[i]) throw unexpected(bytes, from + i);
  }
  return from + literal.length;
}

function skipNumber(scan: JsonScan, from: number, first: number): number {
  const { bytes } = scan;
  const whole = first === MINUS ? from + 1 : from;
  let at = bytes[whole] === 0x30 ? whole + 1 : skipDigits(bytes, whole);
  const isShort = at - whole <= DIGITS_SAFE;
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  const letter = bytes[at] ?? 0;
  const hasExponent = letter === 0x65 || letter === 0x45;
  if (hasExponent) {
    const sign = bytes[at + 1];
    at = skipDigits(bytes, sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
  }
  if ((hasExponent || !isShort) && isLossy(bytes.toString('latin1', from, at)))
    scan.lossyNumbers.push(from, at);
  return at;
}

function skipDigits(bytes: Buffer, from: number): number {
  let at = from;
  while (DIGIT[bytes[at] ?? 0] === 1) at++;
  if (at === from) throw unexpected(bytes, at);
  return at;
}

/** The error for a byte that does not belong there, or for the end of the bytes. */
export function unexpected(bytes: Buffer, at: number): EngineError {
  const byte = bytes[at];
  if (byte === undefined) {
    const message = `the answer breaks off after ${bytes.length} bytes, inside of its JSON`;
    return new EngineError({ code: 'page-truncated', kind: 'transient', message, retry: 'backoff' });
  }
  const isPrintable = byte > 0x20 && byte < 0x7f && byte !== 0x60;
  const seen = isPrintable
    ? `\`${String.fromCharCode(byte)}\``
    : `byte 0x${byte.toString(16).padStart(2, '0')}`;
  return notJson(`the answer is not JSON: unexpected ${seen} at offset ${at}`);
}

/**
 * Whether a double would lose a number that someone may compare: an integer beyond 2^53, anything that becomes infinite or
 * zero, a large number of more than 15 digits. The last digits of a fraction are a rounding, not a loss.
 */
function isLossy(text: string): boolean {
  const value = Number(text);
  if (!/[.eE]/.test(text)) return !Number.isSafeInteger(value);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
  if (value === 0) return digits !== '';
  return (
    !Number.isFinite(value) || (Math.abs(value) > Number.MAX_SAFE_INTEGER && digits.length > DIGITS_SAFE)
  );
}

function notJson(message: string): EngineError {
  const fix =
    'look at the answer with `--trace`, and compare it with what the vendor documents for this endpoint';
  return new EngineError({ code: 'page-not-json', kind: 'contract', message, fix });
}

/** 1 for each of the characters. */
export function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}

/** The name of the member whose key begins at an offset; the key is known to be JSON. */
export function memberNameAt(bytes: Buffer, start: number): string {
  return JSON.parse(bytes.toString('utf8', start, skipString(bytes, start)));
}

/** The same memory as a buffer. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
