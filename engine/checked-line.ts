/** Is a small file as it was written? It holds a line of JSON, and on the next line the SHA-256 of that line in hex. */
import { createHash } from 'node:crypto';
import type { ByteFiles } from './byte-files.ts';

export function checkedLine(value: unknown): string {
  const line = JSON.stringify(value);
  return `${line}\n${checksum(line)}\n`;
}

/** The value of the line; undefined for a text that is not as it was written. */
export function checkedValue(text: string): unknown {
  const [line = '', sum, rest] = text.split('\n');
  return sum === checksum(line) && rest === '' ? JSON.parse(line) : undefined;
}

/** The whole of a file as text; undefined where there is none. */
export function wholeText(path: string, files: ByteFiles): string | undefined {
  if (files.size(path) === undefined) return undefined;
  const file = files.open(path, 'read');
  try {
    const bytes = Buffer.alloc(file.length());
    return bytes.toString('utf8', 0, file.read(bytes, bytes.length, 0));
  } finally {
    file.close();
  }
}

function checksum(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}
