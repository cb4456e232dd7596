/** Batches of lines on other threads, as many as they have the time for. */
import { Worker } from 'node:worker_threads';
import { EngineError } from '../../errors.ts';
import type { MappedBatch } from './batch-mapper.ts';
import type { Batch } from './batch-memory.ts';

interface Waiting {
  resolve: (mapped: MappedBatch) => void;
  reject: (reason: EngineError) => void;
}

/** What a thread says: first that it can begin, then what it made of each batch. */
export type FromThread = 'ready' | MappedBatch;

interface Thread {
  worker: Worker;
  isReady: boolean;
  /** Resolves when it can begin, or has died. */
  started: Promise<void>;
  /** Batches that it has, in order. */
  waiting: Waiting[];
  failure?: EngineError;
}

/**
 * Objects are batches on their way, so that more room only makes the process larger: without these limits 1 GB of input took
 * 230 MB, with them 165 MB. A line of 60 MB still fits.
 */
const LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 128 } as const;

/** One batch at work, one that waits for it. */
const WAITING_MAX = 2;

export class MapThreads {
  readonly #threads: Thread[];

  /**
   * @param script what a thread runs, which ends in `serveBatches`
   * @param job what it gets as `workerData`
   * @param fix what to do where a thread dies
   */
  constructor(count: number, script: URL, job: unknown, fix: string) {
    this.#threads = Array.from({ length: count }, () => startThread(script, job, fix));
  }

  /**
   * The events of a batch, whose memory is that of the thread until it is mapped; undefined where all threads have enough to do.
   * @throws EngineError `map-thread-died`
   */
  map(batch: Batch): Promise<MappedBatch> | undefined {
    const thread = this.#threads.reduce((least, each) =>
      each.waiting.length < least.waiting.length ? each : least,
    );
    if (thread.failure) throw thread.failure;
    if (!thread.isReady || thread.waiting.length >= WAITING_MAX) return undefined;
    return new Promise((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage(batch);
    });
  }

  /** Resolves when all can begin; `map` tells of one that has died. */
  async started(): Promise<void> {
    await Promise.all(this.#threads.map(({ started }) => started));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(script: URL, job: unknown, fix: string): Thread {
  const worker = new Worker(script, { workerData: job, resourceLimits: LIMITS });
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const thread: Thread = { worker, isReady: false, started, waiting: [] };
  const fail = (reason: string) => {
    thread.failure ??= died(reason, fix);
    start();
    for (const { reject } of thread.waiting.splice(0)) reject(thread.failure);
  };
  worker.on('message', (said: FromThread) => {
    if (said === 'ready') {
      thread.isReady = true;
      start();
    } else thread.waiting.shift()?.resolve(said);
  });
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => fail(`it ended with code ${code}`));
  return thread;
}

function died(reason: string, fix: string): EngineError {
  return new EngineError({
    code: 'map-thread-died',
    kind: 'internal',
    message: `a thread that maps records died: ${reason}`,
    fix,
  });
}
