/** A thread that makes lines of events as a lane does, from no more than the text of its mapping. */
import { MapThreads } from '../map/batches/map-threads.ts';

export interface EventJob {
  /** Path and text of the mapping. */
  file: string;
  text: string;
  /** Of the classes that its events are to be; absent where they need not be OCSF. */
  classNames: readonly string[] | undefined;
}

/** Node 20 runs no TypeScript: from the sources, as tests run them, there is no thread. */
const isBuilt = !import.meta.url.endsWith('.ts');

/** Undefined where there are no threads. */
export function startEventThread(job: EventJob): MapThreads | undefined {
  if (!isBuilt) return undefined;
  const fix = 'report this as a bug, with the mapping; what was committed stays';
  return new MapThreads(1, new URL('./event-thread.js', import.meta.url), job, fix);
}
