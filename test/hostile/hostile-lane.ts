/** A run of the hostile vendor's connector in this process, for what would take minutes or hours on the system's clock. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConnector } from '../../engine/compile/load.ts';
import type { Clock, Network } from '../../engine/env.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { run } from '../../engine/pipeline.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { Secret } from '../../engine/secret.ts';
import { type HostileOptions, writeHostileConnector } from './hostile-vendor.ts';

export interface HostileLane {
  /** Runs the stream; each run goes on where the one before ended. */
  run(): Promise<LaneSummary>;
}

export async function hostileLane(
  world: { clock: Clock; network: Network; random?: () => number; url?: string },
  options: HostileOptions = {},
): Promise<HostileLane> {
  const home = mkdtempSync(join(tmpdir(), 'tributary-hostile-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  writeHostileConnector(home, options);
  const connector = await loadConnector('hostile', { directory: home });
  const { clock, network, random = Math.random, url = 'https://hostile.example.com' } = world;
  return {
    run: async () => {
      const [summary] = await run(connector, {
        env: { ...nodeEnv(network), clock, random },
        settings: { url },
        secrets: options.tokenUrl === undefined ? {} : { secret: new Secret('none of theirs') },
        to: [`ndjson:${join(home, 'out')}`],
        state: join(home, 'state'),
      });
      if (!summary) throw new Error('there is no lane');
      return summary;
    },
  };
}
