/** An `Env` for tests that speak real HTTP with servers on loopback, on a clock that the test moves. */
import type { Clock, Env } from '../../engine/env.ts';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { nodeEnv } from '../../engine/node-env.ts';

export function loopbackEnv(clock: Clock, ...origins: string[]): Env {
  return { ...nodeEnv(createNetwork({ grants: Grants.of({ allowed: origins }) })), clock };
}
