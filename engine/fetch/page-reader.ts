/** Who reads a page? A large one is scanned and hashed on a thread of its own, while the lane works on the page before. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../env.ts';
import { EngineError, type EngineErrorOptions } from '../errors.ts';
import type { HashRules } from './content-hash.ts';
import { JsonPage, type PageLayout, readJsonPage } from './json-page.ts';

export interface PageReader {
  /** The bytes cannot be read here afterwards. @throws EngineError as `readJsonPage` */
  read(bytes: Buffer, recordsPath: readonly string[]): Promise<JsonPage>;
  /** The page with content hashes, where they are not better made when they are asked for. The page given is no more. */
  hashed(page: JsonPage, rules: HashRules): Promise<JsonPage>;
  close(): Promise<void>;
}

/** A job for the thread: to find the records of a page, or to hash them; and what it gives back. */
export type PageRequest =
  | { bytes: Uint8Array; recordsPath: readonly string[] }
  | { layout: PageLayout; rules: HashRules };
export type PageResult = { layout: PageLayout } | { error: EngineErrorOptions } | { fault: string };

/** Below this size the thread costs more than it takes off. */
const THREAD_FROM_BYTES = 512 * 1024;

/** What it makes is garbage at once: more room only makes the process larger. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;

/** Reads every page where it is asked for. */
export const readingHere: PageReader = {
  read: async (bytes, recordsPath) => readJsonPage(bytes, recordsPath),
  hashed: async (page) => page,
  close: async () => {},
};

/** Node 20 runs no TypeScript: from the sources, as tests run them, there is no thread. */
const isBuilt = !import.meta.url.endsWith('.ts');

/** @param script what the thread runs; it is started with the first large page */
export function pageReader(
  clock: Clock,
  script = isBuilt ? new URL('./page-thread.js', import.meta.url) : undefined,
): PageReader {
  if (!script) return readingHere;
  let thread: PageThread | undefined;
  let idle: unknown;
  const end = async () => {
    clock.clearTimeout(idle);
    const ended = thread;
    thread = undefined;
    await ended?.close();
  };
  const asked = async (answer: Promise<JsonPage>) => {
    clock.clearTimeout(idle);
    try {
      return await answer;
    } finally {
      // A thread that has nothing to do is some 40 MB.
      clock.clearTimeout(idle);
      if (thread?.isIdle) idle = clock.setTimeout(end, IDLE_MS);
    }
  };
  return {
    read: (bytes, recordsPath) => {
      if (bytes.length < THREAD_FROM_BYTES) return readingHere.read(bytes, recordsPath);
      thread ??= new PageThread(script);
      return asked(thread.ask({ bytes, recordsPath }, bytes));
    },
    hashed: async (page, rules) => {
      const { layout } = page;
      return thread && layout.bytes.length >= THREAD_FROM_BYTES
        ? asked(thread.ask({ layout, rules }, layout.bytes, layout.offsets))
        : page;
    },
    close: end,
  };
}

const IDLE_MS = 2_000;

interface Waiting {
  resolve(page: JsonPage): void;
  reject(error: Error): void;
}

/** Pages are read in the order in which they are given. */
class PageThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #failure: EngineError | undefined;

  constructor(script: URL) {
    this.#worker = new Worker(script, { resourceLimits: LIMITS });
    this.#worker.on('message', (result: PageResult) => this.#take(result));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#fail(`it ended with code ${code}`));
    this.#worker.unref();
  }

  /** Memory that is named changes hands, if it is not shared with other buffers. */
  ask(request: PageRequest, ...memory: readonly (Uint8Array | Uint32Array)[]): Promise<JsonPage> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      this.#worker.ref();
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, wholeBuffers(memory));
    });
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(result: PageResult): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if ('layout' in result) waiting?.resolve(new JsonPage(result.layout));
    else if ('error' in result) waiting?.reject(new EngineError(result.error));
    else waiting?.reject(new Error(result.fault));
  }

  #fail(reason: string): void {
    this.#failure ??= new EngineError({
      code: 'page-thread-died',
      kind: 'internal',
      message: `the thread that reads pages died: ${reason}`,
      fix: 'ask for smaller pages in the `pagination` of the endpoint',
    });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** Of these parts of memory those that are all of it. */
export function wholeBuffers(memory: readonly (Uint8Array | Uint32Array)[]): ArrayBuffer[] {
  const whole = memory.filter(({ byteLength, buffer }) => byteLength === buffer.byteLength);
  return whole.map(({ buffer }) => buffer as ArrayBuffer);
}
