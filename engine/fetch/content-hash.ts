/** What is a record known by from one run to the next? A hash over its content, whatever the order of its keys. */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** How the content of a list's records is hashed, and what else is done with them on the way. */
export interface HashRules {
  /** Names are read in camel case. */
  isCamelCase: boolean;
  /** Paths that are no content. */
  ignored: readonly (readonly string[])[];
  /** Names of members that the records will be asked for. */
  asked: readonly string[];
  /** Names of the only members that are of use once the record is hashed, those that are asked for among them; all, when absent. */
  needed?: readonly string[] | undefined;
}

/** Of a content hash, of which two hex digits are a byte. */
export const HASH_BYTES = 16;
/** Texts up to a third of it are encoded here, which is quicker than to have each encoded in a buffer of its own. */
const scratch = Buffer.allocUnsafe(256 * 1024);
const BYTES_PER_CHARACTER_MAX = 3;

/**
 * 16 bytes of SHA-256 over the canonical JSON of a record, in hex. What says nothing is no content: a member that is null, empty
 * text, or an object or a list without anything in it counts as absent.
 * @param ignored paths of what changes for no reason; the empty path is all of the record
 * @param isPlain no text in the record has a character that JSON escapes
 */
export function contentHash(
  record: unknown,
  ignored: readonly (readonly string[])[] = [],
  isPlain = false,
): string {
  let left = record;
  for (const path of ignored) left = path.length === 0 ? undefined : without(left, path);
  return digest(canonicalJson(left, isPlain) || 'null');
}

/** Of a record with what was joined to it: the hashes in the order of the joins, '' where there is no match. */
export function combinedHash(hashes: readonly string[]): string {
  const [first = ''] = hashes;
  return hashes.length === 1 ? first : digest(hashes.join(','));
}

/**
 * @param canonical JSON, as text or in UTF-8
 * @param encoding hex digits, or a byte a character
 */
export function digest(canonical: string | Uint8Array, encoding: 'hex' | 'binary' = 'hex'): string {
  const bytes = typeof canonical === 'string' ? bytesOf(canonical) : canonical;
  return hash('sha256', bytes, encoding).slice(0, encoding === 'hex' ? HASH_BYTES * 2 : HASH_BYTES);
}

function bytesOf(text: string): string | Uint8Array {
  if (text.length * BYTES_PER_CHARACTER_MAX > scratch.length) return text;
  return scratch.subarray(0, scratch.write(text));
}

function without(value: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
    return value;
  const { [step]: member, ...others } = value as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [step]: without(member, rest) };
}
