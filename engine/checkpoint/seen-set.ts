/** What did a lane deliver? An append-only file of entries beside the lane's, with an index in memory; neither holds a text there. */
import { basename, dirname, join } from 'node:path';
import type { ByteFile, ByteFiles } from '../byte-files.ts';
import type { KeptRecord, Known, Seen } from './seen.ts';
import {
  carryKept,
  entryId,
  entrySize,
  entryTag,
  instantOf,
  isEntryOf,
  keptRecordOf,
  keyOf,
  knownOf,
  parentOf,
  roomFor,
  setEntryId,
  TAG_HASH,
  tagOfKey,
  writeEntry,
} from './seen-entry.ts';
import { type DamagedPart, FrameWriter, readFrames } from './seen-frames.ts';
import { SeenIndex } from './seen-index.ts';
import { SeenWindows, type Window } from './seen-windows.ts';
import { corruptState } from './state-error.ts';

/** Up to where a seen file counts: what a checkpoint remembers of it, as of a destination. */
export interface SeenPosition {
  /** Number of the file; 0 before there is one. */
  file: number;
  /** Bytes. */
  length: number;
  /** Drawn with the first file: the frames of another lane are none of this one, and keys are hashed from there. */
  salt: number;
  /** Ids below this one were given out. */
  next: number;
  /** How many records are known. */
  live: number;
}

export const NOTHING_SEEN: SeenPosition = { file: 0, length: 0, salt: 0, next: 1, live: 0 };

/** Entries that are superseded or forgotten may be so many times the others before the file is written anew. */
const DEAD_SHARE_MAX = 1;
/** A file that is not larger is left as it is. */
const COMPACTED_BYTES_MIN = 4 * 1024 * 1024;
/** Ids that are forgotten together: bounds what is in memory. */
const FORGOTTEN_AT_ONCE = 10_000;

export class SeenSet {
  readonly #path: string;
  readonly #files: ByteFiles;
  readonly #random: (size: number) => Uint8Array;
  #position = NOTHING_SEEN;
  #file: ByteFile | undefined;
  #fileNumber = 0;
  #salt = 0;
  #index = new SeenIndex(0);
  #windows: SeenWindows | undefined;
  #writer: FrameWriter | undefined;
  /** Entries in the file, those that are superseded or forgotten among them. */
  #entries = 0;
  #isNameSynced = true;
  /** What is in memory is not what was committed. */
  #isStale = false;
  /** The file could not be brought to the disk: what is there nobody knows. */
  #failure: unknown;
  /** Of the entry that was found last. */
  #id = 0;
  #at = 0;
  #window: Window | undefined;

  /** @param path of the lane's file; those of the seen-set are named after it */
  constructor(path: string, files: ByteFiles, random: (size: number) => Uint8Array) {
    this.#path = path;
    this.#files = files;
    this.#random = random;
  }

  /**
   * Reads the file up to a position; what lies behind that was never committed.
   * @returns the parts that are damaged: what they held is not known any more; all of a file that is missing
   */
  load(position: SeenPosition): DamagedPart[] {
    this.close();
    this.#position = position;
    this.#fileNumber = position.file;
    this.#salt = position.salt;
    this.#index = new SeenIndex(position.next);
    this.#entries = 0;
    this.#id = 0;
    this.#isStale = false;
    if (position.file === 0) return [];
    const name = this.#nameOf(position.file);
    if (this.#files.size(name) === undefined) {
      this.#index.skipTo(position.next);
      return [{ from: 0, to: position.length }];
    }
    this.#open(this.#files.open(name, 'edit'), position.length);
    const damaged = this.#read(position);
    if (damaged.length > 0) this.#forgetTwins();
    return damaged;
  }

