/** The joined list of one run: its pages go into a table on disk, from which each record of the stream takes its match. */
import type { Join } from '../compile/connector.ts';
import { valueAt } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { HASH_BYTES } from '../fetch/content-hash.ts';
import { joinKeyOf } from './join-key.ts';
import type { JoinTable } from './join-table.ts';
import { cased, Match } from './match.ts';
import { timestampRank } from './rank.ts';

/** A page of the joined list. */
export interface JoinedPage {
  readonly recordCount: number;
  record(index: number): unknown;
  /** Reads of a record only the values at the paths: each as `valueAt` finds it in what `record` gives. */
  picker(paths: readonly (readonly string[])[]): (index: number) => unknown[];
  /** What `record` gives, as JSON in UTF-8; good until the next call. */
  bytes(index: number): Uint8Array;
  /** The content hash of a record, where the page came with it. */
  contentHash?(index: number): string | undefined;
}

/** Matches that are held for the next records: neighbours in a list often have the same. */
const RECENT_MAX = 512;
/** Memory for the rows of matches that is taken at once. */
const ROWS_BYTES = 128 * 1024;
/** Where they do not, it only costs to hold them. */
const RECENT_FEW = 16;

export class BuildSide {
  readonly join: Join;
  readonly #table: JoinTable;
  readonly #isKeyKnown: boolean;
  readonly #ignored: readonly (readonly string[])[];
  readonly #keyOf: (values: readonly unknown[]) => string | undefined;
  #records = 0;
  #scratch = Buffer.allocUnsafe(4096);
  /** Rows of matches, and how far it is full. */
  #rows = Buffer.alloc(0);
  #rowsAt = 0;
  #hasKeys: boolean[];
  readonly #recent = new Map<string, Match | undefined>();
  #recentMax = RECENT_MAX;
  #isRecentOfUse = false;

  /** @param isKeyKnown the key is known to exist from recorded answers: a run in which no record has it is then no error */
  constructor(
    join: Join,
    table: JoinTable,
    isKeyKnown: boolean,
    ignored: readonly (readonly string[])[] = [],
  ) {
    this.join = join;
    this.#table = table;
    this.#isKeyKnown = isKeyKnown;
    this.#ignored = ignored;
    this.#hasKeys = join.on.map(() => false);
    const { ignore_case = false, never = [] } = join.definition;
    this.#keyOf = joinKeyOf({ ignoreCase: ignore_case, never });
  }

  /** The list could not be had: nothing has a match, and that says nothing of the records. */
  isMissing = false;

  /** A record came without its key: it may be any of those that are not found. Not known of a list of an earlier run. */
  hasUnknown = false;

  /** Records that could be matched. */
  get size(): number {
    return this.#table.count;
  }

