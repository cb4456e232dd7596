/** `tributary map FILE`: one mapping as a filter, record by record. */
import { resolve } from 'node:path';
import { EngineError, type EngineErrorOptions } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { BatchMapper, type FailedLine, type MappedBatch } from '../../map/batches/batch-mapper.ts';
import { BatchMemory } from '../../map/batches/batch-memory.ts';
import { MapThreads } from '../../map/batches/map-threads.ts';
import { isolatedMapping } from '../../map/isolated-mapping.ts';
import { errorAsDiagnostic, placeText, shortDiagnostic } from '../../report/format.ts';
import { EXIT } from '../exit-codes.ts';
import { instantOption } from '../instant-option.ts';
import { isolation } from '../isolation.ts';
import { byteInput, inputBytes } from '../map/byte-input.ts';
import { ByteOutput } from '../map/byte-output.ts';
import { inOrder } from '../map/in-order.ts';
import { lineBatches } from '../map/line-batches.ts';
import { type MapJob, mapperOf, mappingOf } from '../map/mapper.ts';
import { releaseOptimiser } from '../optimiser.ts';
import { say } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  input?: string;
  output?: string;
  deadLetter?: string;
  threads: string;
  isolate?: boolean;
  now?: string;
}

/** Batches on their way for each thread: one at work, one that waits for it, one that waits for its turn to be written. */
const IN_FLIGHT_PER_THREAD = 3;
/** Smaller files are mapped before another thread has begun. */
const SHARED_BYTES_MIN = 8 * 1024 * 1024;

export default async function mapCommand(path: string, options: Options): Promise<number> {
  const threadCount = wholeNumber('--threads', options.threads);
  if (options.isolate && threadCount > 1) throw apartOnOneThread();
  const now = options.now === undefined ? Date.now() : instantOption(options.now);
  const job: MapJob = { path, text: await nodeFiles.readText(await existing(path, 'map')) };
  const inputPath = options.input && (await existing(options.input, '--input'));
  releaseOptimiser();
  // They start while the mapping is compiled here.
  const isShared = threadCount > 1 && (inputBytes(inputPath) ?? Number.POSITIVE_INFINITY) >= SHARED_BYTES_MIN;
  const threads = isShared ? mapThreads(threadCount - 1, job) : undefined;
  const memory = new BatchMemory(isShared);
  let apart: { close(): void } | undefined;
  try {
    const mapping = mappingOf(job);
    const isolated = options.isolate ? isolatedMapping(mapping, await isolation()) : undefined;
    apart = isolated;
    const mapper = new BatchMapper(await mapperOf(isolated ?? mapping), isShared);
    const input = byteInput(inputPath);
    const sink = new Sink(options);
    await inOrder(lineBatches(input, memory), {
      inFlight: threads ? threadCount * IN_FLIGHT_PER_THREAD : 1,
      // This thread maps what no other has the time for.
      work: async (room) => {
        const batch = { ...room, now };
        return { room, mapped: await (threads?.map(batch) ?? mapper.map(batch)) };
      },
      async take({ room, mapped }) {
        await sink.take(mapped);
        memory.free(room.lines, mapped.bytes);
      },
      stop: (reason) => input.stop(reason),
    });
    sink.end();
    return sink.failed > 0 ? EXIT.data : EXIT.ok;
  } finally {
    apart?.close();
    await threads?.close();
  }
}

function apartOnOneThread(): EngineError {
  return new EngineError({
    code: 'usage-option',
    kind: 'usage',
    message: '--isolate evaluates in one process, --threads asks for more',
    fix: 'leave out one of the two',
  });
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
    this.#events = new ByteOutput(output, 0o600);
    this.#dead = deadLetter ? new ByteOutput(deadLetter, 0o600) : undefined;
  }

  async take({ bytes, count, failures, givenUp }: MappedBatch): Promise<void> {
    await this.#events.write(bytes);
    for (const failure of failures) await this.#fail(failure, this.#lines + failure.line);
    if (givenUp) throw endedAt(this.#lines + count, givenUp);
    this.#lines += count;
  }

  end(): void {
    this.#events.end();
    this.#dead?.end();
  }

  async #fail({ error, text }: FailedLine, line: number): Promise<void> {
    this.failed++;
    const { code, message, at } = error;
    if (!this.#dead) {
      say(`record ${line}: ${shortDiagnostic(errorAsDiagnostic(new EngineError(error)))}`);
      return;
    }
    const letter = { line, code, message, ...(at && { where: placeText(at) }), record: recordOf(text) };
    await this.#dead.write(Buffer.from(`${JSON.stringify(letter)}\n`));
  }
}

/** What was mapped is written, and what was not is said. */
function endedAt(line: number, givenUp: EngineErrorOptions): EngineError {
  return new EngineError({
    ...givenUp,
    message: `${givenUp.message}; the records after line ${line} are not mapped`,
  });
}

/** Beside the commands lies what the threads run, or all of it is bundled in one folder. */
function mapThreads(count: number, job: MapJob): MapThreads {
  const isBundled = import.meta.url.endsWith('.cjs');
  const script = isBundled ? './bundled-map-thread.cjs' : '../map/map-thread.js';
  return new MapThreads(count, new URL(script, import.meta.url), job, 'try it with --threads 1');
}

function recordOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
