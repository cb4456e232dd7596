import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../../engine/simulate/index.ts';
import { bearer, GRAPH_SCOPE, getJson, startMicrosoft } from '../support/simulators.ts';

let simulator: RunningSimulator;
let headers: { authorization: string };
let address: string;
beforeAll(async () => {
  simulator = await startMicrosoft({ scale: { machines: 2600 } });
  headers = await bearer(simulator, GRAPH_SCOPE);
  address = `${simulator.settings.graph_url}/v1.0/deviceManagement/managedDevices`;
});
afterAll(() => simulator.close());

async function walk(first: string, between: () => void = () => {}) {
  const pages: Record<string, unknown>[][] = [];
  for (let next: string | undefined = first; next !== undefined; ) {
    const { body } = await getJson(next, headers);
    expect(body['@odata.count']).toBe(body.value.length);
    pages.push(body.value);
    next = body['@odata.nextLink'];
    between();
  }
  return pages;
}

describe('odata_next_link', () => {
  it('gives pages of 1,000 with their count, and the next one by an encoded key', async () => {
    const { body } = await getJson(address, headers);
    expect(Object.keys(body)).toEqual(['@odata.context', '@odata.count', '@odata.nextLink', 'value']);
    const next = body['@odata.nextLink'] as string;
    expect(next).toMatch(
      /\?\$skiptoken=LastDeviceName%3d%27[^%]+%27%2cLastDeviceId%3d%27[0-9a-f-]{36}%27%2c/,
    );
    expect(next).toContain(`LastDeviceId%3d%27${body.value.at(-1)?.id}%27`);
    const pages = await walk(address);
    expect(pages.map(({ length }) => length)).toEqual([1000, 1000, 548]);
    expect(pages.flat()).toEqual([...simulator.records('managed_devices')]);
  });

  it('keeps the other parameters as they were sent', async () => {
    const filter = '$filter=operatingSystem%20eq%20%27Windows%27';
    const { body } = await getJson(`${address}?$top=300&${filter}`, headers);
    expect(body['@odata.nextLink']).toContain(`?$top=300&${filter}&$skiptoken=`);
    const records = (await walk(`${address}?$top=300&${filter}`)).flat();
    expect(records).toEqual(
      [...simulator.records('managed_devices')].filter((r) => r.operatingSystem === 'Windows'),
    );
  });

  it('cuts `$top` down to the maximum', async () => {
    expect((await getJson(`${address}?$top=5000`, headers)).body.value).toHaveLength(1000);
  });

  it('refuses a token that is none', async () => {
    expect((await getJson(`${address}?$skiptoken=abc`, headers)).answer.status).toBe(400);
  });

  it('neither loses nor repeats a record when the tenant moves during the walk', async () => {
    const moving = await startMicrosoft({ scale: { machines: 2600 } });
    const before = new Set([...moving.records('managed_devices')].map(({ id }) => id));
    headers = await bearer(moving, GRAPH_SCOPE);
    const seen = (await walk(`${moving.origin}/v1.0/deviceManagement/managedDevices`, () => moving.advance()))
      .flat()
      .map(({ id }) => id);
    const after = new Set([...moving.records('managed_devices')].map(({ id }) => id));
    await moving.close();
    expect(new Set(seen).size).toBe(seen.length);
    expect([...before].filter((id) => after.has(id) && !seen.includes(id))).toEqual([]);
    headers = await bearer(simulator, GRAPH_SCOPE);
  });
});
