/** The joined list of one run on disk: a key gives the one record that matches it, however many records there are. */
import { dirname } from 'node:path';
import type { ByteFiles } from '../byte-files.ts';
import { telling } from '../checkpoint/state-error.ts';
import { AppendFile } from './append-file.ts';
import { hashOf, KeyIndex } from './key-index.ts';
import { type Keeping, keptEnd, Seal } from './seal.ts';

export interface JoinTable {
  /** Makes these bytes those of the key. */
  put(key: string, record: Uint8Array): void;
  /** What was put under the key last; good until anything else is asked of the table. */
  get(key: string): Buffer | undefined;
  /** How many keys there are. */
  readonly count: number;
  /** The list is complete: from now on the table may be kept. */
  finish?(): void;
  /** Deletes the table, unless it is to be kept and complete. */
  close(): void;
}

/*
 * After a mark, which leaves no row at offset 0, the rows in the order in which they came: twice the bytes of the key, plus 1 where
 * it is wide; the bytes of the record (32 bits each, little-endian); the key; the record. A key is written in one byte a unit,
 * or in two where it has a unit beyond 255 (wide): unlike UTF-8 this keeps any string apart from any other.
 */
const MARK = Buffer.from('joined1\n');
const HEAD = 8;

/**
 * Begins an empty table in a file of its own; what a killed run left there is deleted. One that is not to be kept has no name from
 * the beginning: whatever ends this process, nothing of it is left.
 * @throws EngineError `state-full`, `state-unwritable`
 */
export function createJoinTable(path: string, files: ByteFiles, keeping?: Keeping): JoinTable {
  return telling(path, () => {
    files.makeDirectory(dirname(path));
    const seal = keeping && new Seal(keeping);
    const file = AppendFile.create(path, files, (bytes) => seal?.note(bytes));
    if (!seal) files.remove(path);
    file.append(MARK);
    return new FileJoinTable(path, file, files, seal);
  });
}

/** The table that an earlier run kept; undefined when there is none that is whole, for the same question, and young enough. */
export function openKeptTable(path: string, files: ByteFiles, keeping: Keeping): JoinTable | undefined {
  let file: AppendFile | undefined;
  try {
    file = AppendFile.open(path, files);
    const end = file && keptEnd(file, keeping);
    if (file && end !== undefined) return FileJoinTable.of(path, file, files, end);
  } catch {
    // One that cannot be read, is damaged or was never finished is made anew.
  }
  file?.close();
  return undefined;
}

/** A key with units that take more than a byte. */
const WIDE = /[\u0100-\uffff]/;

class FileJoinTable implements JoinTable {
  readonly #path: string;
  readonly #file: AppendFile;
  readonly #files: ByteFiles;
  readonly #index = new KeyIndex();
  /** Of a table that is to be kept, until it is complete. */
  #seal: Seal | undefined;
  /** The key that was asked for last, and its hash. */
  #key = '';
  #hash = hashOf('');
  readonly #isThere = (offset: number): boolean => this.#isKeyAt(offset, this.#key);

  /** A table of the rows that a file has up to an offset. */
  static of(path: string, file: AppendFile, files: ByteFiles, end: number): FileJoinTable {
    const table = new FileJoinTable(path, file, files, undefined);
    for (let offset = MARK.length; offset < end; ) offset = table.#find(offset);
    return table;
  }

  constructor(path: string, file: AppendFile, files: ByteFiles, seal: Seal | undefined) {
    this.#path = path;
    this.#file = file;
    this.#files = files;
    this.#seal = seal;
  }

  get count(): number {
    return this.#index.count;
  }

  put(key: string, record: Uint8Array): void {
    telling(this.#path, () => {
      const { size } = this.#file;
      const isWide = WIDE.test(key);
      const keyBytes = isWide ? key.length * 2 : key.length;
      const { bytes, start } = this.#file.extend(HEAD + keyBytes + record.length);
      const at = size - start;
      bytes.writeUInt32LE(keyBytes * 2 + (isWide ? 1 : 0), at);
      bytes.writeUInt32LE(record.length, at + 4);
      bytes.write(key, at + HEAD, isWide ? 'utf16le' : 'latin1');
      bytes.set(record, at + HEAD + keyBytes);
      this.#note(key, size);
    });
  }

  get(key: string): Buffer | undefined {
    return telling(this.#path, () => {
      const slot = this.#slot(key);
      return slot === -1 ? undefined : this.#recordAt(this.#index.offsetAt(slot));
    });
  }

  finish(): void {
    const seal = this.#seal;
    if (!seal) return;
    telling(this.#path, () => {
      seal.close(this.#file);
      this.#seal = undefined;
    });
  }

  close(): void {
    telling(this.#path, () => {
      this.#file.close();
      if (this.#seal) this.#files.remove(this.#path);
    });
  }

  /** Knows the row at an offset from now on. @returns where the next one begins */
  #find(offset: number): number {
    const { keyBytes, isWide, recordBytes } = this.#head(offset);
    const start = offset + HEAD;
    const window = this.#file.read(start, keyBytes);
    const at = start - window.start;
    this.#note(window.bytes.toString(isWide ? 'utf16le' : 'latin1', at, at + keyBytes), offset);
    return start + keyBytes + recordBytes;
  }

  #note(key: string, offset: number): void {
    const slot = this.#slot(key);
    if (slot === -1) this.#index.add(this.#hash, offset);
    else this.#index.move(slot, offset);
  }

  /** A key is most often asked for before it is put. */
  #slot(key: string): number {
    if (key !== this.#key) {
      this.#hash = hashOf(key);
      this.#key = key;
    }
    return this.#index.find(this.#hash, this.#isThere);
  }

  #isKeyAt(offset: number, key: string): boolean {
    const { keyBytes, isWide } = this.#head(offset);
    if (keyBytes !== (isWide ? key.length * 2 : key.length)) return false;
    const { bytes, start } = this.#file.read(offset + HEAD, keyBytes);
    const at = offset + HEAD - start;
    for (let index = 0; index < key.length; index++) {
      const unit = isWide ? bytes.readUInt16LE(at + index * 2) : bytes[at + index];
      if (unit !== key.charCodeAt(index)) return false;
    }
    return true;
  }

  #recordAt(offset: number): Buffer {
    const { keyBytes, recordBytes } = this.#head(offset);
    const from = offset + HEAD + keyBytes;
    const { bytes, start } = this.#file.read(from, recordBytes);
    return bytes.subarray(from - start, from - start + recordBytes);
  }

  #head(offset: number): { keyBytes: number; isWide: boolean; recordBytes: number } {
    const { bytes, start } = this.#file.read(offset, HEAD);
    const key = bytes.readUInt32LE(offset - start);
    return {
      keyBytes: key >>> 1,
      isWide: (key & 1) === 1,
      recordBytes: bytes.readUInt32LE(offset - start + 4),
    };
  }
}
