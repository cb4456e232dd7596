/** What one lane has committed: its checkpoint in an SQLite file, and beside it which records it has delivered. */
import { randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';
import { type ByteFiles, nodeByteFiles } from './byte-files.ts';
import { type Checkpoint, isCheckpoint } from './checkpoint.ts';
import { type Generation, Generations } from './generations.ts';
import type { KeptRecord, Known, Seen } from './seen.ts';
import { NOTHING_SEEN, SeenSet } from './seen-set.ts';
import { closeStateFile, openStateFile, type StateFile, telling } from './state-file.ts';

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
  /** Whether a checkpoint was damaged, so that the newest one that is whole is in force: mostly the one before it. */
  readonly fellBack: boolean;
  /** What was found damaged, and what that means: `state-fell-back`, `state-records-lost`. Empty when all is whole. */
  readonly damage: readonly EngineError[];
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
  /** Those that were kept with the key of a joined record, where that is wanted; all of them are read. */
  keptOf(isWanted: (parent: string) => boolean): Iterable<KeptRecord>;
  /** Remembers with the next commit, and finds from now on. Of several entries with one key the last counts. */
  stage(seen: Seen): void;
  /**
   * All of it or nothing, and on the disk when this returns, with what was staged. Of several entries with one key the last counts.
   * @throws EngineError `state-empty` for what is no checkpoint, `state-full`, `state-unwritable`, `state-corrupt`
   */
  commit(commit: Commit): void;
  close(): void;
}

export interface LaneStoreOptions {
  now(): number;
  randomBytes?(size: number): Uint8Array;
  /** Those of the seen-set. */
  files?: ByteFiles;
}

/**
 * Opens the lane's file, creates it where missing, and holds it until `close`.
 * @throws EngineError `state-locked` (another run holds the lane), `state-newer` (written by a later version),
 * `state-older`, `state-corrupt`, `state-full`, `state-unwritable`
 */
export function openLane(path: string, options: LaneStoreOptions): LaneStore {
  const file = openStateFile(path, 'wal');
  const random = options.randomBytes ?? randomBytes;
  const seen = new SeenSet(path, options.files ?? nodeByteFiles, random);
  try {
    return telling(path, () => {
      const generations = new Generations(path, file, random);
      return new FileLaneStore(path, file, options.now, generations, seen);
    });
  } catch (error) {
    closeQuietly(file, seen);
    throw error;
  }
}

class FileLaneStore implements LaneStore {
  readonly id: string;
  readonly fellBack: boolean;
  readonly damage: readonly EngineError[];
  readonly #path: string;
  readonly #file: StateFile;
  readonly #now: () => number;
  readonly #generations: Generations;
  readonly #seen: SeenSet;
  #newest: Generation | undefined;
  /** Seen files that a checkpoint names. */
  #named: number[] = [];

  constructor(path: string, file: StateFile, now: () => number, generations: Generations, seen: SeenSet) {
    this.#path = path;
    this.#file = file;
    this.#now = now;
    this.#generations = generations;
    this.#seen = seen;
    this.id = generations.lane;
    const { newest, before, fellBack, damage } = recovered(path, generations, seen);
    this.#newest = newest;
    this.fellBack = fellBack;
    this.damage = damage;
    if (fellBack && newest) generations.keepOnly(newest);
    this.#named = [newest, before].flatMap((one) => (one ? [one.seen.file] : []));
    seen.tidy(this.#named);
    if (seen.isWasteful || damage.some(({ code }) => code === RECORDS_LOST)) this.#compact();
  }

  checkpoint(): Checkpoint | undefined {
    return this.#newest && structuredClone(this.#newest.checkpoint);
  }

  committedAt(): number | undefined {
    return this.#newest?.at;
  }

  find(key: string): Known | undefined {
    try {
      return this.#seen.find(key);
    } catch (error) {
      return telling(this.#path, () => {
        throw error;
      });
    }
  }

