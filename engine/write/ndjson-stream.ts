/** `-`: events as NDJSON on standard output, or on any stream, no faster than its reader takes them. */
import type { DestinationPosition } from '../checkpoint/checkpoint.ts';
import { type Destination, destinationError, NOTHING_AHEAD } from './destination.ts';

/** A destination that hands lines over. It cannot take them back: after a failed run the reader may see a page twice. */
export function ndjsonStream(output: NodeJS.WritableStream, name = '-'): Destination {
  // A failed write is told to its callback; unheard, the same failure as an event would end the process.
  if (!output.listeners('error').includes(ignore)) output.on('error', ignore);
  const target = name === '-' ? 'standard output' : name;
  const write = (lines: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      // Whoever reads the stream may do so later; the lines may be overwritten by then.
      output.write(typeof lines === 'string' ? lines : Buffer.from(lines), (error?: Error | null) =>
        error ? reject(destinationError(target, error)) : resolve(),
      );
    });
  const nothing = async (): Promise<DestinationPosition> => ({});
  return {
    name,
    recover: async () => NOTHING_AHEAD,
    // Each write waits until the stream has passed it on: this is the backpressure, and leaves nothing to acknowledge.
    write,
    acknowledge: nothing,
    seal: nothing,
    close: async () => {},
  };
}

function ignore(): void {}
