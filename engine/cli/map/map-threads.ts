/** Batches of lines on several threads: each goes to the thread that has the least to do. */
import { Worker } from 'node:worker_threads';
import { EngineError } from '../../errors.ts';
import type { MappedBatch } from './map-batch.ts';
import type { MapJob } from './mapper.ts';

interface Waiting {
  resolve: (mapped: MappedBatch) => void;
  reject: (reason: EngineError) => void;
}

interface Thread {
  worker: Worker;
  /** Batches that it has, in order. */
  waiting: Waiting[];
  failure?: EngineError;
}

/**
 * Objects are batches on their way, so that more room only makes the process larger: without these limits 1 GB of input took
 * 230 MB, with them 165 MB. A line of 60 MB still fits.
 */
const LIMITS = { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 128 } as const;

export class MapThreads {
  readonly #threads: Thread[];

  /** @param script what a thread runs */
  constructor(count: number, job: MapJob, script = new URL('./map-worker.js', import.meta.url)) {
    this.#threads = Array.from({ length: count }, () => startThread(script, job));
  }

  /** Hands the memory of the batch over: it cannot be read here afterwards. @throws EngineError `map-thread-died` */
  map(batch: Buffer): Promise<MappedBatch> {
    const thread = this.#threads.reduce((least, each) =>
      each.waiting.length < least.waiting.length ? each : least,
    );
    return new Promise((resolve, reject) => {
      if (thread.failure) {
        reject(thread.failure);
        return;
      }
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage(batch, [batch.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(script: URL, job: MapJob): Thread {
  const worker = new Worker(script, { workerData: job, resourceLimits: LIMITS });
  const thread: Thread = { worker, waiting: [] };
  const fail = (reason: string) => {
    thread.failure ??= died(reason);
    for (const { reject } of thread.waiting.splice(0)) reject(thread.failure);
  };
  worker.on('message', (mapped: MappedBatch) => thread.waiting.shift()?.resolve(mapped));
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => fail(`it ended with code ${code}`));
  return thread;
}

function died(reason: string): EngineError {
  return new EngineError({
    code: 'map-thread-died',
    kind: 'internal',
    message: `a thread that maps records died: ${reason}`,
    fix: 'try it with --threads 1',
  });
}
