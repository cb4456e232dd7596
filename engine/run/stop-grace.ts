/** How long may the page in hand take after the operator asked to stop? */
import type { Clock } from '../env.ts';
import { EngineError } from '../errors.ts';
import { STOP_GRACE_MS } from '../limits.ts';

/** Fires when the page has to be dropped. `release` when the run is over. */
export interface StopGrace {
  signal: AbortSignal;
  release(): void;
}

/** @param stop aborted when the operator asks to stop */
export function stopGrace(clock: Clock, stop: AbortSignal | undefined): StopGrace {
  const controller = new AbortController();
  let timer: unknown;
  const begin = () => {
    timer = clock.setTimeout(() => controller.abort(dropped()), STOP_GRACE_MS);
  };
  if (stop?.aborted) begin();
  else stop?.addEventListener('abort', begin, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      stop?.removeEventListener('abort', begin);
      clock.clearTimeout(timer);
    },
  };
}

function dropped(): EngineError {
  return new EngineError({
    code: 'run-stopped',
    kind: 'interrupted',
    message: `the page in hand was not finished ${STOP_GRACE_MS / 1_000} s after the run was asked to stop`,
    fix: 'run again: it goes on after the page before',
  });
}
