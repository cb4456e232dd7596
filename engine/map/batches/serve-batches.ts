/** What a thread of `MapThreads` does: batches of lines in, batches of events out, one after the other. */
import type { LineMapper } from '../line-mapper.ts';
import { BatchMapper } from './batch-mapper.ts';
import type { Batch } from './batch-memory.ts';
import type { FromThread } from './map-threads.ts';

/** The thread's end of a channel (`MessagePort` of node:worker_threads). */
interface Port {
  on(event: 'message', listener: (batch: Batch) => void): unknown;
  postMessage(message: FromThread): void;
}

export function serveBatches(port: Port, lineMapper: LineMapper): void {
  const mapper = new BatchMapper(lineMapper, true);
  const send = (message: FromThread) => port.postMessage(message);
  // What comes from another thread are plain arrays of bytes.
  port.on('message', async ({ lines, events, now }: Batch) => {
    send(await mapper.map({ lines: bufferOf(lines), events: bufferOf(events), now }));
  });
  send('ready');
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
