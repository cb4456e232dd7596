import { describe, expect, it } from 'vitest';
import type { FaultRule, RunningSimulator } from '../../engine/simulate/index.ts';
import { bearer, GRAPH_SCOPE, getJson, startMicrosoft } from './support/simulators.ts';
import { type Row, walk } from './support/walks.ts';

const scale = { machines: 80, incidents: 120, alerts: 300 };
const XDR_SCOPE = 'https://api.security.microsoft.com/.default';
const INCIDENTS = '/v1.0/security/incidents';

async function world(scope: string, faults: FaultRule[] = []) {
  const simulator = await startMicrosoft({ scale, faults });
  const headers = await bearer(simulator, scope);
  const get = async (path: string) => {
    const { answer, body } = await getJson(simulator.origin + path, headers);
    return { status: answer.status, body: body as unknown as Row & { value: Row[] } };
  };
  return { simulator, headers, get };
}

async function batch(simulator: RunningSimulator, headers: Record<string, string>, requests: unknown[]) {
  const answer = await fetch(`${simulator.origin}/v1.0/$batch`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  });
  const body = (await answer.json()) as { responses: { id: string; status: number; body: Row }[] };
  return { status: answer.status, body };
}

const ask = (urls: string[]) => urls.map((url, n) => ({ id: String(n + 1), method: 'GET', url }));

describe('alerts', () => {
  it('carry evidence only where it is asked for, every item with all keys', async () => {
    const { simulator, get } = await world('https://api.securitycenter.microsoft.com/.default');
    const bare = await get('/api/alerts?$top=300');
    const full = await get('/api/alerts?$top=300&$expand=evidence');
    expect((await get('/api/alerts?$expand=machine')).status).toBe(400);
    const truth = new Map([...simulator.records('alerts')].map((alert) => [alert.id, alert]));
    await simulator.close();
    expect(full.body.value).toHaveLength(300);
    expect(bare.body.value).toEqual(full.body.value.map((alert) => ({ ...alert, evidence: [] })));
    for (const alert of full.body.value) expect(alert).toEqual(truth.get(alert.id));
    const created = full.body.value.map(({ alertCreationTime }) => Date.parse(String(alertCreationTime)));
    expect(created).toEqual([...created].sort((a, b) => b - a));
    const items = full.body.value.flatMap(({ evidence }) => evidence as Row[]);
    expect(new Set(items.map((item) => Object.keys(item).length))).toEqual(new Set([25]));
    expect(new Set(items.map(({ entityType }) => entityType))).toEqual(
      new Set(['User', 'Process', 'File', 'Ip', 'Url', 'Registry', 'Hologram']),
    );
    const machines = new Set([...simulator.records('machines')].map(({ id }) => id));
    expect(full.body.value.every(({ machineId }) => machines.has(machineId))).toBe(true);
    expect(full.body.value.some(({ incidentId }) => incidentId === null)).toBe(true);
    expect(full.body.value.some(({ mitreTechniques }) => (mitreTechniques as string[]).length === 0)).toBe(
      true,
    );
  });

  it('are the same in each of their three shapes', async () => {
    const { simulator } = await world(GRAPH_SCOPE);
    const shapes = () => {
      const alerts = [...simulator.records('alerts')];
      const graph = new Map([...simulator.records('graph_alerts')].map((alert) => [alert.id, alert]));
      const nested = [...simulator.records('xdr_incidents')].flatMap(({ alerts }) => alerts as Row[]);
      const xdr = new Map(nested.map((alert) => [alert.alertId, alert]));
      for (const { id, incidentId, lastUpdateTime, status } of alerts) {
        expect(graph.get(id)).toMatchObject({
          incidentId: incidentId === null ? null : String(incidentId),
          lastUpdateDateTime: lastUpdateTime,
        });
        if (incidentId !== null)
          expect(xdr.get(id)).toMatchObject({ incidentId, lastUpdatedTime: lastUpdateTime, status });
      }
      const ofAnIncident = alerts.filter(({ incidentId }) => incidentId !== null);
      expect(xdr.size).toBe(ofAnIncident.length);
      return new Map(alerts.map((alert) => [alert.id, alert]));
    };
    const before = shapes();
    simulator.advance();
    const after = shapes();
    await simulator.close();
    const moved = [...after.values()].filter(
      (alert) => before.has(alert.id) && before.get(alert.id)?.lastUpdateTime !== alert.lastUpdateTime,
    );
    expect(moved.length).toBeGreaterThan(10);
    const states = [...after.values()].filter(
      (alert) => before.has(alert.id) && before.get(alert.id)?.status !== alert.status,
    );
    expect(states.length).toBeGreaterThan(3);
    expect(states.filter((alert) => !moved.includes(alert))).toEqual([]);
    expect(after.size - before.size).toBe(8);
  });
});

