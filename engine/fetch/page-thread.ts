/** The thread that reads pages: bytes in, their layout out, one page after the other. */
import { parentPort } from 'node:worker_threads';
import { EngineError, type EngineErrorOptions } from '../errors.ts';
import type { PageLayout } from './json-page.ts';
import type { PageRequest, PageResult } from './page-reader.ts';
import { readPage } from './read-page.ts';

parentPort?.on('message', ({ bytes, job }: PageRequest) => {
  const result = resultOf({ bytes, job });
  const transferred = 'layout' in result ? buffersOf(result.layout) : [];
  parentPort?.postMessage(result, transferred);
});

function resultOf({ bytes, job }: PageRequest): PageResult {
  try {
    return { layout: readPage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), job) };
  } catch (error) {
    if (error instanceof EngineError) return { error: optionsOf(error) };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** An error as it travels between threads: without its class. */
function optionsOf({ code, kind, message, fix, retry }: EngineError): EngineErrorOptions {
  return { code, kind, message, retry, ...(fix !== undefined && { fix }) };
}

/** Memory that changes hands instead of being copied. */
function buffersOf({ bytes, offsets, hashes }: PageLayout): ArrayBuffer[] {
  const whole = [bytes, offsets, ...(hashes ? [hashes] : [])].filter(
    ({ byteLength, buffer }) => byteLength === buffer.byteLength,
  );
  return whole.map(({ buffer }) => buffer as ArrayBuffer);
}
