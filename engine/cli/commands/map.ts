/** `tributary map FILE`: one mapping as a filter, record by record. */

import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DefinitionError } from '../../compile/load.ts';
import { SourceText } from '../../definition/source.ts';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { compileMapping, type Mapping } from '../../map/evaluate.ts';
import { errorAsDiagnostic, placeText, shortDiagnostic } from '../../report/format.ts';
import { EXIT } from '../exit-codes.ts';
import { instantOption } from '../given.ts';
import { say } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  input?: string;
  output?: string;
  deadLetter?: string;
  threads: string;
  now?: string;
}

/** Lines are gathered to pieces of this size before they are written. */
const WRITE_CHARACTERS = 64 * 1024;

export default async function mapCommand(path: string, options: Options): Promise<number> {
  const mapping = await readMapping(path);
  if (wholeNumber('--threads', options.threads) > 1)
    say('note: mapping runs on one thread; --threads above 1 makes it no faster yet');
  const now = options.now === undefined ? Date.now() : instantOption(options.now);
  const input =
    options.input === undefined ? process.stdin : createReadStream(await existing(options.input, '--input'));
  const output = new Lines(options.output === undefined ? process.stdout : createWriteStream(options.output));
  const dead =
    options.deadLetter === undefined
      ? undefined
      : new Lines(createWriteStream(options.deadLetter, { mode: 0o600 }));
  let line = 0;
  let failed = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() === '') continue;
    try {
      await output.add(await eventText(mapping, text, now));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failed++;
      const { code, message, at } = error;
      if (dead)
        await dead.add(
          JSON.stringify({
            line,
            code,
            message,
            ...(at && { where: placeText(at) }),
            record: recordOf(text),
          }),
        );
      else say(`record ${line}: ${shortDiagnostic(errorAsDiagnostic(error))}`);
    }
  }
  await output.end();
  await dead?.end();
  return failed > 0 ? EXIT.data : EXIT.ok;
}

async function readMapping(path: string): Promise<Mapping> {
  const { mapping, diagnostics } = compileMapping(
    new SourceText(path, await nodeFiles.readText(await existing(path, 'map'))),
  );
  if (!mapping) throw new DefinitionError(path, diagnostics);
  return mapping;
}

async function existing(path: string, option: string): Promise<string> {
  if ((await nodeFiles.kind(resolve(path))) !== undefined) return resolve(path);
  throw new EngineError({
    code: 'usage-file',
    kind: 'usage',
    message: `there is no file \`${path}\``,
    fix: `correct the path after ${option}`,
  });
}

/** One line of output; a list of events is several. */
async function eventText(mapping: Mapping, text: string, now: number): Promise<string> {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw new EngineError({
      code: 'record-not-json',
      kind: 'data',
      message: error instanceof Error ? error.message : String(error),
    });
  }
  const result = await mapping.evaluate(record as Record<string, unknown>, now);
  const events = Array.isArray(result) ? result : [result];
  if (events.length === 0 || events.some((event) => typeof event !== 'object' || event === null)) {
    throw new EngineError({
      code: 'map-no-event',
      kind: 'data',
      message: 'the mapping gives no event for this record',
    });
  }
  return events.map((event) => JSON.stringify(event)).join('\n');
}

function recordOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Lines to a stream, gathered, with backpressure. */
class Lines {
  readonly #stream: NodeJS.WritableStream | WriteStream;
  #pending = '';

  constructor(stream: NodeJS.WritableStream | WriteStream) {
    this.#stream = stream;
  }

  async add(line: string): Promise<void> {
    this.#pending += `${line}\n`;
    if (this.#pending.length >= WRITE_CHARACTERS) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    if (this.#stream === process.stdout) return;
    this.#stream.end();
    await once(this.#stream, 'finish');
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '' && !this.#stream.write(text)) await once(this.#stream, 'drain');
  }
}
