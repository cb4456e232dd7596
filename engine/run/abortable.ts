/** A network that lets go of everything that is under way at one signal. */
import type { Network } from '../env.ts';

/** Requests and bodies under way reject with the signal's reason; so does what is sent after it. */
export function abortable(network: Network, signal: AbortSignal): Network {
  return {
    send: (request) =>
      network.send({
        ...request,
        signal: request.signal ? AbortSignal.any([request.signal, signal]) : signal,
      }),
    close: () => network.close(),
  };
}
