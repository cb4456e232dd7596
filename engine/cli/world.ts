/** The real world of a command: what the operator granted, and nothing else, can be reached. */
import type { Connector } from '../compile/connector.ts';
import { configure } from '../compile/settings.ts';
import type { Env } from '../env.ts';
import { createNetwork } from '../http/network.ts';
import { Grants, isLoopbackLiteral } from '../http/origins.ts';
import { nodeEnv } from '../node-env.ts';
import type { Given } from './given.ts';

/**
 * Grants what the operator names with `--grant`, and loopback where a setting names it literally: who sets a URL on
 * this machine means it.
 */
export async function worldOf(connector: Connector, given: Given): Promise<Env> {
  // A default is the word of whoever wrote the connector, and grants nothing.
  const { scope } = await configure(connector, given);
  const allowed = [...given.grants];
  for (const [name, value] of Object.entries(scope.settings)) {
    if (!Object.hasOwn(given.settings, name)) continue;
    if (typeof value !== 'string' || !URL.canParse(value)) continue;
    const url = new URL(value);
    if ((url.protocol === 'http:' || url.protocol === 'https:') && isLoopbackLiteral(url.hostname))
      allowed.push(url.origin);
  }
  const { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = process.env;
  const proxy = HTTPS_PROXY ?? https_proxy;
  const noProxy = NO_PROXY ?? no_proxy;
  return nodeEnv(
    createNetwork({
      grants: Grants.of({ allowed }),
      ...(proxy && { proxy }),
      ...(noProxy && { noProxy }),
    }),
  );
}
