/** The file operations that the engine uses, as a port: tests count them, fail them and run them in memory. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file open for appending. Positions and lengths are bytes. */
export interface AppendFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Returns when the content is on the disk (fsync). A failed sync is final for this file: it is never tried again. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Files {
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Opens for appending, mode 0600. With `truncateTo` the file is cut (or created empty) to that length first. */
  append(path: string, options?: { truncateTo?: number }): Promise<AppendFile>;
  /** Replaces a whole file: temporary file beside it, fsync, rename, fsync of the directory. */
  replace(path: string, content: string | Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names in a directory; empty when it does not exist. */
  list(path: string): Promise<string[]>;
  /** Creates the directory and its parents, mode 0700. */
  makeDirectory(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Length in bytes, or undefined when there is no such file. */
  size(path: string): Promise<number | undefined>;
  kind(path: string): Promise<'file' | 'directory' | 'link' | 'other' | undefined>;
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function append(path: string, options: { truncateTo?: number } = {}): Promise<AppendFile> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    if (options.truncateTo !== undefined) await handle.truncate(options.truncateTo);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    write: async (bytes) => {
      let offset = 0;
      while (offset < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, offset);
        offset += bytesWritten;
      }
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  // What another put there in between, a link too, is not written to.
  await rm(temporary, { force: true });
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** What no file is, or can be: the last two are names that are too long, or that hold a NUL. */
const MISSING: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'];

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.includes(error.code);
}

async function missingAs<T, U>(fallback: U, operation: Promise<T>): Promise<T | U> {
  try {
    return await operation;
  } catch (error) {
    if (isMissing(error)) return fallback;
    throw error;
  }
}

export const nodeFiles: Files = {
  readText: (path) => readFile(path, 'utf8'),
  readBytes: (path) => readFile(path),
  append,
  replace,
  rename,
  remove: (path) => rm(path, { force: true, recursive: true }),
  list: (path) => missingAs([], readdir(path)),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  syncDirectory,
  size: async (path) => (await missingAs(undefined, stat(path)))?.size,
  kind: async (path) => {
    const entry = await missingAs(undefined, lstat(path));
    if (!entry) return undefined;
    if (entry.isSymbolicLink()) return 'link';
    if (entry.isDirectory()) return 'directory';
    return entry.isFile() ? 'file' : 'other';
  },
};
