/** What a thread of `tributary map` runs where nothing is bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { mapWorker } from './map-worker.ts';

if (parentPort) await mapWorker(parentPort, workerData);
