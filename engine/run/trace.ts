/** Writes the transitions of lanes as NDJSON. */
import { dirname, resolve } from 'node:path';
import type { Files } from '../files.ts';
import { destinationError } from '../write/destination.ts';
import type { Transition } from './run-lane.ts';

export interface Trace {
  write(transition: Transition): void;
  /** Resolves when everything is in the file. @throws EngineError of kind `destination` when something is not */
  close(): Promise<void>;
}

/** Opens a new trace file; one that exists is emptied. */
export async function openTrace(path: string, files: Files): Promise<Trace> {
  const file = resolve(path);
  await files.makeDirectory(dirname(file));
  const target = await files.append(file, { truncateTo: 0 });
  // Transitions come one after another; their lines keep that order.
  let written = Promise.resolve();
  let failure: unknown;
  const append = async (line: string) => {
    if (failure === undefined) await target.write(Buffer.from(line));
  };
  return {
    write: (transition) => {
      const line = `${JSON.stringify(transition)}\n`;
      // A full disk must not end the run: nobody waits for this promise before `close`.
      written = written
        .then(() => append(line))
        .catch((error) => {
          failure ??= error;
        });
    },
    close: async () => {
      await written;
      await target.close();
      if (failure !== undefined) throw destinationError(path, failure);
    },
  };
}
