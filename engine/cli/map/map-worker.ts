/** A thread of `tributary map`: batches of lines in, batches of events out, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { BatchMapper } from './map-batch.ts';
import type { FromThread } from './map-threads.ts';
import { createMapper, type MapJob } from './mapper.ts';

const mapper = new BatchMapper(createMapper(workerData as MapJob), true);
const send = (message: FromThread) => parentPort?.postMessage(message);

parentPort?.on('message', async (lines: Uint8Array) => {
  send(await mapper.map(lines));
});
send('ready');
