/** Files in memory that know what a loss of power would leave of them, and that can fail or stop at any operation. */
import { dirname } from 'node:path';
import type { AppendFile, Files } from '../../engine/files.ts';

interface Content {
  bytes: Buffer;
  synced: Buffer;
}

export class CrashingFiles implements Files {
  #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();
  readonly #directories = new Set(['/']);
  /** Directories whose own entry has been synced into their parent. */
  readonly syncedDirectories = new Set(['/']);
  /** Operations begun so far. */
  count = 0;
  /** Called before each operation with its name; may throw, as the disk would. */
  before: (operation: string) => void = () => {};

  /**
   * The power fails. `random` decides what reached the disk although nobody waited for it: any part of a file's tail,
   * and either the old or the new names of a directory.
   */
  crash(random: () => number): void {
    const directories = new Set(
      [...this.#names.keys(), ...this.#syncedNames.keys()].map((path) => dirname(path)),
    );
    const names = new Map<string, Content>();
    for (const directory of directories) {
      const source = random() < 0.5 ? this.#names : this.#syncedNames;
      for (const [path, content] of source) if (dirname(path) === directory) names.set(path, content);
    }
    for (const content of new Set(names.values())) {
      const { bytes, synced } = content;
      const isGrown = bytes.length >= synced.length;
      const kept = isGrown ? synced.length + Math.floor(random() * (bytes.length - synced.length + 1)) : 0;
      content.bytes = isGrown ? bytes.subarray(0, kept) : random() < 0.5 ? bytes : synced;
      content.synced = content.bytes;
    }
    this.#names = names;
    this.#syncedNames = new Map(names);
    this.before = () => {};
  }

  /** Path and text of every file, by path. */
  all(): [string, string][] {
    return [...this.#names].map(([path, { bytes }]): [string, string] => [path, bytes.toString()]).sort();
  }

  async append(path: string, options: { truncateTo?: number } = {}): Promise<AppendFile> {
    this.#begin('append');
    if (!this.#directories.has(dirname(path))) throw failure('ENOENT');
    const content = this.#names.get(path) ?? { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.#names.set(path, content);
    if (options.truncateTo !== undefined) content.bytes = content.bytes.subarray(0, options.truncateTo);
    return {
      write: async (bytes) => {
        const half = bytes.length >> 1;
        content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, half)]);
        this.#begin('write');
        content.bytes = Buffer.concat([content.bytes, bytes.subarray(half)]);
      },
      sync: async () => {
        this.#begin('sync');
        content.synced = content.bytes;
      },
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#begin('rename');
    const content = this.#names.get(from);
    if (!content) throw failure('ENOENT');
    this.#names.delete(from);
    this.#names.set(to, content);
  }

  async remove(path: string): Promise<void> {
    this.#begin('remove');
    this.#names.delete(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#begin('syncDirectory');
    for (const name of this.#syncedNames.keys()) if (dirname(name) === path) this.#syncedNames.delete(name);
    for (const [name, content] of this.#names)
      if (dirname(name) === path) this.#syncedNames.set(name, content);
    for (const directory of this.#directories)
      if (dirname(directory) === path) this.syncedDirectories.add(directory);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#begin('makeDirectory');
    for (let at = path; at !== '/'; at = dirname(at)) this.#directories.add(at);
  }

  async list(path: string): Promise<string[]> {
    const below = [...this.#names.keys()].filter((name) => dirname(name) === path);
    return below.map((name) => name.slice(path.length + 1));
  }

  async size(path: string): Promise<number | undefined> {
    return this.#names.get(path)?.bytes.length;
  }

  async kind(path: string): Promise<'file' | 'directory' | undefined> {
    return this.#directories.has(path) ? 'directory' : this.#names.has(path) ? 'file' : undefined;
  }

  async readText(path: string): Promise<string> {
    return (await this.readBytes(path)).toString();
  }

  async readBytes(path: string): Promise<Buffer> {
    const content = this.#names.get(path);
    if (!content) throw failure('ENOENT');
    return content.bytes;
  }

  async replace(path: string, text: string | Uint8Array): Promise<void> {
    this.#begin('replace');
    const bytes = Buffer.from(text);
    this.#names.set(path, { bytes, synced: bytes });
    this.#syncedNames.set(path, { bytes, synced: bytes });
  }

  #begin(operation: string): void {
    this.count++;
    this.before(operation);
  }
}

/** An error as Node's file functions throw it. */
export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: the disk says so`), { code });
}
