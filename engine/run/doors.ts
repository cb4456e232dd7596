/** The ways in and the call budgets, which all lanes of a run share. */
import { join } from 'node:path';
import { credentialsOf } from '../auth/credentials.ts';
import { type Authenticator, createAuthenticator } from '../auth/index.ts';
import { TokenStore } from '../auth/token-store.ts';
import type { Connector, Endpoint } from '../compile/connector.ts';
import type { Configuration } from '../compile/settings.ts';
import type { EngineError } from '../errors.ts';
import { CallLedger } from '../fetch/call-ledger.ts';
import { RateLimiter } from '../fetch/rate-limit.ts';
import type { RunRequest } from './open-lanes.ts';

export interface Doors {
  authenticator(endpoint: Endpoint): Promise<Authenticator>;
  rateLimiter(endpoint: Endpoint): RateLimiter;
  /** Damage of what all lanes share, told once. */
  takeDamage(): EngineError[];
  /** No further call is made: what other processes are told is exact then. */
  close(): Promise<void>;
}

export function openDoors(connector: Connector, configuration: Configuration, request: RunRequest): Doors {
  const { env, rateLimitOff, state } = request;
  const tokens = new TokenStore(env.clock);
  const damage: EngineError[] = [];
  const onDamage = (one: EngineError) => damage.push(one);
  const limiters = new Map<string, RateLimiter>();
  const authenticators = new Map<string, Authenticator>();
  const limiterOf = ({ api }: Endpoint): RateLimiter => {
    if (rateLimitOff) return new RateLimiter([], env.clock);
    const windows = api.rateLimits.map(({ calls, perMs }) => ({ calls, per_ms: perMs }));
    const name = [api.name, configuration.identity].filter(Boolean).join('.');
    const ledger = new CallLedger({ directory: join(state, connector.name), name, windows, onDamage, env });
    return new RateLimiter(windows, env.clock, ledger);
  };
  return {
    authenticator: async ({ api: { auth } }) => {
      const name = auth?.name ?? '';
      const known = authenticators.get(name);
      if (known) return known;
      const made = createAuthenticator(await credentialsOf(auth, configuration), env, tokens);
      authenticators.set(name, made);
      return made;
    },
    rateLimiter: (endpoint) => {
      const { name } = endpoint.api;
      const limiter = limiters.get(name) ?? limiterOf(endpoint);
      limiters.set(name, limiter);
      return limiter;
    },
    takeDamage: () => damage.splice(0),
    close: async () => {
      // What cannot be told counts as called: nobody calls too often for it.
      await Promise.allSettled([...limiters.values()].map((limiter) => limiter.close()));
    },
  };
}
