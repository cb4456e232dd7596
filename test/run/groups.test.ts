import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import { createGroupTable } from '../../engine/join/group-table.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { Json } from '../support/tenant.ts';
import { startVendor, type Told } from '../support/vendor.ts';

const ALERTS = {
  endpoints: {
    alerts: { path: '/alerts', records: 'value', key: 'id', pagination: { type: 'odata_next_link' } },
  },
  streams: {
    incidents: {
      record: { incident: 'alerts' },
      group: { by: 'incident.number', as: 'alerts' },
    },
  },
};

/** 25 alerts on three pages: nine incidents whose members lie pages apart. */
const alerts = (): Json[] =>
  Array.from({ length: 25 }, (_, index) => ({
    id: `a${String(index).padStart(2, '0')}`,
    incident: { number: index % 9 },
    n: index,
  }));

const members = ({ incident }: Told): string =>
  `${incident.number}: ${incident.alerts.map(({ n }: Json) => n)}`;

const EXPECTED = [
  '0: 0,9,18',
  '1: 1,10,19',
  '2: 2,11,20',
  '3: 3,12,21',
  '4: 4,13,22',
  '5: 5,14,23',
  '6: 6,15,24',
  '7: 7,16',
  '8: 8,17',
];

async function incidents(list: Json[]) {
  const vendor = await startVendor(ALERTS);
  vendor.lists['/alerts'] = list;
  return vendor;
}

test('records with one value make one record, over pages, known by that value', async () => {
  const vendor = await incidents(alerts());
  const { events, summary } = await vendor.run();
  expect(events.map(members)).toEqual(EXPECTED);
  expect(events[0].incident.alerts[1]).toEqual({ id: 'a09', incident: { number: 0 }, n: 9 });
  expect(new Set(events.map(({ change }) => change.uid)).size).toBe(9);
  expect(summary).toMatchObject({ end: 'done', pages: 3, records: 9, events: 9, joined: 25, filtered: 0 });
  // The table on the disk is gone.
  expect(readdirSync(join(vendor.state, 'acme')).filter((name) => name.includes('groups'))).toEqual([]);
});

test('an unchanged group gives nothing, in whatever order its members come', async () => {
  const vendor = await incidents(alerts());
  await vendor.run();
  expect((await vendor.run()).events).toEqual([]);
  vendor.lists['/alerts'] = alerts().reverse();
  expect((await vendor.run()).events).toEqual([]);
});

test('a change of one member, one more and one less each update their group', async () => {
  const vendor = await incidents(alerts());
  await vendor.run();
  const changed = alerts().filter(({ id }) => id !== 'a07');
  changed[3] = { ...changed[3], n: 'other' };
  vendor.lists['/alerts'] = [...changed, { id: 'new', incident: { number: 8 }, n: 'new' }];
  const { events } = await vendor.run();
  expect(events.map((event) => `${members(event)} ${event.change.type}`)).toEqual([
    '3: other,12,21 update',
    '8: 8,17,new update',
    '7: 16 update',
  ]);
});

test('a record that is listed twice is one member, as it was last listed', async () => {
  const [first, ...others] = alerts() as [Json, ...Json[]];
  const vendor = await incidents([first, ...others, { ...first, n: 'again' }]);
  expect((await vendor.run()).events.map(members)).toEqual(['0: again,9,18', ...EXPECTED.slice(1)]);
});

test('records without a key are members each', async () => {
  const vendor = await incidents([1, 2, 2].map((n) => ({ incident: { number: 5 }, n })));
  expect((await vendor.run()).events.map(members)).toEqual(['5: 1,2']);
});

test('a record without the value belongs to no group, and is counted', async () => {
  const others = [null, '', undefined, true, {}].map((number, index) => ({
    id: `other ${index}`,
    incident: { number },
  }));
  const vendor = await incidents([...others, ...alerts(), { id: 'none' }]);
  const { events, summary, dead } = await vendor.run();
  expect([events.map(members), dead]).toEqual([EXPECTED, []]);
  expect(summary).toMatchObject({ records: 15, events: 9, filtered: 6 });
});

test('the table gives groups in the order in which they came, and leaves no file', () => {
  const path = join(temporaryDirectory(), 'groups');
  const table = createGroupTable(path, nodeByteFiles);
  table.put([
    { group: 'b', key: '2', record: 'b2' },
    { group: 'a', key: '1', record: 'a1' },
    { group: 'b', key: '1', record: 'b1' },
  ]);
  table.put([
    { group: 'c', key: '1', record: 'c1' },
    { group: 'a', key: '1', record: 'a1 again' },
  ]);
  expect([...table.groups()]).toEqual([
    { group: 'b', records: ['b1', 'b2'] },
    { group: 'a', records: ['a1 again'] },
    { group: 'c', records: ['c1'] },
  ]);
  table.close();
  expect(existsSync(path)).toBe(false);
});
