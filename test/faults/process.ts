/** One process that runs the engine: its ports to the world, and how it ends. A process that is dead does nothing any more. */
import type { ByteFile, ByteFiles } from '../../engine/byte-files.ts';
import type { Clock, Env, Network } from '../../engine/env.ts';
import type { AppendFile, Files } from '../../engine/files.ts';
import { type Content, type Disk, failure } from './disk.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What a call on the disk comes to when it fails: nothing is done, the first half of it, or all of it. */
export interface DiskFault {
  code: string;
  done: 'nothing' | 'half' | 'all';
}

/** What happens to a process at its calls. */
export interface Fate {
  /** Told of each call before and after its effect, by the number of the call. May kill, stop or suspend the process. */
  onCall?(call: number, name: string, moment: 'before' | 'after'): void;
  /** Whether a call on the disk fails. */
  onDisk?(name: string, path: string, bytes?: Uint8Array): DiskFault | undefined;
  /** Whether a request fails on its way. */
  onSend?(): boolean;
  /** How long a call on the disk takes (milliseconds). */
  diskMs?(path: string): number;
}

/** Thrown at calls that have to come back, and heard by nobody. */
class Killed extends Error {}

export class Process {
  readonly number: number;
  readonly world: World;
  readonly disk: Disk;
  readonly random: Random;
  readonly fate: Fate;
  /** Milliseconds by which its clock is ahead of true time. */
  clockAheadMs = 0;
  isDead = false;
  calls = 0;
  /** Resolves when it is killed. */
  readonly death: Promise<'killed'>;
  #die: (how: 'killed') => void = () => {};
  readonly #locks: Map<string, Process>;
  /** Bytes that must never be written. */
  readonly #canary: Buffer;
  /** Told where they were. */
  readonly #onLeak: (where: string) => void;
  /** With a wrong design no process holds what it works on. */
  areLocksOff = false;

  constructor(options: {
    number: number;
    world: World;
    disk: Disk;
    random: Random;
    locks: Map<string, Process>;
    canary: string;
    onLeak(where: string): void;
    fate: Fate;
  }) {
    const { world, disk, random, locks, canary, onLeak, fate } = options;
    this.number = options.number;
    this.world = world;
    this.disk = disk;
    this.random = random;
    this.fate = fate;
    this.#locks = locks;
    this.#canary = Buffer.from(canary);
    this.#onLeak = onLeak;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  env(network: (process: Process) => Network): Env {
    return {
      clock: this.#clock(),
      random: () => this.random.next(),
      randomBytes: (size) => this.random.bytes(size),
      network: network(this),
      files: this.#files(),
      byteFiles: this.#byteFiles(),
      variables: {},
    };
  }

  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.world.forget(this);
    for (const [path, holder] of this.#locks) if (holder === this) this.#locks.delete(path);
    this.#die('killed');
  }

