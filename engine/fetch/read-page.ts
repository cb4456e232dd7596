/** What is to be known of a page before its records are worked on? Where they are, and what their content is known by. */
import { camelCased } from '../compile/camel-case.ts';
import { contentHash } from './content-hash.ts';
import { HASH_BYTES, JsonPage, type PageLayout, pageLayout } from './json-page.ts';

export interface PageJob {
  /** Names of the members that lead to the array of records. */
  recordsPath: readonly string[];
  /** Content hashes are wanted. */
  hashing?: HashRules;
}

export interface HashRules {
  isCamelCase: boolean;
  /** Paths that are no content. */
  ignored: readonly (readonly string[])[];
}

/** Records that are parsed at once: few enough that they are garbage while young. */
const RECORDS_AT_ONCE = 100;

/** @throws EngineError as `readJsonPage` */
export function readPage(bytes: Buffer, { recordsPath, hashing }: PageJob): PageLayout {
  const layout = pageLayout(bytes, recordsPath);
  const page = new JsonPage(layout);
  return { ...layout, digest: page.digest(), ...(hashing && { hashes: hashesOf(page, hashing) }) };
}

function hashesOf(page: JsonPage, { isCamelCase, ignored }: HashRules): Uint8Array {
  const hashes = Buffer.alloc(page.recordCount * HASH_BYTES);
  for (let from = 0; from < page.recordCount; from += RECORDS_AT_ONCE) {
    const to = Math.min(from + RECORDS_AT_ONCE, page.recordCount);
    const isPlain = page.isPlain(from, to);
    for (const [index, record] of page.records(from, to).entries()) {
      const hash = contentHash(isCamelCase ? camelCased(record) : record, ignored, isPlain);
      hashes.write(hash, (from + index) * HASH_BYTES, 'hex');
    }
  }
  return hashes;
}
