import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVendor } from '../support/vendor.ts';

const THINGS = {
  endpoints: { things: { path: '/things', records: 'value', key: 'id' } },
  streams: { things: { record: { thing: 'things' } } },
};

const REFUSED = { end: 'failed', problem: { code: 'state-rolled-back', kind: 'state' } };

async function vendorOf(list: { id: string }[]) {
  const vendor = await startVendor(THINGS);
  vendor.reply = () => ({ body: { value: list } });
  return vendor;
}

/** Lines of all finished files. */
function lines(out: string): number {
  const files = readdirSync(out).filter((name) => name.endsWith('.ndjson'));
  return files.reduce((sum, name) => sum + readFileSync(join(out, name), 'utf8').split('\n').length - 1, 0);
}

test('an older copy of the state is refused with nothing written, and taken when that is asked for', async () => {
  const list = [{ id: 'a' }];
  const vendor = await vendorOf(list);
  await vendor.run();
  const backup = join(temporaryDirectory(), 'state');
  cpSync(vendor.state, backup, { recursive: true });
  list.push({ id: 'b' });
  await vendor.run();
  rmSync(vendor.state, { recursive: true });
  cpSync(backup, vendor.state, { recursive: true });

  // However often it is tried: a refusal makes the state no newer.
  for (let tries = 0; tries < 5; tries++) expect((await vendor.run()).summary).toMatchObject(REFUSED);
  expect(lines(vendor.out)).toBe(2);
  const accepted = await vendor.run({ acceptRollback: true });
  expect(accepted.summary).toMatchObject({ end: 'done', events: 1, unchanged: 1 });
  expect(lines(vendor.out)).toBe(3);
  // From then on the state is the newest there is.
  list.push({ id: 'c' });
  expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 1 });
  expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 0 });
});

test('a state that was damaged and went back by one checkpoint is none that was put back', async () => {
  const list = [{ id: 'a' }];
  const vendor = await vendorOf(list);
  await vendor.run();
  list.push({ id: 'b' });
  await vendor.run();
  const folder = join(vendor.state, 'acme');
  const newest = readdirSync(folder)
    .filter((name) => /checkpoint-[01]$/.test(name))
    .map((name) => join(folder, name))
    .sort((a, b) => numberIn(a) - numberIn(b))
    .pop();
  rmSync(newest ?? '');
  const { summary } = await vendor.run();
  expect(summary).toMatchObject({ end: 'done', missing: [{ code: 'state-fell-back' }] });
  expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 0, missing: [] });
});

function numberIn(path: string): number {
  return JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '').number;
}
