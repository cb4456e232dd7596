/** One SQLite file of the engine's state: opened private and under an exclusive lock, its failures told as `state-` errors. */
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { EngineError } from '../errors.ts';
import { STATE_CACHE_BYTES } from '../limits.ts';

export type StateFile = Database.Database;

/**
 * Opens or creates the file (mode 0600, its directory 0700) for this connection alone: in this mode the first access takes the
 * lock and keeps it. The kernel gives it back when the process dies; no lock file can go stale. Statements take their values as
 * one array: the binding reads a lone buffer as named values and aborts the process.
 * @throws EngineError `state-locked`, `state-corrupt`, `state-full`, `state-unwritable`
 */
export function openStateFile(path: string, journal: 'wal' | 'off'): StateFile {
  return telling(path, () => {
    createPrivately(path);
    const file = new Database(path);
    try {
      file.exec(`
        pragma locking_mode = exclusive;
        pragma journal_mode = ${journal};
        pragma synchronous = ${journal === 'off' ? 'off' : 'full'};
        pragma cache_size = -${STATE_CACHE_BYTES / 1024};
        pragma mmap_size = 0;
        pragma temp_store = memory;
        pragma wal_autocheckpoint = 10000;
      `);
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  });
}

/**
 * Gives the lock back and closes. Closing alone would not do: statements not yet garbage collected keep the connection, and
 * with it the lock, alive; an exclusive lock can only be left after WAL.
 */
export function closeStateFile(file: StateFile): void {
  try {
    file.exec(
      'pragma journal_mode = delete; pragma locking_mode = normal; select count(*) from sqlite_schema',
    );
  } finally {
    file.close();
  }
}

/** Runs all of `work` in one transaction. */
export function inTransaction<T>(file: StateFile, work: () => T): T {
  file.exec('begin immediate');
  try {
    const result = work();
    file.exec('commit');
    return result;
  } catch (error) {
    // A full disk makes SQLite roll back by itself.
    if (file.inTransaction) file.exec('rollback');
    throw error;
  }
}

/** Runs `work` on the state file at `path` and tells what SQLite or the file system refuses as an EngineError. */
export function telling<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof EngineError ? error : stateError(path, error);
  }
}

function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (!entry) {
    closeSync(openSync(path, 'ax', 0o600));
  } else if (!entry.isFile()) {
    throw new Error('is not a regular file');
  } else if ((entry.mode & 0o077) !== 0) {
    // By its path: opening the file here and closing it again would drop the locks that this process holds on it.
    chmodSync(path, 0o600);
  }
}

function stateError(path: string, cause: unknown): EngineError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new EngineError({
      code: 'state-locked',
      kind: 'state',
      message: `another run holds this lane: \`${path}\` is locked`,
      fix: 'Wait for the other run to end, or use another --state.',
      cause,
    });
  }
  if (/^SQLITE_(NOTADB|CORRUPT|SCHEMA|ERROR)/.test(code)) return corruptState(path, text, cause);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineError({
      code: 'state-full',
      kind: 'state',
      message: `no space left to write state to \`${path}\``,
      fix: 'Free space on that file system, or use another --state.',
      cause,
    });
  }
  return new EngineError({
    code: 'state-unwritable',
    kind: 'state',
    message: `cannot open or write state at \`${path}\`: ${text}`,
    fix: 'Give this user write access to the state directory, or use another --state.',
    cause,
  });
}

/** The file holds something that cannot be trusted. */
export function corruptState(path: string, found: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'state-corrupt',
    kind: 'state',
    message: `state at \`${path}\` is damaged: ${found}`,
    fix: 'Restore the file, or remove it to begin this lane again: every event is then sent once more.',
    cause,
  });
}
