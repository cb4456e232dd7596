/** How does the operator stop a command? With a signal: politely once, at once the second time. */
import { EXIT } from './exit-codes.ts';
import { say } from './terminal.ts';

/** The first signal lets the page in hand be finished, the second ends the process. */
export function stopOnSignals(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    say('stopping: the page in hand is finished first; once more stops at once');
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
    },
  };
}