describe('incidents', () => {
  it('come in the order that is asked for, page by page, up to where next links end', async () => {
    const { simulator, headers, get } = await world(GRAPH_SCOPE);
    const { rows, pages } = await walk(
      `${simulator.origin}${INCIDENTS}?$top=50&$orderby=lastUpdateDateTime asc`,
      headers,
    );
    expect(pages).toHaveLength(3);
    const times = rows.map(({ lastUpdateDateTime }) => Date.parse(String(lastUpdateDateTime)));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(120);
    expect(new Set(times).size).toBeLessThan(120);
    const truth = [...simulator.records('graph_incidents')];
    expect(rows.every((row) => !('alerts' in row))).toBe(true);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(truth.map(({ id }) => id)));
    const newest = await get(`${INCIDENTS}?$top=50`);
    const created = newest.body.value.map(({ createdDateTime }) => Date.parse(String(createdDateTime)));
    expect(created).toEqual([...created].sort((a, b) => b - a));
    expect((await get(`${INCIDENTS}?$orderby=severity asc`)).status).toBe(400);
    expect((await get(`${INCIDENTS}?$skip=501`)).status).toBe(400);
    const since = String(rows[100]?.lastUpdateDateTime);
    const window = await get(
      `${INCIDENTS}?$top=50&$orderby=lastUpdateDateTime asc&$filter=lastUpdateDateTime ge ${since}`,
    );
    expect(window.body.value).toEqual(rows.slice(times.indexOf(times[100] as number)));
    await simulator.close();
  });

  it('are had one by one with their alerts', async () => {
    const { simulator, get } = await world(GRAPH_SCOPE);
    const [incident] = [...simulator.records('graph_incidents')];
    const { '@odata.context': context, ...body } = (await get(`${INCIDENTS}/${incident?.id}?$expand=alerts`))
      .body;
    expect(context).toBe(`${simulator.origin}/v1.0/$metadata#security/incidents/$entity`);
    expect(body).toEqual(incident);
    expect((body.alerts as unknown as Row[]).every(({ incidentId }) => incidentId === incident?.id)).toBe(
      true,
    );
    expect((await get(`${INCIDENTS}/${incident?.id}`)).body).not.toHaveProperty('alerts');
    expect(await get(`${INCIDENTS}/1`)).toMatchObject({
      status: 404,
      body: { error: { code: 'ResourceNotFound' } },
    });
    await simulator.close();
  });

  it('of XDR want a token of their own, and at most a hundred a page', async () => {
    const { simulator, get } = await world(XDR_SCOPE);
    const first = await get('/api/incidents?$top=100');
    const second = await get('/api/incidents?$top=100&$skip=100');
    expect([...first.body.value, ...second.body.value]).toHaveLength(120);
    expect((await get('/api/incidents?$top=101')).status).toBe(400);
    expect((await get('/api/alerts')).status).toBe(403);
    await simulator.close();
  });
});

