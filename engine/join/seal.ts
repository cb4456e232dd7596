/** Is a file that an earlier run left whole, and does it still answer the question? What stands at its end tells. */
import { createHash } from 'node:crypto';
import type { AppendFile } from './append-file.ts';

/** How long a list is good from one run to the next. */
export interface Keeping {
  keepMs: number;
  /** Milliseconds since the epoch. */
  now: number;
  /** Of the question that the list answers: another one makes it worthless. */
  question: string;
}

/** Bytes that say how long the note is. */
const LENGTH = 4;
/** Bytes of a SHA-256 digest. */
const DIGEST = 32;

/**
 * Ends a file with a note (JSON: when it was complete, what it answers), the length of the note, and the digest of all before. A
 * file of which anything is missing or was changed has another digest: so it need not be forced to the disk in any order.
 */
export class Seal {
  readonly #keeping: Keeping;
  readonly #hash = createHash('sha256');
  #isClosed = false;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  /** Told of what is written, in its order. */
  note(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#hash.update(bytes);
  }

  close(file: AppendFile): void {
    const { now, question } = this.#keeping;
    const note = Buffer.from(JSON.stringify({ at: now, question }));
    const length = Buffer.alloc(LENGTH);
    length.writeUInt32LE(note.length);
    file.append(note);
    file.append(length);
    file.flush();
    this.#isClosed = true;
    file.append(this.#hash.digest());
    file.flush();
  }
}

/** Where the note of a file begins that is whole and still good; undefined for any other. @throws where it cannot be read */
export function keptEnd(file: AppendFile, { now, keepMs, question }: Keeping): number | undefined {
  const sealed = file.size - DIGEST;
  const length = copied(file, sealed - LENGTH, LENGTH).readUInt32LE();
  const end = sealed - LENGTH - length;
  const note = JSON.parse(copied(file, end, length).toString());
  // What is cheap to see comes first.
  if (note.question !== question || note.at > now || now - note.at >= keepMs) return undefined;
  return digestOf(file, sealed).equals(copied(file, sealed, DIGEST)) ? end : undefined;
}

/** Whether a file is as it was sealed. @throws where it cannot be read */
export function isSealed(file: AppendFile): boolean {
  const sealed = file.size - DIGEST;
  return sealed >= LENGTH && digestOf(file, sealed).equals(copied(file, sealed, DIGEST));
}

function digestOf(file: AppendFile, end: number): Buffer {
  const hash = createHash('sha256');
  for (let at = 0; at < end; ) {
    const window = file.read(at, 1);
    const next = Math.min(window.end, end);
    hash.update(window.bytes.subarray(at - window.start, next - window.start));
    at = next;
  }
  return hash.digest();
}

function copied(file: AppendFile, offset: number, length: number): Buffer {
  const { bytes, start } = file.read(offset, length);
  return Buffer.from(bytes.subarray(offset - start, offset - start + length));
}
