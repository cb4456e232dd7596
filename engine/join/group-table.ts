/** The members of each group on disk, however many records there are. */
import { dirname } from 'node:path';
import type { ByteFiles } from '../byte-files.ts';
import { telling } from '../checkpoint/state-error.ts';
import { AppendFile } from './append-file.ts';
import { hashOf, KeyIndex } from './key-index.ts';

export interface GroupMember {
  group: string;
  /** Of the record: one that is listed twice is one member. */
  key: string;
  /** JSON text. */
  record: string;
}

export interface GroupTable {
  put(members: readonly GroupMember[]): void;
  /**
   * The groups in the order in which they came, each with its members in the order of their keys: a list that comes in another
   * order makes no other groups. Nothing is put while they are read.
   */
  groups(): Iterable<{ group: string; records: string[] }>;
  /** Gives the space back. */
  close(): void;
}

/*
 * After a mark, which leaves no row at offset 0, the rows: where the row before it of its group begins (64 bits, 0 for the first);
 * the bytes of the group's name, of the key and of the record (32 bits each, little-endian); these three. Names and keys are
 * written in two bytes a unit, which keeps any string apart from any other.
 */
const MARK = Buffer.from('groups1\n');
const HEAD = 20;

/**
 * Begins an empty table in a file that has no name: whatever ends this process, nothing of it is left.
 * @throws EngineError `state-full`, `state-unwritable`
 */
export function createGroupTable(path: string, files: ByteFiles): GroupTable {
  return telling(path, () => {
    files.makeDirectory(dirname(path));
    const file = AppendFile.create(path, files);
    files.remove(path);
    file.append(MARK);
    return new FileGroupTable(path, file);
  });
}

interface Row extends GroupMember {
  before: number;
  /** Where the next row of the file begins. */
  end: number;
}

class FileGroupTable implements GroupTable {
  readonly #path: string;
  readonly #file: AppendFile;
  /** By the hash of its name, the last row of each group. */
  readonly #index = new KeyIndex();

  constructor(path: string, file: AppendFile) {
    this.#path = path;
    this.#file = file;
  }

  put(members: readonly GroupMember[]): void {
    telling(this.#path, () => {
      for (const member of members) this.#put(member);
    });
  }

  *groups(): Generator<{ group: string; records: string[] }> {
    const { size } = this.#file;
    for (let offset = MARK.length; offset < size; ) {
      const { before, end, group } = telling(this.#path, () => this.#rowAt(offset));
      offset = end;
      if (before === 0) yield { group, records: telling(this.#path, () => this.#recordsOf(group)) };
    }
  }

  close(): void {
    telling(this.#path, () => this.#file.close());
  }

  #put({ group, key, record }: GroupMember): void {
    const hash = hashOf(group);
    const slot = this.#slotOf(hash, group);
    const offset = this.#file.size;
    const head = Buffer.alloc(HEAD);
    const parts = [Buffer.from(group, 'utf16le'), Buffer.from(key, 'utf16le'), Buffer.from(record)];
    head.writeDoubleLE(slot === -1 ? 0 : this.#index.offsetAt(slot));
    for (const [index, part] of parts.entries()) head.writeUInt32LE(part.length, 8 + index * 4);
    this.#file.append(Buffer.concat([head, ...parts]));
    if (slot === -1) this.#index.add(hash, offset);
    else this.#index.move(slot, offset);
  }

  #slotOf(hash: number, group: string): number {
    return this.#index.find(hash, (offset) => this.#groupAt(offset) === group);
  }

  /** From the last row to the first: of several rows with one key the last counts. */
  #recordsOf(group: string): string[] {
    const members = new Map<string, string>();
    const slot = this.#slotOf(hashOf(group), group);
    for (let offset = this.#index.offsetAt(slot); offset !== 0; ) {
      const { key, record, before } = this.#rowAt(offset);
      if (!members.has(key)) members.set(key, record);
      offset = before;
    }
    const keys = [...members.keys()].sort();
    return keys.map((key) => members.get(key) as string);
  }

  #groupAt(offset: number): string {
    const { bytes, start } = this.#file.read(offset, HEAD);
    const length = bytes.readUInt32LE(offset - start + 8);
    return this.#text(offset + HEAD, length, 'utf16le');
  }

  #rowAt(offset: number): Row {
    const { bytes, start } = this.#file.read(offset, HEAD);
    const at = offset - start;
    const before = bytes.readDoubleLE(at);
    const lengths = [8, 12, 16].map((place) => bytes.readUInt32LE(at + place));
    const [groupBytes = 0, keyBytes = 0, recordBytes = 0] = lengths;
    const key = offset + HEAD + groupBytes;
    const record = key + keyBytes;
    return {
      before,
      group: this.#text(offset + HEAD, groupBytes, 'utf16le'),
      key: this.#text(key, keyBytes, 'utf16le'),
      record: this.#text(record, recordBytes, 'utf8'),
      end: record + recordBytes,
    };
  }

  #text(offset: number, length: number, encoding: 'utf16le' | 'utf8'): string {
    const { bytes, start } = this.#file.read(offset, length);
    return bytes.toString(encoding, offset - start, offset - start + length);
  }
}
