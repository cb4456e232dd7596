/** Where are the records in a page of JSON? Finds their offsets in the bytes, and parses each only when it is asked for. */
import { isAscii } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { UnreadRecord } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { HASH_BYTES } from './content-hash.ts';
import {
  asBuffer,
  assertDocumentEnd,
  documentStart,
  type JsonScan,
  jsonScan,
  memberNameAt,
  skipKey,
  skipSpace,
  skipValue,
  unexpected,
} from './json-scan.ts';
import { JsonText, type ScannedBytes } from './json-text.ts';
import { PageRecord } from './page-record.ts';
import type { RecordWalk } from './record-walk.ts';

const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
const NAMES_LISTED = 10;

/** Half-open range of byte offsets. */
export interface Slice {
  start: number;
  end: number;
}

/** What the scan of a page found out: enough to read the page, and fit to be handed from thread to thread. */
export interface PageLayout extends ScannedBytes {
  /** Of the document, without what is around it. */
  start: number;
  end: number;
  /** Where the array of records lies; absent when the page is a sequence of records and nothing else. */
  list?: Slice | undefined;
  count: number;
  /** Start and end of each record, in turn. */
  offsets: Uint32Array;
  /** `JsonPage.digest`, where it is known. */
  digest?: string;
  /** 16 bytes of content hash for each record, where they are known. */
  hashes?: Uint8Array;
  /** What the thread that read the page knows it by. */
  walk?: number;
  /** By the name of a member of the records: start and end of its value, in turn for each record; zeros where it is not known. */
  spans?: ReadonlyMap<string, Uint32Array>;
}

/** A page whose records are slices of its bytes. All of it is known to be valid JSON, so reading a record cannot fail. */
export class JsonPage {
  readonly recordCount: number;
  /** The document around the records, with an empty array in their place; undefined for NDJSON. Numbers are as in `record`. */
  readonly rest: unknown;
  readonly layout: PageLayout;
  /** Undefined once it is given back. */
  #given: JsonText | undefined;
  readonly #offsets: Uint32Array;
  readonly #hashes: Buffer | undefined;

  constructor(layout: PageLayout) {
    const { start, end, list, count, offsets, hashes } = layout;
    const text = new JsonText(layout);
    this.layout = layout;
    this.#given = text;
    this.#offsets = offsets;
    this.#hashes = hashes && asBuffer(hashes);
    this.recordCount = count;
    this.rest = list && JSON.parse(`${text.exact(start, list.start)}[]${text.exact(list.end, end)}`);
  }

  /** Its bytes are let go of: whoever asks for them afterwards is told, instead of being given another page in the same memory. */
  close(): void {
    this.#given = undefined;
  }

  get #text(): JsonText {
    if (!this.#given) throw new Error('the page is read no more: its memory was given back');
    return this.#given;
  }

  /** The record's JSON exactly as the vendor wrote it. */
  recordText(index: number): string {
    const { start, end } = this.slice(index);
    return this.#text.raw(start, end);
  }

  /**
   * Of the records as they were written: what surrounds them may hold a time, so it is left out. Tells the pages of one walk apart,
   * and takes a third of the time of a hash that withstands forgery.
   */
  digest(): string {
    const { list, digest, count } = this.layout;
    const { start, end } = list ?? this.layout;
    return digest ?? `${count} ${end - start} ${crc32(this.#text.bytes(start, end))}`;
  }

  /** The record as `JSON.parse` gives it, except that a number which a double cannot hold is a string of its digits. */
  record(index: number): unknown {
    const { start, end } = this.slice(index);
    return JSON.parse(this.#text.exact(start, end));
  }

  /** The records from one index to before another, as `record` gives them: at once, which takes two thirds of the time. */
  records(from: number, to: number): unknown[] {
    if (!this.layout.list) return Array.from({ length: to - from }, (_, index) => this.record(from + index));
    if (to <= from) return [];
    const { start } = this.slice(from);
    const { end } = this.slice(to - 1);
    return JSON.parse(`[${this.#text.exact(start, end)}]`);
  }

