/** What lies in a directory of dead letters? Files of lines, read as data that anyone may have written, and rewritten line by line. */
import { hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { parseInstant } from '../checkpoint/instant.ts';
import { EngineError } from '../errors.ts';
import { parseJson } from '../fetch/json-page.ts';
import { asBuffer } from '../fetch/json-scan.ts';
import type { Files } from '../files.ts';
import { DEAD_FILE_BYTES_MAX, DEAD_LETTER_BYTES_MAX } from '../limits.ts';
import type { DeadLetter } from '../write/dead-letters.ts';

/** A line of a file: where it lies, and the letter that it is, or why it is none. */
export type DeadLine = LinePlace & ({ letter: DeadLetter } | { problem: string });

export interface LinePlace {
  path: string;
  /** From 1; 0 for the file as a whole. */
  number: number;
  /** In bytes, without the line feed. */
  start: number;
  end: number;
  /** Of its bytes: by this a line is known again wherever it lies. */
  digest: string;
}

/**
 * Every line of the NDJSON files in the directory, oldest file first; lines without content are passed over.
 * @param isOpenToo also of parts that are not finished
 */
export async function* deadLines(
  files: Files,
  directory: string,
  isOpenToo: boolean,
): AsyncGenerator<DeadLine> {
  const names = (await files.list(directory)).filter(
    (name) => name.endsWith('.ndjson') || (isOpenToo && name.endsWith('.ndjson.open')),
  );
  for (const name of names.sort(byAge)) {
    const path = join(directory, name);
    const whole = { path, number: 0, start: 0, end: 0, digest: '' };
    if ((await files.kind(path)) !== 'file') {
      yield { ...whole, problem: 'is no regular file' };
      continue;
    }
    const size = (await files.size(path)) ?? 0;
    if (size > DEAD_FILE_BYTES_MAX) {
      yield { ...whole, problem: `has ${size} bytes, more than any run writes into one file` };
      continue;
    }
    const bytes = await readDeadFile(files, path);
    for (const place of linesOf(bytes)) {
      const line = bytes.subarray(place.start, place.end);
      if (isBlank(line)) continue;
      yield { path, ...place, digest: digestOf(line), ...letterOf(line) };
    }
  }
}

/** @throws EngineError `dead-letters-unreadable` (destination) */
export async function readDeadFile(files: Files, path: string): Promise<Buffer> {
  try {
    return asBuffer(await files.readBytes(path));
  } catch (cause) {
    throw new EngineError({
      code: 'dead-letters-unreadable',
      kind: 'destination',
      message: `cannot read \`${path}\`: ${cause instanceof Error ? cause.message : cause}`,
      fix: 'give this user access to the file, or take it away from there',
      cause,
    });
  }
}

/** The letter of a line that was read before; undefined where the file is another one by now. */
export function letterAt(bytes: Buffer, { start, end, digest }: LinePlace): DeadLetter | undefined {
  const line = bytes.subarray(start, end);
  if (digestOf(line) !== digest) return undefined;
  const read = letterOf(line);
  return 'letter' in read ? read.letter : undefined;
}

/** Lanes of one run may have letters in one file, if someone has put them there. */
let rewriting: Promise<void> = Promise.resolve();

/**
 * Puts a file in the place of another that has other lines: the old one or the new one is there at any moment, whole. One without
 * lines is removed.
 * @param become by the digest of a line what it becomes; `undefined` takes it out, lines that are not named stay byte for byte
 */
export function rewriteDeadFile(
  files: Files,
  path: string,
  become: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  const done = rewriting.then(() => rewrite(files, path, become));
  rewriting = done.catch(() => {});
  return done;
}

async function rewrite(
  files: Files,
  path: string,
  become: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  if ((await files.kind(path)) !== 'file') return;
  const bytes = await readDeadFile(files, path);
  const kept: Uint8Array[] = [];
  let isChanged = false;
  for (const { start, end } of linesOf(bytes)) {
    const line = bytes.subarray(start, end);
    const digest = digestOf(line);
    if (!become.has(digest)) {
      kept.push(line, LINE_FEED);
      continue;
    }
    isChanged = true;
    const text = become.get(digest);
    if (text !== undefined) kept.push(Buffer.from(text), LINE_FEED);
  }
  if (!isChanged) return;
  if (kept.length > 0) {
    await files.replace(path, Buffer.concat(kept));
    return;
  }
  await files.remove(path);
  await files.syncDirectory(dirname(path));
}

const LINE_FEED = Buffer.from('\n');
const STAMP = /-(\d{8}T\d{9}Z)-/;

/** Parts of a lane by the time in their names; files that bear none come before all others. */
function byAge(a: string, b: string): number {
  const [one, other] = [STAMP.exec(a)?.[1] ?? '', STAMP.exec(b)?.[1] ?? ''];
  return one === other ? (a < b ? -1 : 1) : one < other ? -1 : 1;
}

function* linesOf(bytes: Buffer): Generator<Pick<LinePlace, 'number' | 'start' | 'end'>> {
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found === -1 ? bytes.length : found;
    yield { number: ++number, start, end };
    start = end + 1;
  }
}

function isBlank(line: Buffer): boolean {
  return line.length < 3 && line.toString().trim() === '';
}

/** None for a line that is too long to be a letter. */
function digestOf(line: Buffer): string {
  return line.length > DEAD_LETTER_BYTES_MAX ? '' : hash('sha256', line, 'base64').slice(0, 22);
}

/** Nothing of the line itself is told: it may be anything. */
function letterOf(line: Buffer): { letter: DeadLetter } | { problem: string } {
  if (line.length > DEAD_LETTER_BYTES_MAX)
    return { problem: `has ${line.length} bytes, expected at most ${DEAD_LETTER_BYTES_MAX}` };
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { problem: error.code === 'page-truncated' ? 'is cut off' : 'is not JSON that can be read' };
  }
  const wrong = wrongMember(value);
  return wrong === undefined
    ? { letter: value as DeadLetter }
    : { problem: `is no dead letter: \`${wrong}\` is missing or not what it has to be` };
}

function wrongMember(value: unknown): string | undefined {
  const own = (name: string) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  for (const name of ['lane', 'stage', 'code', 'message']) if (typeof own(name) !== 'string') return name;
  if (parseInstant(own('at')) === undefined) return 'at';
  for (const name of ['version', 'attempts']) {
    const count = own(name);
    if (count !== undefined && !(Number.isSafeInteger(count) && (count as number) >= 0)) return name;
  }
  for (const name of ['state', 'change']) {
    const text = own(name);
    if (text !== undefined && typeof text !== 'string') return name;
  }
  return own('record') === undefined ? 'record' : undefined;
}
