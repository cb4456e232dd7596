/** The thread that reads pages: bytes in, their layout out, one page after the other. */
import { parentPort } from 'node:worker_threads';
import { EngineError, type EngineErrorOptions } from '../errors.ts';
import { contentOf } from './hash-page.ts';
import { JsonPage, type PageLayout, pageLayout } from './json-page.ts';
import { type PageRequest, type PageResult, wholeBuffers } from './page-reader.ts';

parentPort?.on('message', (request: PageRequest) => {
  const result = resultOf(request);
  const memory = 'layout' in result ? memoryOf(result.layout) : [];
  parentPort?.postMessage(result, wholeBuffers(memory));
});

function resultOf(request: PageRequest): PageResult {
  try {
    return { layout: layoutOf(request) };
  } catch (error) {
    if (error instanceof EngineError) return { error: optionsOf(error) };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function layoutOf(request: PageRequest): PageLayout {
  if ('layout' in request) {
    const { layout, rules } = request;
    return { ...layout, ...contentOf(new JsonPage(layout), rules) };
  }
  const { bytes, recordsPath } = request;
  const layout = pageLayout(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), recordsPath);
  return { ...layout, digest: new JsonPage(layout).digest() };
}

/** An error as it travels between threads: without its class. */
function optionsOf({ code, kind, message, fix, retry }: EngineError): EngineErrorOptions {
  return { code, kind, message, retry, ...(fix !== undefined && { fix }) };
}

function memoryOf({ bytes, offsets, hashes, spans }: PageLayout): (Uint8Array | Uint32Array)[] {
  return [bytes, offsets, ...(hashes ? [hashes] : []), ...(spans?.values() ?? [])];
}
