/** Writes the transitions of lanes as NDJSON. */
import { dirname, resolve } from 'node:path';
import type { Files } from '../files.ts';
import type { Transition } from './run-lane.ts';

export interface Trace {
  write(transition: Transition): void;
  /** Resolves when everything is in the file. */
  close(): Promise<void>;
}

/** Opens a new trace file; one that exists is emptied. */
export async function openTrace(path: string, files: Files): Promise<Trace> {
  const file = resolve(path);
  await files.makeDirectory(dirname(file));
  const target = await files.append(file, { truncateTo: 0 });
  // Transitions come one after another; their lines keep that order.
  let written = Promise.resolve();
  return {
    write: (transition) => {
      written = written.then(() => target.write(Buffer.from(`${JSON.stringify(transition)}\n`)));
    },
    close: async () => {
      await written;
      await target.close();
    },
  };
}
