import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, reaching, startVendor, temporaryDirectory } from '../support/cli.ts';

/*
 * What the whole issue is about: the joined list never lies in memory, however long it is. A record of a managed device is
 * 1.6 KB of JSON. 60,000 of them are 96 MB as mere text, and several times that when parsed: neither fits into a heap of
 * 96 MB, of which the program itself takes 25. `MEMORY_MACHINES=300000` runs the long form, which takes some minutes.
 */
const MACHINES = Number(process.env.MEMORY_MACHINES ?? 60_000);
const HEAP_MB = 96;

describe(`a join of ${MACHINES} machines with their managed devices`, () => {
  it(`runs in a heap of ${HEAP_MB} MB and gives every machine`, { timeout: 600_000 }, async () => {
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
        { env: { ...env, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` } },
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
