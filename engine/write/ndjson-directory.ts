/** `ndjson:DIR`: events as NDJSON files that are complete once they have their name, and hold no event twice. */
import { join } from 'node:path';
import type { DestinationPosition } from '../checkpoint/checkpoint.ts';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import type { AppendFile, Files } from '../files.ts';
import { PART_BYTES_MAX } from '../limits.ts';
import { type Ahead, type Destination, destinationError } from './destination.ts';
import { makeDurableDirectory } from './durable-directory.ts';
import { openPartName, partNamed, sealedPartName } from './part-name.ts';

export interface NdjsonDirectoryOptions {
  name: string;
  directory: string;
  stream: string;
  /** Tells this lane from all others that write into the directory (`LaneStore.id`). */
  lane: string;
  /** Number of the checkpoint that the next commit makes. */
  generation(): number;
  env: Pick<Env, 'files' | 'clock' | 'randomBytes'>;
  /** A part longer than this is sealed at the next commit (bytes). */
  partBytesMax?: number;
}

/** The part being written. Lengths are bytes. */
interface OpenPart {
  name: string;
  file: AppendFile;
  written: number;
  acknowledged: number;
}

/**
 * A destination that appends to one part at a time. The part is called `.ndjson.open` until it is sealed, and exists only once it
 * has a line.
 */
export function ndjsonDirectory(options: NdjsonDirectoryOptions): Destination {
  return new NdjsonDirectory(options);
}

class NdjsonDirectory implements Destination {
  readonly name: string;
  readonly #options: NdjsonDirectoryOptions;
  readonly #files: Files;
  #part: OpenPart | undefined;
  #failure: EngineError | undefined;
  #lastStampMs = 0;

  constructor(options: NdjsonDirectoryOptions) {
    this.name = options.name;
    this.#options = options;
    this.#files = options.env.files;
  }

  /**
   * Seals what was committed of an unfinished part and removes unfinished parts that no checkpoint knows. A part that is gone
   * altogether was sealed and taken away by its reader.
   * @throws EngineError `destination-behind` when a part has less than was acknowledged
   */
  async recover(
    position: DestinationPosition | undefined,
    others: readonly DestinationPosition[] = [],
  ): Promise<Ahead> {
    const { directory, stream, lane } = this.#options;
    const ahead = { generation: 0, isLonger: false };
    await this.#telling(directory, async () => {
      await this.close();
      this.#failure = undefined;
      const committed = new Map([...others, position ?? {}].map(({ file, length }) => [file, length ?? 0]));
      for (const name of await this.#files.list(directory)) {
        const part = partNamed(stream, lane, name);
        if (part?.isOpen === false) ahead.generation = Math.max(ahead.generation, part.generation);
        if (!part?.isOpen) continue;
        const length = committed.get(name);
        if (length === undefined) await this.#files.remove(join(directory, name));
        else await this.#settle(name, length);
      }
      for (const [name, length] of committed) {
        const size = name && (await this.#files.size(this.#pathOf(sealedPartName(name))));
        if (size && size > length) ahead.isLonger = true;
      }
    });
    return ahead;
  }

  async write(lines: string | Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines;
    if (bytes.length === 0) return;
    try {
      await this.#sealIfLong();
      this.#part ??= await this.#begin();
      await this.#part.file.write(bytes);
      this.#part.written += bytes.length;
    } catch (error) {
      throw await this.#fail(error);
    }
  }

  async acknowledge(): Promise<DestinationPosition> {
    if (this.#failure) throw this.#failure;
    const part = this.#part;
    if (!part) return {};
    try {
      if (part.written > part.acknowledged) {
        await part.file.sync();
        // The first time, the part's name has to reach the disk with its content.
        if (part.acknowledged === 0) await this.#files.syncDirectory(this.#options.directory);
        part.acknowledged = part.written;
      }
    } catch (error) {
      throw await this.#fail(error);
    }
    return { file: part.name, length: part.acknowledged };
  }

  async seal(): Promise<DestinationPosition> {
    const part = this.#part;
    if (!part) return {};
    await this.#telling(this.#pathOf(part.name), async () => {
      await this.close();
      await this.#settle(part.name, part.acknowledged);
    });
    return {};
  }

  async close(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    await part?.file.close();
  }

  /** Only here, before a write: the position of the long part is committed by now, so that no recovery has to shorten it. */
  async #sealIfLong(): Promise<void> {
    const part = this.#part;
    if (!part || part.written !== part.acknowledged) return;
    if (part.acknowledged >= (this.#options.partBytesMax ?? PART_BYTES_MAX)) await this.seal();
  }

  async #begin(): Promise<OpenPart> {
    const { directory, stream, lane, env } = this.#options;
    await makeDurableDirectory(this.#files, directory);
    this.#lastStampMs = Math.max(env.clock.now(), this.#lastStampMs + 1);
    const suffix = Buffer.from(env.randomBytes(2)).toString('hex');
    const name = openPartName(stream, lane, this.#lastStampMs, this.#options.generation(), suffix);
    return { name, file: await this.#files.append(join(directory, name)), written: 0, acknowledged: 0 };
  }

  /** Brings an open part to a length and gives it its final name; a part without content is removed. */
  async #settle(name: string, length: number): Promise<void> {
    const { directory } = this.#options;
    const path = this.#pathOf(name);
    const size = (await this.#files.size(path)) ?? 0;
    if (size < length) throw behind(path, size, length);
    if (length === 0) {
      await this.#files.remove(path);
      return;
    }
    await this.#cut(path, length);
    await this.#files.rename(path, join(directory, sealedPartName(name)));
    await this.#files.syncDirectory(directory);
  }

  async #cut(path: string, length: number): Promise<void> {
    const file = await this.#files.append(path, { truncateTo: length });
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /**
   * After a failed write or sync nothing more goes into the part, and the half-written tail is cut off where the disk still lets
   * us. Where it does not, `seal` or the next `recover` does it.
   */
  async #fail(error: unknown): Promise<EngineError> {
    const part = this.#part;
    this.#failure = destinationError(part ? this.#pathOf(part.name) : this.#options.directory, error);
    if (part) await this.#cut(this.#pathOf(part.name), part.acknowledged).catch(() => {});
    return this.#failure;
  }

  async #telling(target: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw destinationError(target, error);
    }
  }

  #pathOf(name: string): string {
    return join(this.#options.directory, name);
  }
}

function behind(path: string, size: number, length: number): EngineError {
  return new EngineError({
    code: 'destination-behind',
    kind: 'destination',
    message: `\`${path}\` has ${size} bytes, ${length} were acknowledged: committed events are missing`,
    fix: 'Restore the file, or remove it and run with a new --state: every event is then sent once more.',
  });
}
