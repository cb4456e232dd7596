/** The only door to the world: clock, randomness, network, files and process variables come in through one `Env`. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteFiles } from './byte-files.ts';
import type { Files } from './files.ts';

/** Time, in milliseconds since the Unix epoch (`now`) and since an arbitrary start (`monotonic`). */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Calls `callback` once after `ms`; the handle goes to `clearTimeout`. The shape that xstate asks of a clock. */
  setTimeout(callback: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** One HTTP request as it leaves: absolute URL, lower-case header names, body already encoded. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** The answer as it arrives: lower-case header names, body still in its Content-Encoding. Redirects are not followed. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request and gives the raw answer. It follows no redirect and decodes nothing.
 * @throws EngineError `http-unreachable`, `http-timeout`, `http-address-refused`
 */
export interface Network {
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface Env {
  clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** Unguessable bytes, for nonces and assertion ids. */
  randomBytes(size: number): Uint8Array;
  network: Network;
  files: Files;
  /** The files of the state. */
  byteFiles: ByteFiles;
  variables: Readonly<Record<string, string | undefined>>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Lets everybody else have a turn of the event loop first; takes no time of a clock. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits on the given clock; rejects with the signal's reason when aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (clock === systemClock) return delay(ms, undefined, signal ? { signal } : {});
  return new Promise((resolve, reject) => {
    const handle = clock.setTimeout(() => resolve(), ms);
    signal?.addEventListener('abort', () => {
      clock.clearTimeout(handle);
      reject(signal.reason);
    });
  });
}
