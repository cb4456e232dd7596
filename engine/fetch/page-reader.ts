/** Who reads a page? A large one is scanned and hashed on a thread of its own, while the lane works on the page before. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../env.ts';
import { EngineError, type EngineErrorOptions } from '../errors.ts';
import type { HashRules } from './content-hash.ts';
import { JsonPage, type PageLayout, readJsonPage } from './json-page.ts';
import { LARGE_BYTES, PageMemory } from './page-memory.ts';

export interface PageReader {
  /** Memory for a page of so many bytes, or of more. */
  take(length: number): Buffer;
  /** The bytes may not be read here afterwards. @throws EngineError as `readJsonPage` */
  read(bytes: Buffer, recordsPath: readonly string[]): Promise<JsonPage>;
  /** The page with content hashes, where they are not better made when they are asked for. The page given is no more. */
  hashed(page: JsonPage, rules: HashRules): Promise<JsonPage>;
  /** Takes the memory of a page back, which cannot be read afterwards. */
  giveBack(page: JsonPage): void;
  close(): Promise<void>;
}

/** A job for the thread: to find the records of a page, or to hash them; and what it gives back. */
export type PageRequest =
  | { bytes: Uint8Array; recordsPath: readonly string[] }
  | { layout: PageLayout; rules: HashRules };
export type PageResult = { layout: PageLayout } | { error: EngineErrorOptions } | { fault: string };

/** What it makes is garbage at once: more room only makes the process larger. */
const LIMITS = { maxYoungGenerationSizeMb: 4 } as const;

/** Reads every page where it is asked for. */
export const readingHere: PageReader = {
  take: Buffer.allocUnsafeSlow,
  read: async (bytes, recordsPath) => readJsonPage(bytes, recordsPath),
  hashed: async (page) => page,
  giveBack: (page) => page.close(),
  close: async () => {},
};

/** Node 20 runs no TypeScript: from the sources, as tests run them, there is no thread. */
const isBuilt = !import.meta.url.endsWith('.ts');

/** @param script what the thread runs; it is started once large pages come to half a megabyte */
export function pageReader(
  clock: Clock,
  script = isBuilt ? new URL('./page-thread.js', import.meta.url) : undefined,
): PageReader {
  if (!script) return readingHere;
  const memory = new PageMemory();
  let thread: PageThread | undefined;
  let idle: unknown;
  let largeBytes = 0;
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
    take: (length) => memory.take(length),
    read: (bytes, recordsPath) => {
      const isLarge = bytes.length >= LARGE_BYTES;
      if (isLarge) largeBytes += bytes.length;
      if (!isLarge || largeBytes < THREAD_FROM_BYTES) return readingHere.read(bytes, recordsPath);
      thread ??= new PageThread(script);
      return asked(thread.ask({ bytes, recordsPath }, handedOver({ bytes })));
    },
    hashed: async (page, rules) => {
      const { layout } = page;
      if (!thread || layout.bytes.length < LARGE_BYTES) return page;
      return asked(thread.ask({ layout, rules }, handedOver(layout)));
    },
    giveBack: (page) => {
      page.close();
      memory.giveBack(page.layout);
    },
    close: end,
  };
}

const IDLE_MS = 2_000;
/** A thread takes as long to start as so much takes to be read. */
const THREAD_FROM_BYTES = 512 * 1024;

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

  /** @param memory changes hands */
  ask(request: PageRequest, memory: readonly ArrayBuffer[]): Promise<JsonPage> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      this.#worker.ref();
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, memory);
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

/** What changes hands of the memory of a page: all that is neither shared nor used by others. */
export function handedOver({
  bytes,
  offsets,
  hashes,
  spans,
}: Pick<PageLayout, 'bytes'> & Partial<PageLayout>): ArrayBuffer[] {
  const parts = [
    bytes,
    ...(offsets ? [offsets] : []),
    ...(hashes ? [hashes] : []),
    ...(spans?.values() ?? []),
  ];
  return parts.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : [],
  );
}
