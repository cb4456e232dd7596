/** Keeps the memory of a long run flat: what records left behind is collected before many more come. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Transition } from '../run/run-lane.ts';

/** Batches of records between two collections; a page ends with one, too. */
const BATCHES = 10;

/**
 * V8 lets the heap of a process grow to several times what is alive before it collects the old generation. Little is alive
 * between two batches (some 20 MB), so collecting there takes some 15 ms and saves a third of the process's memory.
 * @returns to be told of each transition of a lane
 */
export function garbageCollector(): (transition: Transition) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let batches = 0;
  return ({ from }) => {
    if (from === 'writing') batches++;
    if (from !== 'checkpointing' && batches < BATCHES) return;
    batches = 0;
    collect();
  };
}
