/** A page of several batches: each is joined while the one before is mapped, and knows what that one will have delivered. */
import { expect, test } from 'vitest';
import { HOUR, journal, START } from '../support/journal.ts';

const COUNT = 3_500;
const entryOf = (index: number, seconds = 0) => ({
  id: `e${index}`,
  at: new Date(START - HOUR + index * 100 + seconds * 1_000).toISOString(),
});

test('a record that a later batch of its page repeats is delivered once, and once more where it changed', async () => {
  const items = Array.from({ length: COUNT }, (_, index) => entryOf(index));
  // In the next batch as it was, in the one after that with another time.
  items.splice(1_500, 0, entryOf(5));
  items.splice(2_500, 0, entryOf(7, 60));
  const vendor = journal({
    cursor: { slice: undefined, query: { since: '${cursor}' }, start: '1d' },
    answer: (_request, _count, page) => ({ ...page, body: { items } }),
  });
  const { summary } = await vendor.run();
  expect(summary).toMatchObject({
    end: 'done',
    records: COUNT + 2,
    events: COUNT + 1,
    unchanged: 1,
    dead: 0,
  });
  const ids = vendor.ids();
  const order = items.map(({ id }) => id);
  order.splice(1_500, 1);
  expect(ids).toEqual(order);
  expect(ids.filter((id) => id === 'e5')).toHaveLength(1);
  expect(ids.filter((id) => id === 'e7')).toHaveLength(2);
  expect((await vendor.run({ full: true })).summary).toMatchObject({ end: 'done' });
});

test('a record without a key is told of whatever batch it is in, and all others are delivered', async () => {
  const items = Array.from({ length: COUNT }, (_, index) => entryOf(index));
  const keyless = [3, 999, 1_000, 2_345, COUNT - 1];
  for (const index of keyless) (items[index] as { id?: string }).id = undefined as never;
  const vendor = journal({
    cursor: { slice: undefined, query: { since: '${cursor}' }, start: '1d' },
    answer: (_request, _count, page) => ({ ...page, body: { items } }),
  });
  const { summary } = await vendor.run();
  expect(summary).toMatchObject({ end: 'done', records: COUNT, events: COUNT - 5, dead: 5 });
  expect(vendor.ids()).toEqual(items.flatMap(({ id }) => id ?? []));
  expect(vendor.dead()).toHaveLength(5);
});