describe('a batch', () => {
  it('is answered as its requests would be one by one, in any order', async () => {
    const { simulator, headers, get } = await world(GRAPH_SCOPE);
    const ids = [...simulator.records('graph_incidents')]
      .slice(0, 17)
      .map(({ id }) => `/security/incidents/${id}?$expand=alerts`);
    const urls = [...ids, '/security/incidents/1', '/nowhere', '/deviceManagement/managedDevices?$top=2'];
    const { status, body } = await batch(simulator, headers, ask(urls));
    expect(status).toBe(200);
    expect(body.responses).toHaveLength(20);
    expect(body.responses.map(({ id }) => id)).not.toEqual(urls.map((_, n) => String(n + 1)));
    for (const [n, url] of urls.entries()) {
      const inner = body.responses.find(({ id }) => id === String(n + 1));
      if (url === '/nowhere') {
        expect(inner?.status).toBe(404);
        continue;
      }
      const alone = await get(`/v1.0${url}`);
      expect(inner?.status).toBe(alone.status);
      if (alone.status === 200) expect(inner?.body).toEqual(alone.body);
    }
    expect(simulator.audit().requests.incident_alerts).toEqual({ total: 36, statuses: { 200: 34, 404: 2 } });
    await simulator.close();
  });

  it('takes twenty requests at most, and minds roles within', async () => {
    const { simulator, headers } = await world(GRAPH_SCOPE);
    expect((await batch(simulator, headers, ask(Array(21).fill('/security/incidents')))).status).toBe(400);
    expect((await batch(simulator, {}, ask(['/security/incidents']))).status).toBe(401);
    const other = await bearer(simulator, XDR_SCOPE);
    const { body } = await batch(simulator, other, ask(['/security/incidents']));
    expect(body.responses[0]).toMatchObject({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationToken' } },
    });
    await simulator.close();
  });

  it('can fail as a whole, in some requests, or leave a response out', async () => {
    const { simulator, headers } = await world(GRAPH_SCOPE, [
      { on: 'incident_alerts', keys: ['28001'], query: '$expand', fault: { type: 'status', status: 500 } },
      { on: 'incident_alerts', keys: ['28002'], fault: { type: 'missing_response' } },
      { on: 'graph_batch', nth: 2, fault: { type: 'status', status: 503 } },
    ]);
    const urls = ['28001', '28002', '28003'].map((id) => `/security/incidents/${id}?$expand=alerts`);
    const { body } = await batch(simulator, headers, ask([...urls, '/security/incidents/28001']));
    const statuses = Object.fromEntries(body.responses.map(({ id, status }) => [id, status]));
    expect(statuses).toEqual({ 1: 500, 3: 200, 4: 200 });
    expect((await batch(simulator, headers, ask(urls))).status).toBe(503);
    await simulator.close();
  });
});

describe('a managed device alone', () => {
  it('shows what lists leave out, where it is selected', async () => {
    const { simulator, get } = await world(GRAPH_SCOPE);
    const devices = [...simulator.records('managed_devices', { details: true })];
    const listed = new Map([...simulator.records('managed_devices')].map((device) => [device.id, device]));
    const full = devices.filter(({ ethernetMacAddress }) => ethernetMacAddress !== null);
    expect(full.length).toBeGreaterThan(40);
    const [{ id, ethernetMacAddress, physicalMemoryInBytes } = {}] = full;
    const path = `/v1.0/deviceManagement/managedDevices/${id}`;
    const { body } = await get(`${path}?$select=id,ethernetMacAddress,physicalMemoryInBytes`);
    expect(body).toMatchObject({ id, ethernetMacAddress, physicalMemoryInBytes });
    expect((await get(path)).body).toMatchObject({
      ...listed.get(id),
      ethernetMacAddress: null,
      physicalMemoryInBytes: 0,
    });
    const list = await get('/v1.0/deviceManagement/managedDevices?$select=id,ethernetMacAddress');
    expect(list.body.value.every((device) => device.ethernetMacAddress === null)).toBe(true);
    await simulator.close();
  });

  it('gives of a list the members that are selected, as it gives them with all others', async () => {
    const { simulator, get } = await world(GRAPH_SCOPE);
    const path = '/v1.0/deviceManagement/managedDevices';
    const { value: all } = (await get(path)).body;
    const names = Object.keys(all[0] ?? {});
    const selections = [names, names.slice(0, 7), names.filter((_, nth) => nth % 3 === 1), ['id', 'none']];
    for (const selected of selections) {
      const { value } = (await get(`${path}?$select=${selected.join()}`)).body;
      const part = (device: Record<string, unknown>) =>
        Object.entries(device).filter(([name]) => selected.includes(name));
      expect(value.map((device) => Object.entries(device))).toEqual(all.map(part));
    }
    await simulator.close();
  });
});

describe('the machines of a recommendation', () => {
  it('are listed below it, as many as it says, without those that are gone', async () => {
    const { simulator, get } = await world('https://api.securitycenter.microsoft.com/.default');
    for (let step = 0; step < 2; step++) {
      const machines = new Set([...simulator.records('machines')].map(({ id }) => id));
      for (const { id, exposedMachinesCount } of [...simulator.records('recommendations')].slice(0, 5)) {
        const { body } = await get(
          `/api/recommendations/${encodeURIComponent(String(id))}/machineReferences`,
        );
        expect(body.value).toHaveLength(exposedMachinesCount as number);
        expect(body.value.every((reference) => machines.has(reference.id))).toBe(true);
        expect(new Set(body.value.map((reference) => reference.id)).size).toBe(body.value.length);
      }
      simulator.advance(20);
    }
    expect((await get('/api/recommendations/va-_-nobody-_-nothing/machineReferences')).status).toBe(404);
    await simulator.close();
  });
});
