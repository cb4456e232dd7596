/** A record of a joined list that belongs to one of the stream, as the table of the list has it. */
import { camelCased } from '../compile/camel-case.ts';
import type { Join } from '../compile/connector.ts';
import { contentHash, HASH_BYTES } from '../fetch/content-hash.ts';

/** Before the record's JSON lies its content hash, zeros where that is not known. */
const UNKNOWN = '0'.repeat(HASH_BYTES * 2);

export class Match {
  readonly #row: Buffer;
  readonly #join: Join;
  readonly #ignored: readonly (readonly string[])[];
  #record: unknown;
  #isParsed = false;
  #hash: string | undefined;

  /** @param ignored paths that are no content */
  constructor(row: Buffer, join: Join, ignored: readonly (readonly string[])[]) {
    this.#row = row;
    this.#join = join;
    this.#ignored = ignored;
  }

  /** As the vendor wrote it, but for numbers that a double cannot hold: they are strings of their digits. */
  get json(): Uint8Array {
    return this.#row.subarray(HASH_BYTES);
  }

  /** Parsed when it is first asked for, and once. */
  get record(): unknown {
    if (!this.#isParsed) {
      this.#record = cased(JSON.parse(this.#row.toString('utf8', HASH_BYTES)), this.#join);
      this.#isParsed = true;
    }
    return this.#record;
  }

  /** The hash of its content. */
  get hash(): string {
    this.#hash ??= this.#knownHash();
    return this.#hash;
  }

  #knownHash(): string {
    const hash = this.#row.toString('hex', 0, HASH_BYTES);
    if (hash !== UNKNOWN) return hash;
    return contentHash(this.record, this.#ignored, !this.#row.includes(BACKSLASH, HASH_BYTES));
  }
}

const BACKSLASH = 0x5c;

/** A record under the names that the definition knows its members by. */
export function cased(record: unknown, { endpoint }: Join): unknown {
  return endpoint.isCamelCase ? camelCased(record) : record;
}
