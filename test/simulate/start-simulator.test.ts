import { request } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../engine/simulate/index.ts';
import { startSimulator } from '../../engine/simulate/index.ts';
import {
  bearer,
  definitionOf,
  getJson,
  logVendorText,
  startLogVendor,
  startMicrosoft,
} from './support/simulators.ts';

async function rawMachines(origin: string, headers: Record<string, string>) {
  return new Promise<{ headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    request(`${origin}/api/machines?$top=500`, { headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => resolve({ headers: answer.headers, bytes: Buffer.concat(pieces) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('startSimulator', () => {
  it('gives a connector its settings and secrets, with its own origin in them', async () => {
    const simulator = await startMicrosoft();
    await simulator.close();
    expect(simulator.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(simulator.settings).toEqual({
      tenant_id: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      client_id: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      token_url: `${simulator.origin}/${simulator.settings.tenant_id}/oauth2/v2.0/token`,
      api_url: simulator.origin,
      graph_url: simulator.origin,
      xdr_url: simulator.origin,
      export_origin: simulator.origin,
    });
    expect(Object.keys(simulator.secrets)).toEqual(['client_secret']);
  });

  it('gives the same records for the same seed and now, and others for another', async () => {
    const recordsOf = async (options: { seed?: number; now?: string }) => {
      const simulator = await startMicrosoft(options);
      const { bytes } = await rawMachines(simulator.origin, await bearer(simulator));
      await simulator.close();
      return bytes.toString().slice(bytes.indexOf('"value"'));
    };
    const first = await recordsOf({});
    expect(await recordsOf({})).toBe(first);
    expect(await recordsOf({ seed: 2 })).not.toBe(first);
    expect(await recordsOf({ now: '2026-11-21T00:00:00Z' })).not.toBe(first);
  });

  it('compresses as the client accepts it, what the vendor prefers first', async () => {
    const simulator = await startMicrosoft();
    const authorization = await bearer(simulator);
    const plain = await rawMachines(simulator.origin, authorization);
    expect(plain.headers).toMatchObject({
      'content-type': 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8',
      'odata-version': '4.0',
      'transfer-encoding': 'chunked',
      vary: 'Accept-Encoding',
    });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    const asked = (accepted: string) =>
      rawMachines(simulator.origin, { ...authorization, 'accept-encoding': accepted });
    const gzip = await asked('gzip');
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true);
    const deflate = await asked('gzip, deflate, br');
    expect(deflate.headers['content-encoding']).toBe('deflate');
    expect(inflateSync(deflate.bytes).equals(plain.bytes)).toBe(true);
    expect((await asked('deflate;q=0, gzip')).headers['content-encoding']).toBe('gzip');
    expect((await asked('br')).headers).not.toHaveProperty('content-encoding');
    await simulator.close();
  });

  it('has as many records as its scale says, and refuses a scale that it does not know', async () => {
    const simulator = await startMicrosoft({ scale: { machines: 50 } });
    await simulator.close();
    expect([...simulator.records('machines')]).toHaveLength(50);
    expect([...simulator.records('managed_devices')]).toHaveLength(49);
    await expect(startMicrosoft({ scale: { machine: 5 } })).rejects.toMatchObject({
      code: 'simulate-unknown-scale',
      fix: 'did you mean `machines`?',
    });
    await expect(startMicrosoft({ scale: { machines: 1.5 } })).rejects.toMatchObject({
      code: 'simulate-wrong-scale',
    });
    await expect(startMicrosoft({ now: 'today' })).rejects.toMatchObject({ code: 'simulate-wrong-time' });
  });

  it('refuses a port that is taken', async () => {
    const simulator = await startLogVendor();
    const port = Number(new URL(simulator.origin).port);
    await expect(startSimulator(definitionOf(logVendorText), { port })).rejects.toMatchObject({
      code: 'simulate-port',
    });
    await simulator.close();
  });

  it('moves the tenant and tells what it saw over HTTP', async () => {
    const simulator = await startMicrosoft();
    const headers = await bearer(simulator);
    const machines = async () =>
      (await getJson(`${simulator.origin}/api/machines?$top=1000`, headers)).body.value;
    const before = await machines();
    const advance = { method: 'POST', body: new URLSearchParams({ steps: '2' }) };
    expect(await (await fetch(`${simulator.origin}/_simulator/advance`, advance)).json()).toEqual({
      epoch: 2,
    });
    const after = await machines();
    expect(after).not.toEqual(before);
    const since = '2026-11-19T22:00:00Z';
    const moved = await getJson(`${simulator.origin}/api/machines?$filter=lastSeen ge ${since}`, headers);
    expect(moved.body.value.length).toBeGreaterThan(40);
    expect(moved.body.value.length).toBeLessThan(120);
    await fetch(`${simulator.origin}/api/machines`);
    await fetch(`${simulator.origin}/nowhere`);
    const audit = (await (await fetch(`${simulator.origin}/_simulator/audit`)).json()) as AuditReport;
    expect(audit).toEqual(simulator.audit());
    expect(audit).toEqual({
      requests: {
        token: { total: 1, statuses: { 200: 1 } },
        machines: { total: 4, statuses: { 200: 3, 401: 1 } },
        unknown: { total: 1, statuses: { 404: 1 } },
      },
      tokens: { issued: 1, refused: 0 },
      quotas: { defender: { calls: 3, refused: 0 } },
      records: { machines: before.length + after.length + moved.body.value.length },
      faults: {},
      wrongOrigin: { requests: 0, withAuthorization: 0, withSecret: 0 },
    });
    await simulator.close();
  });

  it('survives a client that goes away in the middle of a page', async () => {
    const simulator = await startMicrosoft({ scale: { machines: 10_000 } });
    const headers = await bearer(simulator);
    for (let n = 0; n < 3; n++) {
      const stop = new AbortController();
      const answer = await fetch(`${simulator.origin}/api/machines`, { headers, signal: stop.signal });
      expect(answer.status).toBe(200);
      stop.abort();
    }
    expect((await getJson(`${simulator.origin}/api/machines?$top=1`, headers)).body.value).toHaveLength(1);
    await simulator.close();
  });
});