  /** Stores a page of the joined list, or a part of it. Records that have no key can match nothing and are left out. */
  store(page: JoinedPage, from = 0, to = page.recordCount): void {
    const pick = this.#picker(page);
    for (let index = from; index < to; index++) {
      const values = pick(index);
      for (let part = 0; part < values.length; part++) {
        if (values[part] !== undefined) this.#hasKeys[part] = true;
      }
      const key = this.#keyOf(values);
      if (key === undefined) this.hasUnknown ||= values.includes(undefined);
      else if (this.#isChosen(key, page, index)) this.#table.put(key, this.#row(page, index));
    }
    this.#records += to - from;
  }

  /** @throws EngineError `join-no-key` when no record of the list has a part of the key: the definition names the wrong one */
  finish(): void {
    const missing = this.join.on.find((_, index) => !this.#hasKeys[index]);
    if (this.#records > 0 && !this.#isKeyKnown && missing) {
      throw noKey(
        missing.joined.join('.'),
        `of the ${this.#records} records of \`${this.join.endpoint.name}\``,
        missing.at,
      );
    }
    this.#table.finish?.();
  }

  /** The key that a record of the stream asks with; undefined when it asks for nothing. */
  keyOf(record: unknown): string | undefined {
    const values: unknown[] = [];
    for (const { record: path } of this.join.on) values.push(valueAt(record, path));
    return this.#keyOf(values);
  }

  has(key: string): boolean {
    return this.#table.get(key) !== undefined;
  }

  /** The match of a record of the stream, parsed; undefined when it has none. */
  match(record: unknown): unknown {
    return this.find(record)?.record;
  }

  /** As `match`, not yet parsed. The same match may be given to several records. */
  find(record: unknown): Match | undefined {
    if (this.isMissing) return undefined;
    const key = this.keyOf(record);
    if (key === undefined) return undefined;
    const recent = this.#recent.get(key);
    if (recent || this.#recent.has(key)) {
      this.#isRecentOfUse = true;
      return recent;
    }
    const row = this.#table.get(key);
    const match = row && new Match(this.#copyOf(row), this.join, this.#ignored);
    if (this.#recent.size >= this.#recentMax) this.#forget();
    this.#recent.set(key, match);
    return match;
  }

  close(): void {
    this.#table.close();
  }

  /** A row outlives the window that it lies in. Many lie in one piece of memory: each piece is work for the collector. */
  #copyOf(row: Buffer): Buffer {
    if (this.#rowsAt + row.length > this.#rows.length) {
      this.#rows = Buffer.allocUnsafeSlow(Math.max(ROWS_BYTES, row.length));
      this.#rowsAt = 0;
    }
    const from = this.#rowsAt;
    this.#rowsAt += row.copy(this.#rows, from);
    return this.#rows.subarray(from, this.#rowsAt);
  }

  /** Made anew for each: it is copied into the table. */
  #row(page: JoinedPage, index: number): Uint8Array {
    const json = page.bytes(index);
    const length = HASH_BYTES + json.length;
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(length * 2);
    // Zeros where the hash is not known yet.
    this.#scratch.fill(0, 0, HASH_BYTES);
    this.#scratch.write(page.contentHash?.(index) ?? '', 'hex');
    this.#scratch.set(json, HASH_BYTES);
    return this.#scratch.subarray(0, length);
  }

  #picker(page: JoinedPage): (index: number) => unknown[] {
    const paths = this.join.on.map(({ joined }) => joined);
    if (!this.join.endpoint.isCamelCase) return page.picker(paths);
    return (index) => {
      const record = cased(page.record(index), this.join);
      return paths.map((path) => valueAt(record, path));
    };
  }

  /** Of several records with one key the newest counts, then the one with the smallest id (by code points), then the first. */
  #isChosen(key: string, page: JoinedPage, index: number): boolean {
    const row = this.#table.get(key);
    if (!row) return true;
    const one = cased(page.record(index), this.join);
    const other = new Match(row, this.join, this.#ignored).record;
    const [rank, otherRank] = [this.#rankOf(one), this.#rankOf(other)];
    return rank === otherRank ? isBefore(this.#idOf(one), this.#idOf(other)) : rank > otherRank;
  }

  #rankOf(record: unknown): string {
    const { newest } = this.join;
    return newest ? timestampRank(valueAt(record, newest)) : '';
  }

  #idOf(record: unknown): string {
    const { keyPath } = this.join.endpoint;
    const id = keyPath ? valueAt(record, keyPath) : undefined;
    return id === undefined || id === null ? '' : String(id);
  }

  #forget(): void {
    this.#recent.clear();
    this.#recentMax = this.#isRecentOfUse ? RECENT_MAX : RECENT_FEW;
    this.#isRecentOfUse = false;
  }
}

/** By code points, in which JavaScript does not compare: UTF-16 has those beyond 0xffff before others. */
function isBefore(one: string, other: string): boolean {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return orderAt(one, at) < orderAt(other, at);
}

function orderAt(text: string, at: number): number {
  if (at === text.length) return -1;
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** A key of a join that nothing has. */
export function noKey(name: string, where: string, at: Join['on'][number]['at']): EngineError {
  return new EngineError({
    code: 'join-no-key',
    kind: 'definition',
    message: `none ${where} has the join key \`${name}\``,
    fix: 'correct the key under `on`, or add a case whose records have it',
    at,
  });
}
