/** What one lane has committed: its checkpoint, and which records it has delivered. */
import { dirname } from 'node:path';
import type { ByteFiles } from '../byte-files.ts';
import { EngineError } from '../errors.ts';
import type { FileLock } from '../file-lock.ts';
import { type Checkpoint, isCheckpoint } from './checkpoint.ts';
import {
  type Generation,
  placeGeneration,
  readGenerations,
  writeFirst,
  writeGeneration,
} from './generations.ts';
import { RECORDS_LOST, recovered } from './recovered.ts';
import type { KeptRecord, Known, Seen } from './seen.ts';
import { NOTHING_SEEN, type SeenPosition, SeenSet } from './seen-set.ts';
import { telling } from './state-error.ts';

export interface Commit {
  checkpoint: Checkpoint;
  seen?: readonly Seen[];
  /** Forgets what lies before this instant; what has none stays. */
  pruneBefore?: string;
  /** The same for what is gone only. */
  pruneGoneBefore?: string;
}

export interface LaneStore {
  /** 8 hex digits, drawn when the state was created: marks what this lane, under this state, has written elsewhere. */
  readonly id: string;
  /** Whether a checkpoint was damaged, so that the newest one that is whole is in force: mostly the one before it. */
  readonly fellBack: boolean;
  /** What was found damaged, and what that means: `state-fell-back`, `state-records-lost`. Empty when all is whole. */
  readonly damage: readonly EngineError[];
  /** The committed checkpoint; undefined before the first commit. */
  checkpoint(): Checkpoint | undefined;
  /** Number of the generation that the next commit makes: greater than that of any before. */
  readonly generation: number;
  /** Generations up to this one are known to have been committed, by a state that is here no more. */
  skipTo(generation: number): void;
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
  /** A commit failed so late that only the next opening can tell whether it counts: nothing is to be cut or sealed by what is known here. */
  readonly isUncertain: boolean;
  close(): void;
}

export interface LaneStoreOptions {
  now(): number;
  randomBytes(size: number): Uint8Array;
  files: ByteFiles;
}

/**
 * Opens the state of the lane at `path`, to which each of its files adds an ending, creates it where missing, and holds it
 * until `close`.
 * @throws EngineError `state-locked` (another run holds the lane), `state-newer` (written by a later version),
 * `state-older`, `state-corrupt`, `state-full`, `state-unwritable`
 */
export function openLane(path: string, options: LaneStoreOptions): LaneStore {
  const { files, randomBytes } = options;
  return telling(path, () => {
    files.makeDirectory(dirname(path));
    const lock = files.lock(`${path}.lock`);
    const seen = new SeenSet(path, files, randomBytes);
    try {
      return new FileLaneStore(path, options, lock, seen);
    } catch (error) {
      closeQuietly(lock, seen);
      throw error;
    }
  });
}

class FileLaneStore implements LaneStore {
  readonly id: string;
  readonly fellBack: boolean;
  readonly damage: readonly EngineError[];
  isUncertain = false;
  readonly #path: string;
  readonly #options: LaneStoreOptions;
  readonly #lock: FileLock;
  readonly #seen: SeenSet;
  #newest: Generation | undefined;
  /** Of the next generation. */
  #number: number;
  /** Damage that the next run has to tell, should this one not come so far. */
  #untold: NonNullable<Generation['damage']>;
  /** Seen files that a checkpoint names. */
  #named: number[] = [];