  /** Cuts off what was never committed, and deletes the files that no checkpoint names. */
  tidy(named: readonly number[]): void {
    const { length } = this.#position;
    if (this.#file && this.#file.length() > length) this.#file.truncate(length);
    const prefix = `${basename(this.#path)}.seen-`;
    const directory = dirname(this.#path);
    for (const name of this.#files.names(directory)) {
      if (!name.startsWith(prefix) || !/^\d+$/.test(name.slice(prefix.length))) continue;
      if (!named.includes(Number(name.slice(prefix.length)))) this.#files.remove(join(directory, name));
    }
  }

  get live(): number {
    return this.#index.live;
  }

  get greatestId(): number {
    this.#refresh();
    return this.#index.next - 1;
  }

  find(key: string): Known | undefined {
    this.#refresh();
    const isFound = this.#isNext(key) || this.#idOf(key, tagOfKey(key, this.#salt)) !== 0;
    return isFound && this.#window ? knownOf(this.#window, this.#at) : undefined;
  }

  /** Of several entries with one key the last counts. Not committed before the checkpoint names `position`. */
  put(entry: Seen): void {
    this.#refresh();
    if (!this.#writer) this.#begin();
    if (this.#writer) this.#put(this.#writer, entry);
  }

  /** Forgets what lies before the instant: all of it, or only what is gone. Not committed before the checkpoint names `position`. */
  forgetBefore(instant: string, isAll: boolean): void {
    const index = this.#index;
    let ids: number[] = [];
    let isAny = false;
    for (let id = 1; id < index.next; id++) {
      if (!index.isDated(id) || !(isAll || index.isGone(id))) continue;
      const window = this.#windowOf(id);
      if ((instantOf(window, index.placeOf(id) - window.start) ?? instant) >= instant) continue;
      index.forget(id);
      isAny = true;
      if (ids.push(id) < FORGOTTEN_AT_ONCE) continue;
      this.#writer?.forget(ids);
      ids = [];
    }
    this.#writer?.forget(ids);
    if (isAny) index.rebuild();
  }

  /** Ids of what is not gone, from the least up to `greatest`. */
  *ids(greatest: number): Generator<number> {
    const last = Math.min(greatest, this.greatestId);
    for (let id = 1; id <= last; id++) if (this.#index.isThere(id)) yield id;
  }

  /** What was kept of these. */
  kept(ids: readonly number[]): KeptRecord[] {
    this.#refresh();
    const known = ids.filter((id) => this.#index.isKept(id)).sort((a, b) => a - b);
    return known.map((id) => this.#keptRecordOf(id));
  }

  /** What was kept of those that stand and fall with a joined record, where its key is one of the wanted. */
  *keptOf(isWanted: (parent: string) => boolean): Generator<KeptRecord> {
    const greatest = this.greatestId;
    for (let id = 1; id <= greatest; id++) {
      this.#refresh();
      if (!this.#index.isKept(id)) continue;
      const window = this.#windowOf(id);
      const parent = parentOf(window, this.#index.placeOf(id) - window.start);
      if (parent !== undefined && isWanted(parent)) yield this.#keptRecordOf(id);
    }
  }

  /** Brings what was put and forgotten to the disk; gives what a checkpoint has to name. */
  save(): SeenPosition {
    const before = this.#position;
    this.#writer?.flush();
    const length = this.#writer?.start ?? 0;
    if (length !== before.length || this.#fileNumber !== before.file) this.#sync();
    const { next, live } = this.#index;
    return { file: this.#fileNumber, length, salt: this.#salt, next, live };
  }

  /** A checkpoint that names the position was committed. */
  committed(position: SeenPosition): void {
    this.#position = position;
  }

  /** None was: what was put and forgotten since is not. */
  abandon(): void {
    this.#isStale = true;
  }

  /** Whether more than half of the file is superseded or forgotten. */
  get isWasteful(): boolean {
    const { live } = this.#index;
    const dead = this.#entries - live;
    return this.#position.length > COMPACTED_BYTES_MIN && dead > live * DEAD_SHARE_MAX;
  }

  /** Writes what is known into the next file, with new ids; gives what a checkpoint has to name. `load` makes it the one in use. */
  compact(): SeenPosition {
    const file = this.#fileNumber + 1;
    const handle = this.#files.open(this.#nameOf(file), 'create');
    try {
      const writer = new FrameWriter(handle, this.#salt, 0);
      let next = 1;
      for (let id = 1; id < this.#index.next; id++) {
        if (!this.#index.isLive(id)) continue;
        const window = this.#windowOf(id);
        const from = this.#index.placeOf(id) - window.start;
        const size = entrySize(window, from);
        const at = writer.room(size);
        window.bytes.copy(writer.memory.bytes, at, from, from + size);
        setEntryId(writer.memory, at, next++);
        writer.put(at + size);
      }
      writer.flush();
      handle.sync();
      this.#files.syncDirectory(dirname(this.#path));
      return { file, length: writer.start, salt: this.#salt, next, live: next - 1 };
    } finally {
      handle.close();
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#windows = undefined;
    this.#writer = undefined;
    this.#window = undefined;
  }

  /** After a commit that failed, what was committed is read anew. */
  #refresh(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isStale) this.load(this.#position);
  }

  #nameOf(file: number): string {
    return `${this.#path}.seen-${file}`;
  }

  #open(file: ByteFile, length: number): void {
    this.#file = file;
    this.#windows = new SeenWindows(file);
    this.#writer = new FrameWriter(file, this.#salt, length);
  }

  #begin(): void {
    if (this.#salt === 0) this.#salt = Buffer.from(this.#random(4)).readUInt32LE(0) || 1;
    this.#fileNumber++;
    this.#isNameSynced = false;
    this.#open(this.#files.open(this.#nameOf(this.#fileNumber), 'create'), 0);
  }

  #read({ length, next }: SeenPosition): DamagedPart[] {
    const index = this.#index;
    const file = this.#file;
    if (!file) return [];
    const damaged = readFrames(file, this.#salt, length, {
      entries: (window, from, to) => {
        for (let at = from; at < to; at += entrySize(window, at)) {
          index.set(entryId(window, at), entryTag(window, at), window.start + at);
          this.#entries++;
        }
      },
      forgotten: ({ words }, from, count) => {
        for (let word = from / 4; word < from / 4 + count; word++) index.forget(words[word] as number);
      },
    });
    index.skipTo(next);
    index.rebuild();
    return damaged;
  }

  /**
   * Where it is not known any more that an entry was forgotten, its key may have another: the later one counts.
   */
  #forgetTwins(): void {
    const index = this.#index;
    for (let id = index.next - 1; id > 0; id--) {
      if (!index.isLive(id)) continue;
      const window = this.#windowOf(id);
      const at = index.placeOf(id) - window.start;
      const key = keyOf(window, at);
      const tag = entryTag(window, at) & TAG_HASH;
      for (let other = index.first(tag); other !== 0; other = index.another())
        if (other < id && this.#isKeyOf(other, key)) index.forget(other);
    }
    index.rebuild();
  }

  #sync(): void {
    try {
      this.#file?.sync();
      if (!this.#isNameSynced) this.#files.syncDirectory(dirname(this.#path));
      this.#isNameSynced = true;
    } catch (error) {
      // The kernel may have dropped what it could not write: a sync that is tried again can succeed without it.
      this.#failure = error;
      throw error;
    }
  }

  #put(writer: FrameWriter, seen: Seen): void {
    const index = this.#index;
    const tag = tagOfKey(seen.key, this.#salt);
    const known = this.#isNext(seen.key) ? this.#id : this.#idOf(seen.key, tag);
    const before = this.#window;
    const isCarried = known !== 0 && !seen.kept && seen.state !== 'gone' && index.isKept(known);
    const at = writer.room(roomFor(seen) + (isCarried && before ? entrySize(before, this.#at) : 0));
    const id = known || index.next;
    let end = writeEntry(writer.memory, at, tag, id, seen);
    if (isCarried && before) end = carryKept(writer.memory, at, before, this.#at);
    const marked = entryTag(writer.memory, at);
    const position = writer.put(end);
    if (known) index.set(id, marked, position);
    else index.add(id, marked, position);
    this.#entries++;
  }

  /**
   * Keys are mostly asked for in their order: whether it is the one after that which was found last, by what is in memory.
   */
  #isNext(key: string): boolean {
    const id = this.#id + 1;
    if (!this.#index.isLive(id)) return false;
    const position = this.#index.placeOf(id);
    const window = this.#windows?.inHand(position);
    if (!window || !isEntryOf(window, position - window.start, key)) return false;
    this.#id = id;
    this.#window = window;
    this.#at = position - window.start;
    return true;
  }

  /** The id of the key, 0 for none; `#window` and `#at` say where its entry lies. */
  #idOf(key: string, tag: number): number {
    const index = this.#index;
    for (let id = index.first(tag); id !== 0; id = index.another()) {
      if (!this.#isKeyOf(id, key)) continue;
      this.#id = id;
      return id;
    }
    return 0;
  }

  #isKeyOf(id: number, key: string): boolean {
    const window = this.#windowOf(id);
    this.#window = window;
    this.#at = this.#index.placeOf(id) - window.start;
    return isEntryOf(window, this.#at, key);
  }

  #keptRecordOf(id: number): KeptRecord {
    const window = this.#windowOf(id);
    return keptRecordOf(window, this.#index.placeOf(id) - window.start);
  }

  #windowOf(id: number): Window {
    const position = this.#index.placeOf(id);
    const writer = this.#writer;
    if (writer && position >= writer.start) writer.flush();
    const window = this.#windows?.at(position, writer?.start ?? 0);
    if (!window || entryId(window, position - window.start) !== id)
      throw corruptState(this.#path, `\`${this.#nameOf(this.#fileNumber)}\` changed while it was in use`);
    return window;
  }
}
