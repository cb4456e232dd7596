import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { filesIn, type Json, readNdjson } from '../support/tenant.ts';
import { startVendor, type Told } from '../support/vendor.ts';

/** All on one page. */
const THINGS = {
  endpoints: { things: { path: '/things', records: 'value', key: 'id' } },
  streams: { things: { record: { thing: 'things' }, removed: { absent: true } } },
};

const named = (count: number): Json[] =>
  Array.from({ length: count }, (_, index) => ({ id: `t${String(index).padStart(4, '0')}`, n: index }));

test('more than 1,000 and more than half gone at once are not told: the lane waits for somebody to look', async () => {
  const vendor = await startVendor(THINGS);
  const show = (records: Json[]) => {
    vendor.reply = () => ({ body: { value: records } });
  };
  const all = named(2_003);
  show(all);
  await vendor.run();
  const fresh = { id: 'new' };
  show([...all.slice(0, 1_002), fresh]);
  expect((await vendor.run({}, undefined, copied(vendor))).summary).toMatchObject({
    end: 'done',
    removed: 1_001,
  });
  show([...all.slice(0, 1_001), fresh]);
  const { events, summary } = await vendor.run();
  expect(events.map(({ thing, change }) => `${thing.id} ${change.type}`)).toEqual(['new create']);
  expect(summary).toMatchObject({ end: 'parked', removed: 0, problem: { code: 'removed-too-many' } });
  expect(summary.problem?.message).toContain('lacks 1002 of 2003 records');
  show([...all, fresh]);
  expect((await vendor.run()).summary).toMatchObject({ end: 'done', unchanged: 2_004, removed: 0 });
});

test('killed at any transition of a run that tells what is gone, it is followed by one that tells each once', async () => {
  const vendor = await startVendor(THINGS);
  vendor.lists = { '/things': named(1_310) };
  vendor.reply = (url) =>
    url.pathname === '/things' ? { body: { value: vendor.lists['/things'] } } : undefined;
  await vendor.run();
  // Three pages of removals.
  vendor.lists['/things'] = named(1_310).slice(0, 200);
  vendor.lists['/things'].push(...named(1_310).slice(1_200));
  const images: { state: string; out: string }[] = [];
  const whole = await vendor.run({
    onTransition: ({ to }) => {
      if (['writing', 'checkpointing', 'fetching', 'done'].includes(to)) images.push(copied(vendor));
    },
  });
  expect(whole.summary).toMatchObject({ end: 'done', removed: 1_000 });
  expect(images.length).toBeGreaterThan(9);
  const expected = named(1_310)
    .slice(200, 1_200)
    .map(({ id }) => id);
  for (const image of images) {
    const { summary } = await vendor.run({}, undefined, image);
    expect(summary.end).toBe('done');
    const removed = filesIn(image.out)
      .flatMap(readNdjson)
      .map(({ unmapped }) => unmapped as Told)
      .filter(({ change }) => change.type === 'remove');
    expect(removed.map(({ thing }) => thing.id)).toEqual(expected);
  }
}, 60_000);

/** The directories as they are now. */
function copied({ state, out }: { state: string; out: string }): { state: string; out: string } {
  const home = temporaryDirectory();
  const image = { state: join(home, 'state'), out: join(home, 'out') };
  if (existsSync(state)) cpSync(state, image.state, { recursive: true });
  if (existsSync(out)) cpSync(out, image.out, { recursive: true });
  return image;
}
