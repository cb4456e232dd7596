/** The real world as an `Env`. */
import { randomBytes } from 'node:crypto';
import { nodeByteFiles } from './byte-files.ts';
import { type Env, type Network, systemClock } from './env.ts';
import { nodeFiles } from './files.ts';

/** The network is given, because what it may reach is the operator's grant (see `http/network.ts`). */
export function nodeEnv(network: Network): Env {
  return {
    clock: systemClock,
    random: Math.random,
    randomBytes,
    network,
    files: nodeFiles,
    byteFiles: nodeByteFiles,
    variables: process.env,
  };
}
