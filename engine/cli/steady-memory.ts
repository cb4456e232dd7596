/** Keeps the memory of a long run flat: what records left behind is collected before much more comes. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Transition } from '../run/run-lane.ts';

/** What the old generation may grow by between two collections. */
const GARBAGE_BYTES_MAX = 12 * 1024 * 1024;

/**
 * V8 lets the heap of a process grow to several times what is alive before it collects the old generation. Little is alive
 * between two batches of records (some 40 MB), so collecting there is quick and saves a third of the process's memory.
 * @returns to be told of each transition of a lane
 */
export function garbageCollector(): (transition: Transition) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // V8 takes compiled code only under the flags under which it was made (`bundle.ts`).
  setFlagsFromString('--no-expose-gc');
  let after = oldBytes();
  return ({ from }) => {
    if (from !== 'writing' && from !== 'checkpointing') return;
    if (oldBytes() < after + GARBAGE_BYTES_MAX) return;
    collect();
    after = oldBytes();
  };
}

/** Young garbage is not counted: V8 sweeps that often and cheaply by itself. */
function oldBytes(): number {
  let bytes = 0;
  for (const { space_name, space_used_size } of getHeapSpaceStatistics())
    if (space_name === 'old_space' || space_name === 'large_object_space') bytes += space_used_size;
  return bytes;
}
