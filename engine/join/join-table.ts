/** The joined list of one run on disk: a key gives the one record that matches it, however many records there are. */
import { rmSync, truncateSync } from 'node:fs';
import {
  closeStateFile,
  inTransaction,
  openStateFile,
  type StateFile,
  telling,
} from '../checkpoint/state-file.ts';

export interface JoinRow {
  key: string;
  /** Of several rows with one key the greatest rank counts (by code points), then the smallest id, then the first put. */
  rank: string;
  id: string;
  /** JSON text. */
  record: string;
}

export interface JoinTable {
  /** Adds rows, all in one transaction. */
  put(rows: readonly JoinRow[]): void;
  /** The record of the key, as JSON text. */
  get(key: string): string | undefined;
  /** How many keys there are. */
  readonly count: number;
  /** Deletes the table. */
  close(): void;
}

/**
 * Begins an empty table in a scratch file; what a killed run left there is deleted. Nothing of it outlives the run, so it is
 * never synced and keeps no journal.
 * @throws EngineError `state-full`, `state-unwritable`, `state-locked`
 */
export function createJoinTable(path: string): JoinTable {
  return telling(path, () => {
    rmSync(path, { force: true });
    const file = openStateFile(path, 'off');
    file.exec(
      'create table row (id integer primary key, key text not null unique, rank text not null, tie text not null, record text not null)',
    );
    return new SqliteJoinTable(path, file);
  });
}

class SqliteJoinTable implements JoinTable {
  readonly #path: string;
  readonly #file: StateFile;
  readonly #put;
  readonly #get;
  readonly #count;

  constructor(path: string, file: StateFile) {
    this.#path = path;
    this.#file = file;
    this.#put = file.prepare(`
      insert into row (key, rank, tie, record) values (?, ?, ?, ?)
      on conflict (key) do update set rank = excluded.rank, tie = excluded.tie, record = excluded.record
      where excluded.rank > rank or (excluded.rank = rank and excluded.tie < tie)
    `);
    this.#get = file.prepare('select record from row where key = ?').raw();
    // Rows are never deleted, so the greatest id is their number; counting them would read the whole file.
    this.#count = file.prepare('select max(id) from row').raw();
  }

  put(rows: readonly JoinRow[]): void {
    telling(this.#path, () =>
      inTransaction(this.#file, () => {
        for (const { key, rank, id, record } of rows) this.#put.run([key, rank, id, record]);
      }),
    );
  }

  get(key: string): string | undefined {
    const row = telling(this.#path, () => this.#get.get([key]));
    return (row as [string] | undefined)?.[0];
  }

  get count(): number {
    const [count] = this.#count.get([]) as [number | null];
    return count ?? 0;
  }

  close(): void {
    telling(this.#path, () => {
      closeStateFile(this.#file);
      // Statements not yet garbage collected hold the file: deleted, it would still take its space on the disk.
      truncateSync(this.#path);
      rmSync(this.#path);
    });
  }
}
