/** Who may work on a file? One holder at a time, by a lock that the kernel gives back when a process dies: none can go stale. */
import { chmodSync, closeSync, lstatSync, openSync } from 'node:fs';
import Database from 'libsql';

export interface FileLock {
  release(): void;
}

/**
 * Node has no locks on files; SQLite takes them the same way on every system, on the empty file as well. The file stays, since
 * whoever deletes one takes it from under another's hands.
 * @throws Error with the code `ELOCKED` when another process, or another holder in this one, has it
 */
export function lockFile(path: string): FileLock {
  createPrivately(path);
  const file = new Database(path);
  try {
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    const isHeld =
      error instanceof Error && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code));
    throw isHeld ? Object.assign(new Error('is locked', { cause: error }), { code: 'ELOCKED' }) : error;
  }
  return {
    release: () => {
      // Closing alone would not do: the connection lives on until it is garbage collected.
      try {
        file.exec('rollback');
      } finally {
        file.close();
      }
    },
  };
}

function createPrivately(path: string): void {
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