  /**
   * Reads of a record only the values at the paths: each as `valueAt` finds it in what `record` gives, in a third of the time that
   * reading all of it takes.
   */
  picker(paths: readonly (readonly string[])[]): (index: number) => unknown[] {
    return (index) => paths.map((path) => this.valueAt(index, path));
  }

  /** A value below a record: as `valueAt` finds it in what `record` gives. */
  valueAt(index: number, path: readonly string[]): unknown {
    const spans = path.length === 1 ? this.layout.spans?.get(path[0] as string) : undefined;
    const from = spans?.[index * 2] ?? 0;
    if (from > 0) return this.#text.value(from, spans?.[index * 2 + 1] as number);
    const { start, end } = this.slice(index);
    return this.#text.valueAt(path, start, end);
  }

  /** The record, read only as far as it is asked for; `whole` gives all of it. */
  unread(index: number, whole: (index: number) => unknown): UnreadRecord {
    return new PageRecord(this, index, whole);
  }

  /** The JSON of a record in UTF-8, its numbers as in `record`. Good until the page is given back: most often a part of it. */
  bytes(index: number): Uint8Array {
    const { start, end } = this.slice(index);
    return this.#text.exactBytes(start, end);
  }

  /** No record from one index to before another has a text that JSON writes with an escape. */
  isPlain(from: number, to: number): boolean {
    return (
      to <= from || !this.#text.bytes(this.slice(from).start, this.slice(to - 1).end).includes(BACKSLASH)
    );
  }

  /** Whether a number in it is one that a double cannot hold. */
  get hasLossyNumbers(): boolean {
    return this.layout.lossyNumbers.length > 0;
  }

  /** The content hash of a record (see content-hash.ts), where the page came with it. */
  contentHash(index: number): string | undefined {
    return this.#hashes?.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  /** Where a record lies in the bytes. */
  slice(index: number): Slice {
    const start = this.#offsets[index * 2];
    const end = this.#offsets[index * 2 + 1];
    if (start === undefined || end === undefined || index >= this.recordCount) {
      throw new RangeError(`record ${index} of ${this.recordCount}`);
    }
    return { start, end };
  }
}

/**
 * Checks a whole page and finds the records in it.
 * @param recordsPath names of the members that lead to the array of records; empty when the body is the array
 * @throws EngineError `page-truncated`, `page-empty-body` (transient), `page-not-json`, `page-no-records` (contract)
 */
export function readJsonPage(bytes: Buffer, recordsPath: readonly string[]): JsonPage {
  return new JsonPage(pageLayout(bytes, recordsPath));
}

/**
 * What `readJsonPage` finds out.
 * @param walk takes where the members of the records lie
 * @throws as `readJsonPage`
 */
export function pageLayout(bytes: Buffer, recordsPath: readonly string[], walk?: RecordWalk): PageLayout {
  const scan = jsonScan(bytes);
  const start = documentStart(bytes);
  const search = new RecordSearch(scan, recordsPath, walk);
  const end = search.walk(start, 0);
  walk?.close();
  assertDocumentEnd(bytes, end);
  if (!search.list) throw noRecords(search.problem);
  return { ...search.records.taken(), ...scanned(scan, start, end), list: search.list };
}

/** What every layout has. */
export function scanned(
  { bytes, lossyNumbers }: JsonScan,
  start: number,
  end: number,
): Pick<PageLayout, 'bytes' | 'start' | 'end' | 'lossyNumbers' | 'isAscii'> {
  return { bytes, start, end, lossyNumbers, isAscii: isAscii(bytes) };
}

/** A whole small document, with the strictness and the numbers of a page. @throws as `readJsonPage`, but for records */
export function parseJson(bytes: Buffer): unknown {
  const scan = jsonScan(bytes);
  const start = documentStart(bytes);
  const end = skipValue(scan, start, 0);
  assertDocumentEnd(bytes, end);
  return JSON.parse(new JsonText(scanned(scan, start, end)).exact(start, end));
}

/** A growing list of offsets: 8 bytes a record, where objects would take 50. */
export class Offsets {
  values = new Uint32Array(1024);
  length = 0;

  add(start: number, end: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = start;
    this.values[this.length++] = end;
  }