  /** Nothing of it goes on before the time is over. */
  suspend(ms: number): void {
    this.world.suspend(this, ms);
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.set(ms, resolve, this);
    });
  }

  /** A call that is waited for: it never comes back to a process that is killed. */
  async call<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    if (this.isDead) return new Promise(() => {});
    const call = ++this.calls;
    this.fate.onCall?.(call, name, 'before');
    if (this.isDead) return new Promise(() => {});
    const result = await work();
    if (this.isDead) return new Promise(() => {});
    this.fate.onCall?.(call, name, 'after');
    if (this.isDead) return new Promise(() => {});
    return result;
  }

  #callNow<T>(name: string, work: () => T): T {
    if (this.isDead) throw new Killed();
    const call = ++this.calls;
    this.fate.onCall?.(call, name, 'before');
    if (this.isDead) throw new Killed();
    const result = work();
    this.fate.onCall?.(call, name, 'after');
    if (this.isDead) throw new Killed();
    return result;
  }

  /** Does `all` of it, or `half`, or nothing, as the fate of the process has it. */
  #effect<T>(name: string, path: string, all: () => T, half: () => void = () => {}, bytes?: Uint8Array): T {
    if (bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(this.#canary))
      this.#onLeak(`${name} ${path}`);
    const fault = this.fate.onDisk?.(name, path, bytes);
    if (!fault) return all();
    if (fault.done === 'all') all();
    if (fault.done === 'half') half();
    throw failure(fault.code);
  }

  #clock(): Clock {
    const { world } = this;
    return {
      now: () => world.now + this.clockAheadMs,
      monotonic: () => world.elapsed,
      setTimeout: (callback, ms) => (this.isDead ? -1 : world.set(ms, () => callback(), this)),
      clearTimeout: (handle) => world.clear(handle),
    };
  }

  #files(): Files {
    const { disk } = this;
    const call = <T>(name: string, path: string, all: () => T) =>
      this.call(name, async () => {
        const ms = this.fate.diskMs?.(path) ?? 0;
        if (ms > 0) await this.delay(ms);
        return this.#effect(name, path, all);
      });
    return {
      readText: (path) => call('readText', path, () => contentAt(disk, path).bytes.toString()),
      readBytes: (path) => call('readBytes', path, () => contentAt(disk, path).bytes),
      append: (path, { truncateTo } = {}) =>
        call('append', path, () => {
          const content = disk.open(path, 'append');
          if (truncateTo !== undefined) content.change({ length: truncateTo });
          return this.#appendFile(path, content);
        }),
      replace: (path, text) =>
        call('replace', path, () => {
          const content = disk.open(`${path}.tmp`, 'create');
          content.change({ position: 0, bytes: Buffer.from(text) });
          content.sync();
          disk.rename(`${path}.tmp`, path);
          disk.syncDirectory(path.slice(0, path.lastIndexOf('/')));
        }),
      rename: (from, to) => call('rename', from, () => disk.rename(from, to)),
      remove: (path) => call('remove', path, () => disk.remove(path)),
      list: (path) => call('list', path, () => disk.names(path)),
      makeDirectory: (path) => call('makeDirectory', path, () => disk.makeDirectory(path)),
      syncDirectory: (path) => call('syncDirectory', path, () => disk.syncDirectory(path)),
      size: (path) => call('size', path, () => disk.content(path)?.bytes.length),
      kind: (path) => call('kind', path, () => disk.kind(path)),
    };
  }

  #appendFile(path: string, content: Content): AppendFile {
    const add = (bytes: Uint8Array) =>
      content.change({ position: content.bytes.length, bytes: Buffer.from(bytes) });
    const call = (name: string, all: () => void, half?: () => void, bytes?: Uint8Array) =>
      this.call(name, async () => {
        const ms = this.fate.diskMs?.(path) ?? 0;
        if (ms > 0) await this.delay(ms);
        this.#effect(name, path, all, half, bytes);
      });
    return {
      write: (bytes) =>
        call(
          'write',
          () => add(bytes),
          () => add(bytes.subarray(0, bytes.length >> 1)),
          bytes,
        ),
      sync: () => call('sync', () => content.sync()),
      close: async () => {},
    };
  }

  #byteFiles(): ByteFiles {
    const { disk } = this;
    const call = <T>(name: string, path: string, all: () => T) =>
      this.#callNow(name, () => this.#effect(name, path, all));
    return {
      open: (path, opening) =>
        call('open', path, () => {
          const content = disk.open(path, opening === 'create' ? 'create' : 'edit');
          return this.#byteFile(path, content);
        }),
      size: (path) => call('size', path, () => disk.content(path)?.bytes.length),
      names: (path) => call('names', path, () => disk.names(path)),
      rename: (from, to) => call('rename', from, () => disk.rename(from, to)),
      remove: (path) => call('remove', path, () => disk.remove(path)),
      makeDirectory: (path) => call('makeDirectory', path, () => disk.makeDirectory(path)),
      syncDirectory: (path) => call('syncDirectory', path, () => disk.syncDirectory(path)),
      lock: (path) =>
        call('lock', path, () => {
          if (this.areLocksOff) return { release: () => {} };
          if (this.#locks.has(path)) throw failure('ELOCKED');
          disk.open(path, 'append');
          this.#locks.set(path, this);
          return {
            release: () => {
              if (this.#locks.get(path) === this) this.#locks.delete(path);
            },
          };
        }),
    };
  }

  #byteFile(path: string, content: Content): ByteFile {
    const call = <T>(name: string, all: () => T, half?: () => void, bytes?: Uint8Array) =>
      this.#callNow(name, () => this.#effect(name, path, all, half, bytes));
    return {
      read: (target, size, position) =>
        call('read', () => {
          const part = content.bytes.subarray(position, position + size);
          target.set(part);
          return part.length;
        }),
      write: (source, size, position) => {
        const put = (length: number) =>
          content.change({ position, bytes: Buffer.from(source.subarray(0, length)) });
        call(
          'write',
          () => put(size),
          () => put(size >> 1),
          source.subarray(0, size),
        );
      },
      sync: () => call('sync', () => content.sync()),
      length: () => call('length', () => content.bytes.length),
      truncate: (length) => call('truncate', () => content.change({ length })),
      close: () => {},
    };
  }
}

function contentAt(disk: Disk, path: string): Content {
  const content = disk.content(path);
  if (!content) throw failure('ENOENT');
  return content;
}
