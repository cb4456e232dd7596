import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, reaching, startVendor, temporaryDirectory } from '../support/cli.ts';

/** What the whole issue is about: the joined list never lies in memory, however long it is. */
const MACHINES = 300_000;

describe('a join of 300,000 machines with their managed devices', () => {
  it('runs in a heap of 128 MB and gives every machine', { timeout: 400_000 }, async () => {
    const vendor = await startVendor('microsoft-defender', ['--scale', `machines=${MACHINES}`]);
    try {
      const { args, env } = reaching(vendor);
      const directory = temporaryDirectory();
      const { code, stdout } = await cli(
        ['run', 'microsoft-defender', '--stream', 'devices', ...args, '--rate-limit', 'off', '--json'].concat(
          '--to',
          `ndjson:${join(directory, 'events')}`,
          '--state',
          join(directory, 'state'),
        ),
        { env: { ...env, NODE_OPTIONS: '--max-old-space-size=128' } },
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout).lanes[0]).toMatchObject({ records: MACHINES, events: MACHINES, dead: 0 });
      const lines = readdirSync(join(directory, 'events'))
        .map((name) => readFileSync(join(directory, 'events', name)))
        .reduce((count, bytes) => count + bytes.reduce((found, byte) => found + (byte === 10 ? 1 : 0), 0), 0);
      expect(lines).toBe(MACHINES);
    } finally {
      vendor.close();
    }
  });
});