  constructor(path: string, options: LaneStoreOptions, lock: FileLock, seen: SeenSet) {
    this.#path = path;
    this.#options = options;
    this.#lock = lock;
    this.#seen = seen;
    const { files, randomBytes } = options;
    const found = readGenerations(path, files);
    this.id = found.lane ?? Buffer.from(randomBytes(4)).toString('hex');
    const { newest, before, fellBack, damage } = recovered(path, found, seen);
    this.#newest = newest;
    this.fellBack = fellBack;
    this.damage = [
      ...damage,
      ...(newest?.damage ?? []).map(
        (told) => new EngineError({ ...told, kind: 'state', fix: told.fix ?? '' }),
      ),
    ];
    this.#untold = this.damage.map(({ code, message, fix }) => ({ code, message, fix }));
    // Beyond the number of any that cannot be read, and in the place of the one that is not in force.
    this.#number = (newest?.number ?? 0) + (fellBack ? 3 : 1);
    if (found.lane === undefined) writeFirst(path, files, this.id, NOTHING_SEEN);
    this.#named = [newest, before].flatMap((one) => (one ? [one.seen.file] : []));
    seen.tidy(this.#named);
    if (seen.isWasteful || damage.some(({ code }) => code === RECORDS_LOST)) this.#compact();
    else if (fellBack) this.#replaceDamaged();
  }

  checkpoint(): Checkpoint | undefined {
    return this.#newest && structuredClone(this.#newest.checkpoint);
  }

  get generation(): number {
    return this.#number;
  }

  skipTo(generation: number): void {
    // Two at a time: the one in force keeps its place.
    while (this.#number <= generation) this.#number += 2;
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
    if (this.isUncertain) throw uncertain(this.#path);
    try {
      telling(this.#path, () => {
        for (const entry of seen) this.#seen.put(entry);
        if (pruneBefore !== undefined) this.#seen.forgetBefore(pruneBefore, true);
        if (pruneGoneBefore !== undefined) this.#seen.forgetBefore(pruneGoneBefore, false);
        this.#commit({
          checkpoint: structuredClone(checkpoint),
          at: this.#options.now(),
          seen: this.#seen.save(),
        });
      });
    } catch (error) {
      this.#seen.abandon();
      throw error;
    }
  }

  close(): void {
    telling(this.#path, () => {
      try {
        if (this.#untold.length > 0 && !this.isUncertain) this.#toldDamage();
        this.#seen.close();
      } finally {
        this.#lock.release();
      }
    });
  }

  #commit(next: Omit<Generation, 'number'>): void {
    const before = this.#newest;
    const untold = this.#untold.length > 0 ? { damage: this.#untold } : {};
    const generation = { ...next, ...untold, number: this.#number };
    const { files } = this.#options;
    writeGeneration(this.#path, files, this.id, generation);
    this.isUncertain = true;
    placeGeneration(this.#path, files, generation.number);
    this.isUncertain = false;
    this.#number++;
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

  /** Whoever closes the lane has told it. */
  #toldDamage(): void {
    this.#untold = [];
    this.#repeat(({ seen }) => seen);
  }

  /** The checkpoint in force once more, so that again there are two. */
  #replaceDamaged(): void {
    this.#repeat(({ seen }) => seen);
  }

  /** The same checkpoint over a file that holds only what counts. */
  #compact(): void {
    if (this.#repeat(() => this.#seen.compact()) && this.#newest) this.#seen.load(this.#newest.seen);
  }

  /** Commits what is in force once more; where that cannot be written, the next commit does it. */
  #repeat(seenOf: (newest: Generation) => SeenPosition): boolean {
    const newest = this.#newest;
    if (!newest) return false;
    try {
      this.#commit({ checkpoint: newest.checkpoint, at: newest.at, seen: seenOf(newest) });
      return true;
    } catch {
      // Whether it counts or not, it says the same; the next one is certainly later.
      if (this.isUncertain) this.#number += 2;
      this.isUncertain = false;
      return false;
    }
  }
}

function closeQuietly(lock: FileLock, seen: SeenSet): void {
  try {
    seen.close();
  } catch {
    // What made the opening fail is told; that the file cannot be closed in good order follows from it.
  } finally {
    lock.release();
  }
}

function uncertain(path: string): EngineError {
  return new EngineError({
    code: 'state-unwritable',
    kind: 'state',
    message: `a checkpoint of the state at \`${path}\` could not be brought to the disk for certain`,
    fix: 'check the disk, then run again: what was committed is found by then',
  });
}

function emptyState(path: string): EngineError {
  return new EngineError({
    code: 'state-empty',
    kind: 'state',
    message: `refused to write a checkpoint without content to \`${path}\``,
    fix: 'report this as a bug: the lane would have begun anew',
  });
}
