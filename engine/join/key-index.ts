/** Where does the row of a key lie? Offsets by the hashes of keys: 12 bytes a slot, however long the keys are. */

/** A power of two. */
const SLOTS_FIRST = 1024;

/**
 * Knows hashes, not keys: whoever asks compares the key at each offset that is named. Open addressing with linear probing, at
 * most three quarters full.
 */
export class KeyIndex {
  #hashes = new Uint32Array(SLOTS_FIRST);
  /** 0 in a slot that is free. Beyond 32 bits, so that a file may be larger than 4 GB. */
  #offsets = new Float64Array(SLOTS_FIRST);
  #count = 0;

  /** How many keys there are. */
  get count(): number {
    return this.#count;
  }

  /** The slot of the key that `isThere` finds at its offset; -1 when there is none. */
  find(hash: number, isThere: (offset: number) => boolean): number {
    const mask = this.#hashes.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const offset = this.#offsets[slot] as number;
      if (offset === 0) return -1;
      if (this.#hashes[slot] === hash && isThere(offset)) return slot;
    }
  }

  offsetAt(slot: number): number {
    return this.#offsets[slot] as number;
  }

  /** The row of a key that is known lies elsewhere from now on. */
  move(slot: number, offset: number): void {
    this.#offsets[slot] = offset;
  }

  /** Adds a key that is certainly not there. @param offset more than 0 */
  add(hash: number, offset: number): void {
    if ((this.#count + 1) * 4 > this.#hashes.length * 3) this.#grow();
    this.#count++;
    place(this.#hashes, this.#offsets, hash, offset);
  }

  #grow(): void {
    const hashes = new Uint32Array(this.#hashes.length * 2);
    const offsets = new Float64Array(hashes.length);
    for (let slot = 0; slot < this.#hashes.length; slot++) {
      const offset = this.#offsets[slot] as number;
      if (offset !== 0) place(hashes, offsets, this.#hashes[slot] as number, offset);
    }
    this.#hashes = hashes;
    this.#offsets = offsets;
  }
}

function place(hashes: Uint32Array, offsets: Float64Array, hash: number, offset: number): void {
  const mask = hashes.length - 1;
  let slot = hash & mask;
  while (offsets[slot] !== 0) slot = (slot + 1) & mask;
  hashes[slot] = hash;
  offsets[slot] = offset;
}

/** 32 bits of a key: FNV-1a over its UTF-16 units, then mixed (as the last step of MurmurHash3) so that its low bits tell keys apart. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
