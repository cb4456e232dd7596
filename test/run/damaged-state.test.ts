import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startVendor } from '../support/vendor.ts';

/** All on one page. */
const THINGS = {
  endpoints: { things: { path: '/things', records: 'value', key: 'id' } },
  streams: { things: { record: { thing: 'things' }, removed: { absent: true } } },
};

test('what a damaged frame of the state held is told, and delivered again under the same uid', async () => {
  const vendor = await startVendor(THINGS);
  const list = ['a', 'b', 'c'].map((id) => ({ id }));
  vendor.reply = () => ({ body: { value: list } });
  const first = await vendor.run();
  // Two more commits, so that the damage lies in what both checkpoints have.
  for (const id of ['d', 'e']) {
    list.push({ id });
    await vendor.run();
  }
  const folder = join(vendor.state, 'acme');
  const seen = join(folder, readdirSync(folder).find((name) => name.includes('.seen-')) ?? '');
  const bytes = readFileSync(seen);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(seen, bytes);

  const { summary, events } = await vendor.run();
  expect(summary).toMatchObject({ end: 'done', events: 3, unchanged: 2, removed: 0 });
  expect(summary.missing).toMatchObject([{ code: 'state-records-lost', count: 1 }]);
  expect(summary.missing[0]?.sample).toContain('3 of 5 delivered records are forgotten');
  const uidsOf = (all: typeof events) => all.map(({ change }) => change.uid).sort();
  expect(uidsOf(events)).toEqual(uidsOf(first.events));
  expect((await vendor.run()).summary).toMatchObject({ events: 0, unchanged: 5, missing: [] });
});
