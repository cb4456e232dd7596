/** Does the vendor want no calls to an API for now? */

import type { Endpoint } from '../compile/connector.ts';
import { formatDuration } from '../compile/duration.ts';
import { EngineError } from '../errors.ts';
import { WAIT_MAX_MS } from '../limits.ts';
import type { LaneOptions } from './lane-options.ts';

type Door = Pick<LaneOptions, 'onRateLimited' | 'blockedMs'>;

/** Whoever shares the calls of the API is held as well, also when this lane does not wait for it. */
export function noteHold(door: Door, error: unknown, endpoint: Endpoint | undefined): void {
  if (!(error instanceof EngineError) || error.kind !== 'rate_limit' || !endpoint) return;
  if (typeof error.retry === 'object') door.onRateLimited(endpoint, error.retry.afterMs);
}

/** @throws EngineError `rate-limit-blocked` where the vendor wants no call for longer than a process waits */
export function refuseLongHold(door: Door, endpoint: Endpoint): void {
  const ms = door.blockedMs(endpoint);
  if (ms <= WAIT_MAX_MS) return;
  throw new EngineError({
    code: 'rate-limit-blocked',
    kind: 'rate_limit',
    message: `the vendor takes no calls to api \`${endpoint.api.name}\` for another ${formatDuration(ms)}`,
    fix: 'run again after that',
  });
}
