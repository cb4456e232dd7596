import { describe, expect, test } from 'vitest';
import { EngineError } from '../../engine/errors.ts';
import type { Walk } from '../../engine/fetch/walk.ts';
import { selectQuery } from '../../engine/run/asked-members.ts';
import { WalkedList } from '../../engine/run/lists.ts';
import { refusingSelections, watched } from '../support/between.ts';
import { byDevice, truth } from '../support/device-join.ts';
import { endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { changedConnector, smallPages, startTenant } from '../support/tenant.ts';

const SELECT = { select_parameter: '$select' };

describe('the query for some members', () => {
  test('has their names, where the vendor takes them', async () => {
    const { endpoint } = await endpointOf(SELECT);
    expect(selectQuery(endpoint, ['id', 'serial_No1'])).toEqual({ $select: 'id,serial_No1' });
  });

  test.each([
    ['the vendor takes none', {}, ['id']],
    ['all are needed', SELECT, undefined],
    ['the definition asks for some itself', { ...SELECT, query: { $select: 'id' } }, ['id', 'name']],
    ['the vendor knows them by other names', { ...SELECT, member_names: 'camel_case' as const }, ['id']],
    ['one has a comma in it', SELECT, ['id', 'a,b']],
    ['one has a letter that is none of ASCII', SELECT, ['id', 'größe']],
    ['they are too long for an address', SELECT, Array.from({ length: 200 }, (_, nth) => `member_${nth}`)],
    ['there are none', SELECT, []],
  ])('is empty where %s', async (_, definition, names) => {
    const { endpoint } = await endpointOf(definition);
    expect(selectQuery(endpoint, names)).toEqual({});
  });
});

const refused = new EngineError({ code: 'http-refused', kind: 'contract', message: 'no such member' });

/** A list of a vendor who refuses all that is asked, and what each walk over it was to ask for. */
async function refusedList(definition: Parameters<typeof endpointOf>[0]) {
  const { endpoint } = await endpointOf(definition);
  const begun: (readonly string[] | undefined)[] = [];
  const walk = { endpoint, abandon: () => {}, step: () => Promise.reject(refused) } as unknown as Walk;
  const begin = async (members: readonly string[] | undefined) => {
    begun.push(members);
    return walk;
  };
  return { begun, list: await WalkedList.begin(begin, { ignored: [], needed: ['id', 'guess'] }) };
}

describe('a joined list', () => {
  test('is asked for what the mapping and the join look at, on every page, and gives the same events', async () => {
    const tenant = await startTenant({ scale: { machines: 120 } });
    const { env, asked } = watched(tenant.env);
    const { events } = await tenant.run({ env }, await changedConnector(smallPages));
    const selected = asked().filter((request) => request.includes(' $select,'));
    expect(byDevice(events)).toEqual(truth(tenant));
    const pages = tenant.simulator.audit().requests.managed_devices?.total ?? 0;
    expect(pages).toBeGreaterThan(3);
    expect(selected).toHaveLength(pages);
    const names = / \$select,(\S*)/.exec(selected[0] ?? '')?.[1]?.split(',') ?? [];
    expect(names).toEqual(expect.arrayContaining(['id', 'azureADDeviceId', 'lastSyncDateTime']));
    expect(names.length).toBeLessThan(Object.keys(tenant.managedDevices()[0] ?? {}).length / 2);
  });

  test('that a vendor refuses to give in part is asked for as a whole, once', async () => {
    const { list, begun } = await refusedList(SELECT);
    expect(await failureOf(() => list.step())).toMatchObject({ code: 'http-refused', retry: 'backoff' });
    expect(begun).toEqual([['id', 'guess'], undefined]);
    expect(await failureOf(() => list.step())).toBe(refused);
    expect(begun).toHaveLength(2);
  });

  test('comes from a vendor who knows of no such names, after one more attempt', async () => {
    const tenant = await startTenant({ scale: { machines: 60 } });
    const { events, summary } = await tenant.run({ env: refusingSelections(tenant.env) });
    expect(byDevice(events)).toEqual(truth(tenant));
    expect(summary).toMatchObject({ end: 'done', retries: 1 });
  });

  test('that could not be asked for in part is refused once and for all', async () => {
    const { list, begun } = await refusedList({});
    expect(await failureOf(() => list.step())).toBe(refused);
    expect(begun).toHaveLength(1);
  });
});
