/** A disk in memory that knows what a loss of power would leave of it. */
import { basename, dirname } from 'node:path';
import type { Random } from './random.ts';

type Change = { position: number; bytes: Buffer } | { length: number };

/** One file, whatever its name. */
export class Content {
  /** Never written into: each change makes another buffer. */
  bytes: Buffer = Buffer.alloc(0);
  synced: Buffer = Buffer.alloc(0);
  /** Changes since the last sync. */
  unsynced: Change[] = [];
  readonly order: number;

  /** @param order files that were made later have a greater one */
  constructor(order: number) {
    this.order = order;
  }

  change(change: Change): void {
    this.bytes = changed(this.bytes, change);
    this.unsynced.push(change);
  }

  sync(): void {
    this.synced = this.bytes;
    this.unsynced = [];
  }
}

type Entry = Content | Directory;
type Naming = { name: string; entry: Entry | undefined };

class Directory {
  names = new Map<string, Entry>();
  synced = new Map<string, Entry>();
  /** Since the last sync: each what several names are from then on, all at once. */
  unsynced: Naming[][] = [];

  name(...namings: Naming[]): void {
    apply(this.names, namings);
    this.unsynced.push(namings);
  }

  sync(): void {
    this.synced = new Map(this.names);
    this.unsynced = [];
  }
}

export class Disk {
  #root = new Directory();
  #order = 0;

  /** The power fails: of what nobody waited for, anything may have reached the disk; of names a part from the beginning. */
  crash(random: Random): void {
    const crashDirectory = (directory: Directory) => {
      const kept = random.int(0, directory.unsynced.length);
      const names = new Map(directory.synced);
      for (const namings of directory.unsynced.slice(0, kept)) apply(names, namings);
      directory.names = names;
      directory.sync();
      for (const entry of names.values()) {
        if (entry instanceof Directory) crashDirectory(entry);
        else crashContent(entry, random);
      }
    };
    crashDirectory(this.#root);
  }

  /** The same files again, and nothing that waits for the disk. */
  copy(): Disk {
    const disk = new Disk();
    disk.#order = this.#order;
    const copied = (directory: Directory): Directory => {
      const copy = new Directory();
      for (const [name, entry] of directory.names) {
        if (entry instanceof Directory) copy.names.set(name, copied(entry));
        else {
          const content = new Content(entry.order);
          content.bytes = entry.bytes;
          content.sync();
          copy.names.set(name, content);
        }
      }
      copy.sync();
      return copy;
    };
    disk.#root = copied(this.#root);
    return disk;
  }

  /** Path and content of every file below a path, by path. */
  below(path: string): [string, Content][] {
    const found: [string, Content][] = [];
    const walk = (at: string, directory: Directory) => {
      for (const [name, entry] of directory.names) {
        if (entry instanceof Directory) walk(`${at}/${name}`, entry);
        else found.push([`${at}/${name}`, entry]);
      }
    };
    const entry = this.#find(path);
    if (entry instanceof Directory) walk(path, entry);
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  open(path: string, how: 'create' | 'append' | 'edit'): Content {
    const directory = this.#directory(dirname(path));
    const known = directory.names.get(basename(path));
    if (known instanceof Directory) throw failure('EISDIR');
    if (known && how !== 'create') return known;
    if (how === 'edit') throw failure('ENOENT');
    const content = new Content(this.#order++);
    directory.name({ name: basename(path), entry: content });
    return content;
  }

  rename(from: string, to: string): void {
    const directory = this.#directory(dirname(from));
    const entry = directory.names.get(basename(from));
    if (!entry) throw failure('ENOENT');
    if (dirname(from) !== dirname(to)) throw failure('EXDEV');
    directory.name({ name: basename(from), entry: undefined }, { name: basename(to), entry });
  }

  remove(path: string): void {
    const directory = this.#find(dirname(path));
    if (directory instanceof Directory && directory.names.has(basename(path)))
      directory.name({ name: basename(path), entry: undefined });
  }

  makeDirectory(path: string): void {
    let at = this.#root;
    for (const part of parts(path)) {
      const known = at.names.get(part);
      if (known instanceof Content) throw failure('ENOTDIR');
      const next = known ?? new Directory();
      if (!known) at.name({ name: part, entry: next });
      at = next;
    }
  }

  syncDirectory(path: string): void {
    this.#directory(path).sync();
  }

  names(path: string): string[] {
    const entry = this.#find(path);
    return entry instanceof Directory ? [...entry.names.keys()] : [];
  }

  content(path: string): Content | undefined {
    const entry = this.#find(path);
    return entry instanceof Content ? entry : undefined;
  }

  kind(path: string): 'file' | 'directory' | undefined {
    const entry = this.#find(path);
    return entry && (entry instanceof Directory ? 'directory' : 'file');
  }

  #directory(path: string): Directory {
    const entry = this.#find(path);
    if (!(entry instanceof Directory)) throw failure('ENOENT');
    return entry;
  }

  #find(path: string): Entry | undefined {
    let at: Entry | undefined = this.#root;
    for (const part of parts(path)) {
      if (!(at instanceof Directory)) return undefined;
      at = at.names.get(part);
    }
    return at;
  }
}

/** An error as Node's file functions throw it. */
export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: the disk says so`), { code });
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function apply(names: Map<string, Entry>, namings: readonly Naming[]): void {
  for (const { name, entry } of namings) {
    if (entry) names.set(name, entry);
    else names.delete(name);
  }
}

function changed(bytes: Buffer, change: Change): Buffer {
  if ('length' in change && !('position' in change)) {
    if (change.length <= bytes.length) return bytes.subarray(0, change.length);
    return Buffer.concat([bytes, Buffer.alloc(change.length - bytes.length)]);
  }
  const { position, bytes: added } = change as { position: number; bytes: Buffer };
  const length = Math.max(bytes.length, position + added.length);
  const all = Buffer.alloc(length);
  bytes.copy(all);
  added.copy(all, position);
  return all;
}

function crashContent(content: Content, random: Random): void {
  const { unsynced } = content;
  if (unsynced.length === 0) return;
  const way = random.pick(['none', 'all', 'beginning', 'some'] as const);
  const kept =
    way === 'none'
      ? []
      : way === 'all'
        ? unsynced
        : way === 'beginning'
          ? unsynced.slice(0, random.int(0, unsynced.length))
          : unsynced.filter(() => random.chance(0.5));
  content.bytes = content.synced;
  for (const [index, change] of kept.entries()) {
    const isTorn = index === kept.length - 1 && 'position' in change && random.chance(0.5);
    content.bytes = changed(
      content.bytes,
      isTorn ? { ...change, bytes: change.bytes.subarray(0, random.int(0, change.bytes.length)) } : change,
    );
  }
  content.sync();
}
