/** Randomness without state: the same words in give the same word out, so that a record needs no memory of the others. */

/** Murmur3's 32-bit finaliser: a bijection on 32-bit words, so that distinct indices stay distinct. */
export function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** FNV-1a over UTF-16 units, finished: the salt of a name or a path. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  return mix(h);
}

/** A word as a number in [0, 1). */
export function unit(word: number): number {
  return (word >>> 0) / 0x1_0000_0000;
}

/** The n-th salt that follows from a salt. */
export function saltAt(salt: number, n: number): number {
  return (salt + Math.imul(n, 0x9e3779b1)) | 0;
}

/** A sequence of numbers in [0, 1) from a seed, for what happens once (a fault's dice, a trace id). */
export function sequence(seed: number): () => number {
  let n = 0;
  return () => unit(mix(saltAt(mix(seed), ++n)));
}