  taken(): Pick<PageLayout, 'count' | 'offsets'> {
    return { count: this.length / 2, offsets: this.values };
  }
}

/** Follows the path down from the document. Where a name repeats in an object the last one counts, as for `JSON.parse`. */
class RecordSearch {
  list: Slice | undefined;
  records = new Offsets();
  /** What was found in the place of the list. */
  problem = '';
  readonly #scan: JsonScan;
  readonly #bytes: Buffer;
  readonly #path: readonly string[];
  readonly #walk: RecordWalk | undefined;

  constructor(scan: JsonScan, path: readonly string[], walk: RecordWalk | undefined) {
    this.#scan = scan;
    this.#bytes = scan.bytes;
    this.#path = path;
    this.#walk = walk;
  }

  /** Reads the value that lies `level` names down the path, and gives the offset behind it. */
  walk(from: number, level: number): number {
    this.list = undefined;
    const first = this.#bytes[from];
    if (first === OPEN_BRACKET && level === this.#path.length) return this.#array(from, level);
    if (first === OPEN_BRACE) return this.#object(from, level);
    this.problem = `${this.#name(level)} is ${kindOf(first)}`;
    return skipValue(this.#scan, from, level);
  }

  #array(from: number, level: number): number {
    const bytes = this.#bytes;
    const records = new Offsets();
    const walk = this.#walk?.open(this.#scan);
    let at = skipSpace(bytes, from + 1);
    let isOpen = bytes[at] !== CLOSE_BRACKET;
    while (isOpen) {
      const start = skipSpace(bytes, at);
      const end = walk ? walk.object(start, level + 1) : skipValue(this.#scan, start, level + 1);
      records.add(start, end);
      at = skipSpace(bytes, end);
      isOpen = this.#continues(at, CLOSE_BRACKET);
      if (isOpen) at++;
    }
    this.records = records;
    this.list = { start: from, end: at + 1 };
    return at + 1;
  }

  #object(from: number, level: number): number {
    const bytes = this.#bytes;
    const wanted = this.#path[level];
    const names: string[] = [];
    let isMet = false;
    let at = skipSpace(bytes, from + 1);
    let isOpen = bytes[at] !== CLOSE_BRACE;
    while (isOpen) {
      const start = skipSpace(bytes, at);
      at = skipKey(bytes, start);
      const name = memberNameAt(bytes, start);
      if (name === wanted) {
        isMet = true;
        at = this.walk(skipSpace(bytes, at), level + 1);
      } else {
        if (names.length <= NAMES_LISTED) names.push(name);
        at = skipValue(this.#scan, at, level + 1);
      }
      at = skipSpace(bytes, at);
      isOpen = this.#continues(at, CLOSE_BRACE);
      if (isOpen) at++;
    }
    if (!isMet) {
      const observed =
        wanted === undefined ? `${this.#name(level)} is an object` : `${this.#name(level + 1)} is missing`;
      this.problem = `${observed}, expected a list; ${this.#name(level)} has: ${listed(names)}`;
    }
    return at + 1;
  }

  #continues(at: number, closing: number): boolean {
    const next = this.#bytes[at];
    if (next !== COMMA && next !== closing) throw unexpected(this.#bytes, at);
    return next === COMMA;
  }

  #name(level: number): string {
    return level === 0 ? 'the answer' : `\`${this.#path.slice(0, level).join('.')}\``;
  }
}

function kindOf(first: number | undefined): string {
  if (first === OPEN_BRACKET) return 'a list, expected an object';
  if (first === 0x22) return 'a string, expected a list';
  if (first === 0x6e) return 'null, expected a list';
  if (first === 0x74 || first === 0x66) return 'a boolean, expected a list';
  return 'a number, expected a list';
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, NAMES_LISTED).map((name) => `\`${name.slice(0, 40)}\``);
  return shown.join(', ') + (names.length > NAMES_LISTED ? ', ...' : '');
}

function noRecords(message: string): EngineError {
  const fix =
    'set `records` of the endpoint, or `files` of its pagination, to the member that holds the list';
  return new EngineError({ code: 'page-no-records', kind: 'contract', message, fix });
}
