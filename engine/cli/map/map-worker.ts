/** A thread of `tributary map`. */
import type { MessagePort } from 'node:worker_threads';
import { serveBatches } from '../../map/batches/serve-batches.ts';
import { createMapper, type MapJob } from './mapper.ts';

export async function mapWorker(port: Pick<MessagePort, 'on' | 'postMessage'>, job: MapJob): Promise<void> {
  serveBatches(port, await createMapper(job));
}
