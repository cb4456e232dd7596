/** What one lane has committed, in one SQLite file: its checkpoint, and the hash of each record that it has delivered. */
import { createHash, randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';
import { type Checkpoint, isCheckpoint } from './checkpoint.ts';
import { type KeptRecord, type Known, SEEN_SCHEMA, type Seen, SeenTable } from './seen-table.ts';
import {
  closeStateFile,
  corruptState,
  inTransaction,
  openStateFile,
  type StateFile,
  telling,
} from './state-file.ts';

export interface Commit {
  checkpoint: Checkpoint;
  seen?: readonly Seen[];
  /** Forgets what lies before this instant; what has none stays. */
  pruneBefore?: string;
  /** The same for what is gone only. */
  pruneGoneBefore?: string;
}

export interface LaneStore {
  /** 8 hex digits, drawn when the file was created: marks what this lane, under this state, has written elsewhere. */
  readonly id: string;
  /** Whether the newest checkpoint was damaged, so that the one before it is in force. */
  readonly fellBack: boolean;
  /** The committed checkpoint; undefined before the first commit. */
  checkpoint(): Checkpoint | undefined;
  /** When it was committed, milliseconds since the epoch. */
  committedAt(): number | undefined;
  find(key: string): Known | undefined;
  /** Ids up to this one were given out to delivered records. */
  readonly greatestId: number;
  /** Ids of delivered records that are not gone, up to `greatest`, in their order. */
  ids(greatest: number): Iterable<number>;
  kept(ids: readonly number[]): KeptRecord[];
  /** Those that were kept with this key of a joined record. */
  keptOf(parent: string): Iterable<KeptRecord>;
  parents(): Iterable<string>;
  /**
   * All of it or nothing, and on the disk when this returns. Of several entries with one key the last counts.
   * @throws EngineError `state-empty` for what is no checkpoint, `state-full`, `state-unwritable`, `state-corrupt`
   */
  commit(commit: Commit): void;
  close(): void;
}

const FORMAT = 2;

const SCHEMA = `
  create table meta (format integer not null, lane text not null);
  create table checkpoint (generation integer primary key, content text not null, checksum text not null, at integer not null);
  ${SEEN_SCHEMA}
`;

/**
 * Opens the lane's file, creates it where missing, and holds it until `close`.
 * @throws EngineError `state-locked` (another run holds the lane), `state-newer` (written by a later version),
 * `state-corrupt`, `state-full`, `state-unwritable`
 */
export function openLane(
  path: string,
  options: { now(): number; randomBytes?(size: number): Uint8Array },
): LaneStore {
  const file = openStateFile(path, 'wal');
  try {
    return telling(path, () => new SqliteLaneStore(path, file, options));
  } catch (error) {
    closeQuietly(file);
    throw error;
  }
}

interface Generation {
  generation: number;
  content: Checkpoint;
  at: number;
}

class SqliteLaneStore implements LaneStore {
  readonly id: string;
  readonly fellBack: boolean;
  readonly #path: string;
  readonly #file: StateFile;
  readonly #now: () => number;
  #newest: Generation | undefined;

  readonly #seen: SeenTable;
  readonly #addGeneration;
  readonly #dropGenerations;

  constructor(
    path: string,
    file: StateFile,
    options: { now(): number; randomBytes?(size: number): Uint8Array },
  ) {
    this.#path = path;
    this.#file = file;
    this.#now = options.now;
    this.id = laneId(path, file, options.randomBytes ?? randomBytes);
    const { newest, damaged } = readGenerations(path, file);
    this.#newest = newest;
    this.fellBack = damaged;
    if (damaged && newest) dropAfter(file, newest.generation);

    this.#seen = new SeenTable(file);
    this.#addGeneration = file.prepare('insert into checkpoint values (?, ?, ?, ?)');
    this.#dropGenerations = file.prepare('delete from checkpoint where generation < ?');
  }

  checkpoint(): Checkpoint | undefined {
    return this.#newest && structuredClone(this.#newest.content);
  }

  committedAt(): number | undefined {
    return this.#newest?.at;
  }

  find(key: string): Known | undefined {
    return telling(this.#path, () => this.#seen.find(key));
  }

  get greatestId(): number {
    return this.#seen.greatestId;
  }

  ids(greatest: number): Iterable<number> {
    return this.#seen.ids(greatest);
  }

  kept(ids: readonly number[]): KeptRecord[] {
    return telling(this.#path, () => this.#seen.kept(ids));
  }

  keptOf(parent: string): Iterable<KeptRecord> {
    return this.#seen.keptOf(parent);
  }

  parents(): Iterable<string> {
    return this.#seen.parents();
  }

  commit({ checkpoint, seen = [], pruneBefore, pruneGoneBefore }: Commit): void {
    if (!isCheckpoint(checkpoint)) throw emptyState(this.#path);
    const content = JSON.stringify(checkpoint);
    const generation = (this.#newest?.generation ?? 0) + 1;
    const at = this.#now();
    telling(this.#path, () =>
      inTransaction(this.#file, () => {
        if (seen.length > 0) this.#seen.record(seen, generation);
        if (pruneBefore !== undefined) this.#seen.forgetBefore(pruneBefore, true);
        if (pruneGoneBefore !== undefined) this.#seen.forgetBefore(pruneGoneBefore, false);
        this.#addGeneration.run([generation, content, checksum(generation, content), at]);
        this.#dropGenerations.run([generation - 1]);
      }),
    );
    this.#newest = { generation, content: JSON.parse(content), at };
  }

  close(): void {
    telling(this.#path, () => closeStateFile(this.#file));
  }
}

function closeQuietly(file: StateFile): void {
  try {
    closeStateFile(file);
  } catch {
    // What made the opening fail is told; that the file cannot be closed in good order follows from it.
  }
}

/** Creates the tables in an empty file; gives the lane's id, drawn then. */
function laneId(path: string, file: StateFile, random: (size: number) => Uint8Array): string {
  const tables = file.prepare('select name from sqlite_schema').raw().all([]) as [string][];
  if (tables.length === 0) {
    const id = Buffer.from(random(4)).toString('hex');
    inTransaction(file, () => {
      file.exec(SCHEMA);
      file.prepare('insert into meta values (?, ?)').run([FORMAT, id]);
    });
    return id;
  }
  if (!tables.some(([name]) => name === 'meta')) throw corruptState(path, 'it holds no lane');
  const [format, lane] = file.prepare('select format, lane from meta').raw().get([]) as [number, string];
  if (format < FORMAT) {
    throw new EngineError({
      code: 'state-older',
      kind: 'state',
      message: `state at \`${path}\` has format ${format}, this version reads format ${FORMAT}`,
      fix: 'remove the file to begin anew, or use another --state',
    });
  }
  if (format > FORMAT) {
    throw new EngineError({
      code: 'state-newer',
      kind: 'state',
      message: `state at \`${path}\` has format ${format}, this version reads up to ${FORMAT}`,
      fix: 'Run the version that wrote it or a later one, or use another --state.',
    });
  }
  return lane;
}

/** The newest generation whose checksum is right, and whether there was one whose checksum is wrong. */
function readGenerations(
  path: string,
  file: StateFile,
): { newest: Generation | undefined; damaged: boolean } {
  const rows = file
    .prepare('select generation, content, checksum, at from checkpoint order by generation desc')
    .raw()
    .all([]) as [number, string, string, number][];
  const valid = rows.filter(([generation, content, expected]) => checksum(generation, content) === expected);
  const first = valid[0];
  if (rows.length > 0 && !first) throw corruptState(path, 'no checkpoint has the right checksum');
  const newest = first && { generation: first[0], content: JSON.parse(first[1]) as Checkpoint, at: first[3] };
  return { newest, damaged: valid.length < rows.length };
}

/**
 * Forgets what was committed after a generation. Its records go with it: the destinations are brought back to the positions of
 * that generation, and a record still counted as seen would be lost from them.
 */
function dropAfter(file: StateFile, generation: number): void {
  inTransaction(file, () => {
    file.prepare('delete from checkpoint where generation <> ?').run([generation]);
    file.prepare('delete from seen where generation > ?').run([generation]);
    file.prepare('delete from kept where id not in (select id from seen)').run([]);
  });
}

function checksum(generation: number, content: string): string {
  return createHash('sha256').update(`${generation}\n${content}`).digest('hex');
}

function emptyState(path: string): EngineError {
  return new EngineError({
    code: 'state-empty',
    kind: 'state',
    message: `refused to write a checkpoint without content to \`${path}\``,
    fix: 'Report this as a bug: the lane would have begun anew.',
  });
}
