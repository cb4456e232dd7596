/** The calls on files that the seen-set makes, as a port: tests count them, and fail the n-th. */
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';

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

export interface ByteFiles {
  /** Opens with mode 0600, not through a link. A new one begins empty; one that is not new has to be there. */
  open(path: string, isNew: boolean): ByteFile;
  names(directory: string): string[];
  remove(path: string): void;
  /** Returns when the names in the directory are on the disk. */
  syncDirectory(path: string): void;
}

export const nodeByteFiles: ByteFiles = {
  open: (path, isNew) => {
    const created = isNew ? constants.O_CREAT | constants.O_TRUNC : 0;
    const handle = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | created, 0o600);
    fchmodSync(handle, 0o600);
    return fileOf(handle);
  },
  names: (directory) => readdirSync(directory),
  remove: (path) => rmSync(path, { force: true }),
  syncDirectory: (path) => {
    const handle = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
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
