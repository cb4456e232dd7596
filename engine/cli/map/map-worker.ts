/** A thread of `tributary map`: batches of lines in, batches of events out, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { BatchMapper } from './map-batch.ts';
import type { FromThread } from './map-threads.ts';
import { createMapper, type MapJob } from './mapper.ts';

const mapper = new BatchMapper(createMapper(workerData as MapJob));
const send = (message: FromThread, transferred: ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, transferred);

parentPort?.on('message', async (lines: Uint8Array) => {
  const mapped = await mapper.map(lines);
  send(mapped, [mapped.bytes.buffer as ArrayBuffer]);
});
send('ready');
