/** The joined list of one run on disk: a key gives the one record that matches it, however many records there are. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, truncateSync } from 'node:fs';
import {
  closeStateFile,
  inTransaction,
  openStateFile,
  type StateFile,
  telling,
} from '../checkpoint/state-file.ts';
import { EngineError } from '../errors.ts';

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
  /** The list is complete: from now on the table may be kept. */
  finish?(): void;
  /** Deletes the table, unless it is to be kept and complete. */
  close(): void;
}

/** How long a list is good from one run to the next. */
export interface Keeping {
  keepMs: number;
  /** Milliseconds since the epoch. */
  now: number;
  /** Of the question that the list answers: another one makes it worthless. */
  question: string;
}

/**
 * Begins an empty table in a scratch file; what a killed run left there is deleted. Nothing of it outlives the run, so it is
 * never synced and keeps no journal.
 * @throws EngineError `state-full`, `state-unwritable`, `state-locked`
 */
export function createJoinTable(path: string, keeping?: Keeping): JoinTable {
  return telling(path, () => {
    rmSync(path, { force: true });
    const file = openStateFile(path, 'off');
    file.exec(`
      create table row (id integer primary key, key text not null unique, rank text not null, tie text not null, record text not null);
      create table complete (at integer not null, question text not null);
    `);
    return new SqliteJoinTable(path, file, keeping);
  });
}

/** The table that an earlier run kept; undefined when there is none that is complete, for the same question, and young enough. */
export function openKeptTable(path: string, keeping: Keeping): JoinTable | undefined {
  if (!existsSync(path)) return undefined;
  let file: StateFile | undefined;
  try {
    file = telling(path, () => openStateFile(path, 'off'));
    const [at, question] = file.prepare('select at, question from complete').raw().get([]) as [
      number,
      string,
    ];
    const { now, keepMs } = keeping;
    if (question === keeping.question && at <= now && now - at < keepMs)
      return new SqliteJoinTable(path, file, keeping);
  } catch (error) {
    // One that is damaged or was never finished is made anew.
    if (error instanceof EngineError && error.code === 'state-locked') throw error;
  }
  if (file) closeStateFile(file);
  return undefined;
}

class SqliteJoinTable implements JoinTable {
  readonly #path: string;
  readonly #file: StateFile;
  readonly #put;
  readonly #get;
  readonly #count;
  readonly #keeping: Keeping | undefined;

  constructor(path: string, file: StateFile, keeping: Keeping | undefined) {
    this.#path = path;
    this.#file = file;
    this.#keeping = keeping;
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

  /** Said only when all rows are on the disk: the file has no journal that would mend it. */
  finish(): void {
    const keeping = this.#keeping;
    if (!keeping) return;
    telling(this.#path, () => {
      toDisk(this.#path);
      this.#file.prepare('insert into complete values (?, ?)').run([keeping.now, keeping.question]);
      toDisk(this.#path);
    });
  }

  close(): void {
    telling(this.#path, () => {
      const isComplete = this.#file.prepare('select at from complete').raw().get([]) !== undefined;
      closeStateFile(this.#file);
      if (isComplete) return;
      // Statements not yet garbage collected hold the file: deleted, it would still take its space on the disk.
      truncateSync(this.#path);
      rmSync(this.#path);
    });
  }
}

function toDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
