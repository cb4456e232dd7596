/** `tributary map FILE`: one mapping as a filter, record by record. */
import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { EXIT } from '../exit-codes.ts';
import { instantOption } from '../given.ts';
import { ByteOutput } from '../map/byte-output.ts';
import { inOrder } from '../map/in-order.ts';
import { lineBatches } from '../map/line-batches.ts';
import { type FailedLine, type MappedBatch, mapBatch } from '../map/map-batch.ts';
import { MapThreads } from '../map/map-threads.ts';
import { createMapper } from '../map/mapper.ts';
import { say } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  input?: string;
  output?: string;
  deadLetter?: string;
  threads: string;
  now?: string;
}

/** How much of a file is read at once, and so about the size of a batch: larger ones are no faster and take memory. */
const READ_BYTES = 64 * 1024;
/** Batches on their way for each thread: one at work, one that waits for it, one that waits for its turn to be written. */
const IN_FLIGHT_PER_THREAD = 3;

export default async function mapCommand(path: string, options: Options): Promise<number> {
  const threadCount = wholeNumber('--threads', options.threads);
  const now = options.now === undefined ? Date.now() : instantOption(options.now);
  const job = { path, text: await nodeFiles.readText(await existing(path, 'map')), now };
  const mapper = createMapper(job);
  const input = inputOf(options.input && (await existing(options.input, '--input')));
  const sink = new Sink(options);
  const threads = threadCount > 1 ? new MapThreads(threadCount, job) : undefined;
  try {
    await inOrder(lineBatches(input), {
      inFlight: threads ? threadCount * IN_FLIGHT_PER_THREAD : 1,
      work: (batch) => (threads ? threads.map(batch) : mapBatch(mapper, batch)),
      take: (mapped) => sink.take(mapped),
      stop: (reason) => input.destroy(reason),
    });
  } finally {
    await threads?.close();
  }
  await sink.end();
  return sink.failed > 0 ? EXIT.data : EXIT.ok;
}

function inputOf(path: string | undefined): Readable {
  if (path !== undefined) return createReadStream(path, { highWaterMark: READ_BYTES });
  if (!fstatSync(0).isFile()) return process.stdin;
  return createReadStream('', { fd: 0, autoClose: false, highWaterMark: READ_BYTES });
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

/** Where events and failed lines go, in the order of the input. */
class Sink {
  failed = 0;
  readonly #events: ByteOutput;
  readonly #dead: ByteOutput | undefined;
  #lines = 0;

  constructor({ output, deadLetter }: Options) {
    this.#events = new ByteOutput(output === undefined ? process.stdout : createWriteStream(output));
    this.#dead = deadLetter ? new ByteOutput(createWriteStream(deadLetter, { mode: 0o600 })) : undefined;
  }

  async take({ bytes, count, failures }: MappedBatch): Promise<void> {
    await this.#events.write(bytes);
    for (const failure of failures) await this.#fail(failure, this.#lines + failure.line);
    this.#lines += count;
  }

  async end(): Promise<void> {
    await this.#events.end();
    await this.#dead?.end();
  }

  async #fail({ code, message, where, said, text }: FailedLine, line: number): Promise<void> {
    this.failed++;
    const letter = { line, code, message, ...(where !== undefined && { where }), record: recordOf(text) };
    if (this.#dead) await this.#dead.write(`${JSON.stringify(letter)}\n`);
    else say(`record ${line}: ${said}`);
  }
}

function recordOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
