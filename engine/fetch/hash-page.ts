/** What is the content of a page's records known by? */
import { camelCased } from '../compile/camel-case.ts';
import { CanonicalBytes } from './canonical-bytes.ts';
import { contentHash, digest, HASH_BYTES, type HashRules } from './content-hash.ts';
import type { JsonPage, PageLayout } from './json-page.ts';
import { asBuffer, jsonScan } from './json-scan.ts';
import { narrowed } from './narrow-page.ts';
import { RecordWalk } from './record-walk.ts';

/**
 * 16 bytes for each record, and where the members lie that will be asked for; the page without the others, if they are of no use.
 * @param walk where all members lie, when that is known
 */
export function contentOf(
  page: JsonPage,
  { isCamelCase, ignored, asked, needed }: HashRules,
  walk?: RecordWalk,
): Partial<PageLayout> & Required<Pick<PageLayout, 'hashes' | 'spans'>> {
  const hashes = Buffer.alloc(page.recordCount * HASH_BYTES);
  const isByBytes = !isCamelCase && !page.hasLossyNumbers && ignored.every((path) => path.length === 1);
  const members = isByBytes ? (walk ?? walkOf(page)) : undefined;
  const canonical =
    members && new CanonicalBytes(asBuffer(page.layout.bytes), members, new Set(ignored.flat()));
  // A function of its own, which V8 optimises once: the loop around it is entered once a page.
  const hashInto = (index: number) => {
    const { start, end } = page.slice(index);
    const bytes = canonical?.of(index, end - start);
    if (bytes) {
      hashes.write(digest(bytes, 'binary'), index * HASH_BYTES, 'latin1');
      return;
    }
    const record = page.record(index);
    hashes.write(contentHash(isCamelCase ? camelCased(record) : record, ignored), index * HASH_BYTES, 'hex');
  };
  for (let index = 0; index < page.recordCount; index++) hashInto(index);
  if (members && needed) return { hashes, ...narrowed(page, members, new Set(needed), asked) };
  return { hashes, spans: spansOf(page.recordCount, asked, members) };
}

function walkOf(page: JsonPage): RecordWalk {
  const walk = new RecordWalk().open(jsonScan(asBuffer(page.layout.bytes)));
  for (let index = 0; index < page.recordCount; index++) walk.object(page.slice(index).start, 1);
  return walk;
}

/** By name: start and end of the value of that member, in turn for each record; zeros where that is not known. */
function spansOf(
  count: number,
  names: readonly string[],
  walk: RecordWalk | undefined,
): ReadonlyMap<string, Uint32Array> {
  const spans = new Map(names.map((name) => [name, new Uint32Array(count * 2)]));
  for (const [name, found] of spans) walk?.find(name, found);
  return spans;
}
