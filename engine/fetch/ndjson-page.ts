/** Where are the records in a page of newline-delimited JSON? */
import { EngineError } from '../errors.ts';
import { JsonPage, Offsets, scanned } from './json-page.ts';
import { assertDocumentEnd, documentStart, jsonScan, skipSpace, skipValue, unexpected } from './json-scan.ts';

const NEWLINE = 0x0a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

/**
 * One record a line; blank lines are skipped, an empty body has no records. The last line may lack its newline only when
 * it is an object or a list, which shows its own end.
 * @throws EngineError `page-truncated` (transient), `page-not-json` (contract)
 */
export function readNdjsonPage(bytes: Buffer): JsonPage {
  const scan = jsonScan(bytes);
  const records = new Offsets();
  const start = skipSpace(bytes, 0) === bytes.length ? bytes.length : documentStart(bytes);
  let at = start;
  while (at < bytes.length) {
    const end = skipValue(scan, at, 0);
    const next = skipSpace(bytes, end);
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline !== -1 && newline < end) throw severalLines(at);
    const hasNewline = newline !== -1 && newline < next;
    const showsItsEnd = bytes[at] === OPEN_BRACE || bytes[at] === OPEN_BRACKET;
    if (!hasNewline && (next < bytes.length || !showsItsEnd)) throw unexpected(bytes, next);
    records.add(at, end);
    at = next;
  }
  assertDocumentEnd(bytes, at);
  return new JsonPage({ ...records.taken(), ...scanned(scan, start, at) });
}

function severalLines(at: number): EngineError {
  return new EngineError({
    code: 'page-not-json',
    kind: 'contract',
    message: `the record at offset ${at} spans several lines, expected one record a line`,
    fix: 'check with the documentation of the vendor that the answer is newline-delimited JSON',
  });
}
