import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { byDevice, contents, truth } from '../support/device-join.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import {
  changedConnector,
  filesIn,
  type Json,
  type Loose,
  NOW,
  readNdjson,
  startTenant,
} from '../support/tenant.ts';

/**
 * What is on the disk at a moment is what a process leaves behind that is killed then: writes go through no buffer of the
 * process, and a transition is told between two effects.
 */
function image(tenant: { state: string; out: string }, to: string): { state: string; out: string } {
  for (const folder of ['state', 'out'] as const) {
    if (existsSync(tenant[folder])) cpSync(tenant[folder], join(to, folder), { recursive: true });
  }
  return { state: join(to, 'state'), out: join(to, 'out') };
}

const sealed = (out: string): Json[] =>
  filesIn(out)
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap(readNdjson);

test('killed at any transition, a run is followed by one that loses nothing and gives nothing twice', async () => {
  const tenant = await startTenant({
    scale: { machines: 30 },
    faults: [{ on: 'machines', fault: { type: 'broken_record' }, pages: [2] }],
  });
  const connector = await changedConnector(tinyPages);
  const home = temporaryDirectory();
  const images: { state: string; out: string; at: string }[] = [];
  const whole = await tenant.run(
    {
      onTransition: ({ from, to }) => {
        const at = `${images.length} ${from} -> ${to}`;
        images.push({ ...image(tenant, join(home, String(images.length))), at });
      },
    },
    connector,
  );
  expect(whole.events).toHaveLength(29);
  expect(images.length).toBeGreaterThan(25);
  const expected = truth(tenant);
  const [broken] = [...expected.keys()].slice(10, 11);
  expected.delete(broken);
  for (const { at, ...directories } of images) {
    const { summary } = await tenant.run({ now: NOW }, connector, directories);
    expect([at, summary.end, summary.problem]).toEqual([at, 'done', undefined]);
    expect(byDevice(sealed(directories.out)), at).toEqual(expected);
    expect([at, new Set(sealed(join(directories.out, 'dead')).map(({ code }) => code))]).toEqual([
      at,
      new Set(['record-without-key']),
    ]);
    expect(readdirSync(directories.out).filter((name) => name.endsWith('.open'))).toEqual([]);
  }
});

test('killed between two runs of a tenant that moves on, each change comes out once', async () => {
  const tenant = await startTenant({ scale: { machines: 60 } });
  const connector = await changedConnector(tinyPages);
  await tenant.run({}, connector);
  const before = contents(tenant);
  tenant.simulator.advance();
  const changed = [...contents(tenant)].filter(([id, text]) => before.get(id) !== text).map(([id]) => id);
  const home = temporaryDirectory();
  const images: { state: string; out: string }[] = [];
  const later = { full: true, now: NOW + 60_000 };
  await tenant.run(
    { ...later, onTransition: () => images.push(image(tenant, join(home, String(images.length)))) },
    connector,
  );
  const now = truth(tenant, later.now);
  for (const directories of images.filter((_, index) => index % 3 === 0)) {
    await tenant.run(later, connector, directories);
    const all = sealed(directories.out);
    expect(all).toHaveLength(60 + changed.length);
    const last = new Map(all.map((event) => [(event.device as Json).uid, JSON.stringify(event)]));
    for (const id of changed) expect(last.get(id)).toBe(now.get(id));
  }
});

function tinyPages(definition: Loose): void {
  definition.endpoints.machines.pagination.page_size = 10;
  definition.endpoints.managed_devices.pagination.page_size = 20;
}