  get greatestId(): number {
    return telling(this.#path, () => this.#seen.greatestId);
  }

  ids(greatest: number): Iterable<number> {
    return this.#seen.ids(greatest);
  }

  kept(ids: readonly number[]): KeptRecord[] {
    return telling(this.#path, () => this.#seen.kept(ids));
  }

  *keptOf(isWanted: (parent: string) => boolean): Generator<KeptRecord> {
    const found = this.#seen.keptOf(isWanted);
    for (;;) {
      const next = telling(this.#path, () => found.next());
      if (next.done) return;
      yield next.value;
    }
  }

  stage(seen: Seen): void {
    try {
      this.#seen.put(seen);
    } catch (error) {
      this.#seen.abandon();
      telling(this.#path, () => {
        throw error;
      });
    }
  }

  commit({ checkpoint, seen = [], pruneBefore, pruneGoneBefore }: Commit): void {
    if (!isCheckpoint(checkpoint)) throw emptyState(this.#path);
    try {
      telling(this.#path, () => {
        for (const entry of seen) this.#seen.put(entry);
        if (pruneBefore !== undefined) this.#seen.forgetBefore(pruneBefore, true);
        if (pruneGoneBefore !== undefined) this.#seen.forgetBefore(pruneGoneBefore, false);
        this.#commit({ checkpoint: structuredClone(checkpoint), at: this.#now(), seen: this.#seen.save() });
      });
    } catch (error) {
      this.#seen.abandon();
      throw error;
    }
  }

  close(): void {
    telling(this.#path, () => {
      try {
        this.#seen.close();
      } finally {
        closeStateFile(this.#file);
      }
    });
  }

  #commit(next: Omit<Generation, 'number'>): void {
    const before = this.#newest;
    const generation = { ...next, number: (before?.number ?? 0) + 1 };
    this.#generations.add(generation);
    this.#newest = generation;
    this.#seen.committed(generation.seen);
    const named = [generation.seen.file, ...(before ? [before.seen.file] : [])];
    const isFileLeft = this.#named.some((file) => !named.includes(file));
    this.#named = named;
    try {
      if (isFileLeft) this.#seen.tidy(named);
    } catch {
      // It is committed, whatever becomes of the file that nothing names any more: the next opening deletes it.
    }
  }

  /** The same checkpoint over a file that holds only what counts; where that cannot be written, the one at hand does. */
  #compact(): void {
    const { checkpoint, at } = this.#newest ?? {};
    if (!checkpoint || at === undefined) return;
    try {
      const seen = this.#seen.compact();
      this.#commit({ checkpoint, at, seen });
    } catch {
      return;
    }
    if (this.#newest) this.#seen.load(this.#newest.seen);
  }
}

const RECORDS_LOST = 'state-records-lost';

interface Recovered {
  newest?: Generation;
  /** The one to fall back to. */
  before?: Generation;
  fellBack: boolean;
  damage: EngineError[];
}

/**
 * Loads what the newest generation has seen. Where what it added to the generation before is damaged, that one is in force: the
 * destinations are brought back to its positions too. What is damaged in both is forgotten.
 */
function recovered(path: string, generations: Generations, seen: SeenSet): Recovered {
  const { whole, isDamaged } = generations.read();
  let fellBack = isDamaged;
  for (const [index, newest] of whole.entries()) {
    const before = whole[index + 1];
    const common = before?.seen.file === newest.seen.file ? before.seen.length : 0;
    try {
      const parts = seen.load(newest.seen);
      if (!before || parts.every(({ to }) => to <= common)) {
        const damage = fellBack ? [wentBack(path)] : [];
        const bytes = parts.reduce((sum, { from, to }) => sum + to - from, 0);
        if (bytes > 0) damage.push(recordsLost(path, newest.seen.live - seen.live, newest.seen.live, bytes));
        return { newest, ...(before && { before }), fellBack, damage };
      }
    } catch (error) {
      if (!before || !(error instanceof EngineError)) throw error;
    }
    fellBack = true;
  }
  seen.load(NOTHING_SEEN);
  return { fellBack: false, damage: [] };
}

function closeQuietly(file: StateFile, seen: SeenSet): void {
  try {
    seen.close();
    closeStateFile(file);
  } catch {
    // What made the opening fail is told; that the file cannot be closed in good order follows from it.
  }
}

function wentBack(path: string): EngineError {
  return new EngineError({
    code: 'state-fell-back',
    kind: 'state',
    message: `a checkpoint of the state at \`${path}\` is damaged, the newest one that is whole is in force`,
    fix: 'check the disk; what was written since is written again',
  });
}

function recordsLost(path: string, lost: number, of: number, bytes: number): EngineError {
  return new EngineError({
    code: RECORDS_LOST,
    kind: 'state',
    message: `${bytes} bytes of the state at \`${path}\` are damaged: ${Math.max(lost, 0)} of ${of} delivered records are forgotten, and newer versions of others`,
    fix: 'check the disk; what the vendor still lists is delivered again',
  });
}

function emptyState(path: string): EngineError {
  return new EngineError({
    code: 'state-empty',
    kind: 'state',
    message: `refused to write a checkpoint without content to \`${path}\``,
    fix: 'Report this as a bug: the lane would have begun anew.',
  });
}
