/** The file operations that the state uses, as a port: synchronous and by position. Tests count them, fail them and run them in memory. */
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { type FileLock, lockFile } from './file-lock.ts';

/** A file read and written by position. Positions and lengths are bytes. */
export interface ByteFile {
  /** Fills the target from its beginning with up to `size` bytes; gives how many there were. */
  read(target: Uint8Array, size: number, position: number): number;
  /** Writes the first `size` bytes of the source, all of them. */
  write(source: Uint8Array, size: number, position: number): void;
  /** Returns when the content is on the disk. */
  sync(): void;
  length(): number;
  truncate(length: number): void;
  close(): void;
}

/** `create`: empty, in the place of any other that is there. `edit`: it has to be there. `read`: so too, and nothing of it changes. */
export type Opening = 'create' | 'edit' | 'read';

export interface ByteFiles {
  /** Opens with mode 0600, not through a link. One that was removed stays usable until it is closed. */
  open(path: string, opening: Opening): ByteFile;
  /** Length in bytes of a regular file; undefined when there is none. */
  size(path: string): number | undefined;
  /** Empty when there is no such directory. */
  names(directory: string): string[];
  /** Puts the file in the place of any other that has the new name, at once. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Creates the directory and its parents, mode 0700. */
  makeDirectory(path: string): void;
  /** Returns when the names in the directory are on the disk. */
  syncDirectory(path: string): void;
  /**
   * Holds the file, created where missing, against every other process and every other holder in this one, until it is
   * released or the process ends, however it ends.
   * @throws Error with the code `ELOCKED` when another holds it
   */
  lock(path: string): FileLock;
}

export const nodeByteFiles: ByteFiles = {
  open: (path, opening) => {
    if (opening === 'read') return fileOf(openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    if (opening === 'create') rmSync(path, { force: true });
    // Exclusively: what someone else puts there in between is not written to.
    const created = opening === 'create' ? constants.O_CREAT | constants.O_EXCL : 0;
    const handle = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | created, 0o600);
    fchmodSync(handle, 0o600);
    return fileOf(handle);
  },
  size: (path) => {
    const entry = lstatSync(path, { throwIfNoEntry: false });
    return entry?.isFile() ? entry.size : undefined;
  },
  names: (directory) => (lstatSync(directory, { throwIfNoEntry: false }) ? readdirSync(directory) : []),
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  syncDirectory: (path) => {
    const handle = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  lock: lockFile,
};

function fileOf(handle: number): ByteFile {
  return {
    read: (target, size, position) => {
      let done = 0;
      while (done < size) {
        const count = readSync(handle, target, done, size - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    write: (source, size, position) => {
      for (let done = 0; done < size; ) done += writeSync(handle, source, done, size - done, position + done);
    },
    sync: () => fdatasyncSync(handle),
    length: () => fstatSync(handle).size,
    truncate: (length) => ftruncateSync(handle, length),
    close: () => closeSync(handle),
  };
}
