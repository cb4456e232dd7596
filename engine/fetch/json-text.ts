/** What stands between two places of a page? Its bytes as text and as values, with no number lost. */
import { valueAt } from '../definition/path.ts';
import { endOfValue, locateMember, MemberFinder, memberName } from './json-members.ts';
import { asBuffer } from './json-scan.ts';

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;

/** Bytes that are known to be JSON. */
export interface ScannedBytes {
  bytes: Uint8Array;
  isAscii: boolean;
  /** Start and end, in turn, of the numbers that a double cannot hold, ascending. */
  lossyNumbers: readonly number[];
}

/** Bytes that were scanned, as text. */
export class JsonText {
  readonly #bytes: Buffer;
  readonly #encoding: 'latin1' | 'utf8';
  readonly #lossy: readonly number[];
  /** Paths come from the definition: there are few, and they are asked for again and again. */
  readonly #readers = new Map<readonly string[], (start: number, end: number) => unknown>();

  constructor({ bytes, isAscii, lossyNumbers }: ScannedBytes) {
    this.#bytes = asBuffer(bytes);
    this.#encoding = isAscii ? 'latin1' : 'utf8';
    this.#lossy = lossyNumbers;
  }

  bytes(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end);
  }

  raw(start: number, end: number): string {
    return this.#bytes.toString(this.#encoding, start, end);
  }

  /** As `exact`, in UTF-8. */
  exactBytes(start: number, end: number): Uint8Array {
    const isLossy = (this.#lossy[firstAtOrAfter(this.#lossy, start)] ?? end) < end;
    return isLossy ? Buffer.from(this.exact(start, end)) : this.bytes(start, end);
  }

  /** The value at a path below the one that lies between two offsets. */
  valueAt(path: readonly string[], start: number, end: number): unknown {
    let read = this.#readers.get(path);
    if (!read) {
      read = this.#reader(path);
      this.#readers.set(path, read);
    }
    return read(start, end);
  }

  /** Gives the value at a path below the one that lies between two offsets. */
  #reader(path: readonly string[]): (start: number, end: number) => unknown {
    const [first, ...rest] = path.map(memberName);
    if (!first) return (start) => this.value(start);
    const finder = new MemberFinder(this.#bytes, first);
    return (start, end) => {
      if (this.#bytes[start] === OPEN_BRACKET) return this.#valueIn(start, path);
      let at = finder.find(start, end);
      for (const [index, name] of rest.entries()) {
        if (this.#bytes[at] === OPEN_BRACKET) return this.#valueIn(at, path.slice(index + 1));
        if (at !== -1) at = locateMember(this.#bytes, at, name);
      }
      return at === -1 ? undefined : this.value(at);
    };
  }

  /** The items of a list have names, too. */
  #valueIn(list: number, path: readonly string[]): unknown {
    return valueAt(JSON.parse(this.exact(list, endOfValue(this.#bytes, list))), path);
  }

  /** Most values that are asked for are strings with nothing to be read in them. */
  value(start: number, end = endOfValue(this.#bytes, start)): unknown {
    if (this.#bytes[start] !== QUOTE) return JSON.parse(this.exact(start, end));
    const text = this.raw(start + 1, end - 1);
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
  }

  /** The text with each number that a double would lose in quotes. */
  exact(start: number, end: number): string {
    const lossy = this.#lossy;
    if (lossy.length === 0) return this.raw(start, end);
    let text = '';
    let copied = start;
    for (let i = firstAtOrAfter(lossy, start); (lossy[i] ?? end) < end; i += 2) {
      const from = lossy[i] ?? end;
      const to = lossy[i + 1] ?? end;
      text += `${this.raw(copied, from)}"${this.raw(from, to)}"`;
      copied = to;
    }
    return text + this.raw(copied, end);
  }
}

/** Index of the first pair that starts at or after the offset. */
function firstAtOrAfter(pairs: readonly number[], offset: number): number {
  let low = 0;
  let high = pairs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pairs[middle * 2] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}
