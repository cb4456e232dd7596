/** What a thread of `tributary map` runs in the bundle: it loads what it needs with the code that V8 has made of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Bundle } from '../bundle.ts';
import type { mapWorker } from './map-worker.ts';

const { mapWorker: run } = Bundle.ofThread(import.meta.url).load('map-worker.cjs') as {
  mapWorker: typeof mapWorker;
};
if (parentPort) void run(parentPort, workerData);
