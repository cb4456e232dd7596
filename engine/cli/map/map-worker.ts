/** A thread of `tributary map`: batches of lines in, batches of events out, one after the other. */
import type { MessagePort } from 'node:worker_threads';
import type { Batch } from './batch-memory.ts';
import { BatchMapper } from './map-batch.ts';
import type { FromThread } from './map-threads.ts';
import { createMapper, type MapJob } from './mapper.ts';

export async function mapWorker(port: Pick<MessagePort, 'on' | 'postMessage'>, job: MapJob): Promise<void> {
  const mapper = new BatchMapper(await createMapper(job), true);
  const send = (message: FromThread) => port.postMessage(message);
  // What comes from another thread are plain arrays of bytes.
  port.on('message', async ({ lines, events }: Batch) => {
    send(await mapper.map({ lines: bufferOf(lines), events: bufferOf(events) }));
  });
  send('ready');
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
