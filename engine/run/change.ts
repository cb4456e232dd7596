/** What does a run know of a record beside its content? Mappings get it as `change`. */
import { hash as digest } from 'node:crypto';

/** Never delivered before, delivered with another content, or gone from the vendor. */
export type ChangeType = 'create' | 'update' | 'remove';

export interface Change {
  type: ChangeType;
  /** Of this record in this version: the same whenever the same is delivered again. */
  uid: string;
}

/** What a record's identity is made of. */
export interface Identity {
  /** Of the configured connector. */
  connection: string;
  stream: string;
  key: string;
  /** Of the content, 32 hex digits. */
  hash: string;
  /** How many versions of the record were delivered before: a content that comes back is another event. */
  version: number;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 26 characters of base32 (RFC 4648, 6, in lower case, without padding): 128 bits of a SHA-256 over the identity. */
export function changeUid(type: ChangeType, { connection, stream, key, hash, version }: Identity): string {
  const parts = ['v1', connection, stream, key, hash, version, type === 'remove'];
  return base32(digest('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16));
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}
