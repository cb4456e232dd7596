/** What does an answer say before its list of records? As much as can be known of a page that is still on its way. */
import { documentStart, jsonScan, memberNameAt, skipKey, skipSpace, skipValue } from './json-scan.ts';

/** Longer beginnings are not read twice. */
const HEAD_BYTES_MAX = 16 * 1024;
const [COMMA, OPEN_BRACE] = [0x2c, 0x7b];

/**
 * The members before the list; undefined where the list is no member of the answer itself, or its beginning is not plain JSON.
 * Whether any of it counts only the whole answer tells.
 */
export function pageHead(bytes: Buffer, recordsPath: readonly string[]): Record<string, unknown> | undefined {
  const [listName] = recordsPath;
  if (listName === undefined || recordsPath.length > 1) return undefined;
  const head = bytes.subarray(0, HEAD_BYTES_MAX);
  try {
    const start = documentStart(head);
    if (head[start] !== OPEN_BRACE) return undefined;
    const scan = jsonScan(head);
    let end = start;
    let at = skipSpace(head, start + 1);
    for (;;) {
      const value = skipKey(head, at);
      if (memberNameAt(head, at) === listName)
        return JSON.parse(`${head.toString('utf8', start, Math.max(end, start + 1))}}`);
      end = skipSpace(head, skipValue(scan, value, 1));
      if (head[end] !== COMMA) return undefined;
      at = skipSpace(head, end + 1);
    }
  } catch {
    return undefined;
  }
}
