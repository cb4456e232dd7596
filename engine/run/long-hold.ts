/** Does the vendor want no calls to an API for longer than a process waits? */
import type { Endpoint } from '../compile/connector.ts';
import { formatDuration } from '../compile/duration.ts';
import { EngineError } from '../errors.ts';
import { WAIT_MAX_MS } from '../limits.ts';

/** @throws EngineError `rate-limit-blocked` */
export function refuseLongHold(ms: number, endpoint: Endpoint): void {
  if (ms <= WAIT_MAX_MS) return;
  throw new EngineError({
    code: 'rate-limit-blocked',
    kind: 'rate_limit',
    message: `the vendor takes no calls to api \`${endpoint.api.name}\` for another ${formatDuration(ms)}`,
    fix: 'run again after that',
  });
}
