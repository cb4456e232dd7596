/** The joined list of one run: its pages go into a table on disk, from which each record of the stream takes its match. */
import type { Join } from '../compile/connector.ts';
import { valueAt } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { joinKey } from './join-key.ts';
import type { JoinRow, JoinTable } from './join-table.ts';
import { timestampRank } from './rank.ts';

/** Rows that go into the table in one transaction: bounds what is in memory at once. */
const ROWS_PER_TRANSACTION = 1_000;

/** Parsed matches that are held for the next records. */
const RECENT_MAX = 512;

export class BuildSide {
  readonly join: Join;
  readonly #table: JoinTable;
  readonly #isKeyKnown: boolean;
  #records = 0;
  #hasKeys: boolean[];
  /** Matches that were asked for lately: neighbours in a list often have the same. */
  readonly #recent = new Map<string, unknown>();

  /** @param isKeyKnown the key is known to exist from recorded answers: a run in which no record has it is then no error */
  constructor(join: Join, table: JoinTable, isKeyKnown: boolean) {
    this.join = join;
    this.#table = table;
    this.#isKeyKnown = isKeyKnown;
    this.#hasKeys = join.on.map(() => false);
  }

  /** The list could not be had: nothing has a match, and that says nothing of the records. */
  isMissing = false;

  /** Records that could be matched. */
  get size(): number {
    return this.#table.count;
  }

  /** Stores records of the joined list. Those that have no key can match nothing and are left out. */
  store(records: Iterable<unknown>): void {
    let rows: JoinRow[] = [];
    for (const record of records) {
      this.#records++;
      const row = this.#row(record);
      if (row) rows.push(row);
      if (rows.length < ROWS_PER_TRANSACTION) continue;
      this.#table.put(rows);
      rows = [];
    }
    this.#table.put(rows);
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
    return this.#key(this.join.on.map(({ record: path }) => valueAt(record, path)));
  }

  has(key: string): boolean {
    return this.#table.get(key) !== undefined;
  }

  /** The match of a record of the stream, parsed; undefined when it has none. */
  match(record: unknown): unknown {
    if (this.isMissing) return undefined;
    const key = this.keyOf(record);
    if (key === undefined) return undefined;
    if (this.#recent.has(key)) return this.#recent.get(key);
    const text = this.#table.get(key);
    const match: unknown = text === undefined ? undefined : JSON.parse(text);
    if (this.#recent.size >= RECENT_MAX) this.#recent.clear();
    this.#recent.set(key, match);
    return match;
  }

  close(): void {
    this.#table.close();
  }

  #row(record: unknown): JoinRow | undefined {
    const { on, newest, endpoint } = this.join;
    const values = on.map(({ joined }) => valueAt(record, joined));
    for (const [index, value] of values.entries()) if (value !== undefined) this.#hasKeys[index] = true;
    const key = this.#key(values);
    if (key === undefined) return undefined;
    const id = endpoint.keyPath ? valueAt(record, endpoint.keyPath) : undefined;
    return {
      key,
      rank: newest ? timestampRank(valueAt(record, newest)) : '',
      id: id === undefined || id === null ? '' : String(id),
      record: JSON.stringify(record),
    };
  }

  #key(values: unknown[]): string | undefined {
    const { ignore_case, never } = this.join.definition;
    return joinKey(values, { ignoreCase: ignore_case ?? false, never: never ?? [] });
  }
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
