/** A thread of `tributary map`: batches of lines in, batches of events out, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { mapBatch } from './map-batch.ts';
import { createMapper, type MapJob } from './mapper.ts';

const mapper = createMapper(workerData as MapJob);

parentPort?.on('message', async (lines: Uint8Array) => {
  const mapped = await mapBatch(mapper, lines);
  // Small buffers share their memory with others and are copied.
  const isWhole = mapped.bytes.byteLength === mapped.bytes.buffer.byteLength;
  parentPort?.postMessage(mapped, isWhole ? [mapped.bytes.buffer as ArrayBuffer] : []);
});
