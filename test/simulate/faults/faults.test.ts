import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Fault, FaultRule, RunningSimulator } from '../../../engine/simulate/index.ts';
import {
  askToken,
  bearer,
  GRAPH_SCOPE,
  type ListBody,
  startLogVendor,
  startMicrosoft,
} from '../support/simulators.ts';

interface Raw {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  /** Whether the connection broke before the answer was complete. */
  broken: boolean;
  ms: number;
}

/** One GET without any help: nothing is decoded, followed or thrown. */
function rawGet(url: string, headers: Record<string, string>): Promise<Raw> {
  const started = performance.now();
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let head: Pick<Raw, 'status' | 'headers'> = { status: 0, headers: {} };
    const end = (broken: boolean) =>
      resolve({ ...head, bytes: Buffer.concat(pieces), broken, ms: performance.now() - started });
    request(url, { headers, agent: false }, (answer) => {
      head = { status: answer.statusCode ?? 0, headers: answer.headers };
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', () => end(true));
      answer.on('end', () => end(!answer.complete));
    })
      .on('error', () => end(true))
      .end();
  });
}

/** Lets a fault befall the first request for machines, and gives that answer and the one after it. */
async function withFault(fault: Fault, headers: Record<string, string> = {}) {
  const simulator = await startMicrosoft({ faults: [{ on: 'machines', nth: 1, fault }] });
  const all = { ...(await bearer(simulator)), ...headers };
  const first = await rawGet(`${simulator.origin}/api/machines?$top=50`, all);
  const second = await rawGet(`${simulator.origin}/api/machines?$top=50`, all);
  const audit = simulator.audit();
  await simulator.close();
  expect(audit.faults).toEqual({ [fault.type]: 1 });
  return { simulator, first, second, audit };
}

/** Walks the managed devices in pages of 50 with a rule in force. */
async function walkDevices(rules: Omit<FaultRule, 'on'>[], pagesMax = 12) {
  const simulator = await startMicrosoft({
    faults: rules.map((rule) => ({ on: 'managed_devices', ...rule })),
  });
  const headers = await bearer(simulator, GRAPH_SCOPE);
  const pages: ListBody[] = [];
  const first = `${simulator.origin}/v1.0/deviceManagement/managedDevices?$top=50`;
  for (let next: string | undefined = first; next && pages.length < pagesMax; ) {
    const { bytes } = await rawGet(next, headers);
    const body = JSON.parse(bytes.toString()) as ListBody;
    pages.push(body);
    next = body['@odata.nextLink'];
  }
  const truth = [...simulator.records('managed_devices')];
  const audit = simulator.audit();
  await simulator.close();
  return { simulator, pages, records: pages.flatMap(({ value }) => value), truth, audit };
}

describe('a fault instead of the answer', () => {
  it('is a status, with Retry-After in seconds, as a date, or not at all', async () => {
    const plain = await withFault({ type: 'status', status: 503 });
    expect(plain.first.status).toBe(503);
    expect(plain.first.headers).not.toHaveProperty('retry-after');
    expect(plain.second.status).toBe(200);
    const seconds = await withFault({ type: 'status', status: 429, retry_after: 7 });
    expect(seconds.first.headers['retry-after']).toBe('7');
    const date = await withFault({ type: 'status', status: 503, retry_after_date: 60 });
    const waitMs = Date.parse(String(date.first.headers['retry-after'])) - Date.now();
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThan(61_000);
  });

  it('is a page of HTML', async () => {
    const { first } = await withFault({ type: 'html' });
    expect(first.status).toBe(502);
    expect(first.headers['content-type']).toBe('text/html');
    expect(first.bytes.toString()).toContain('<html>');
  });

  it('is a redirect to another origin', async () => {
    const { first, simulator } = await withFault({ type: 'redirect' });
    expect(first.status).toBe(307);
    const other = simulator.origin.replace('127.0.0.1', 'localhost');
    expect(first.headers.location).toBe(`${other}/api/machines?$top=50`);
  });

  it('is a broken connection', async () => {
    const { first, second, audit } = await withFault({ type: 'reset' });
    expect(first).toMatchObject({ status: 0, broken: true });
    expect(second.status).toBe(200);
    expect(audit.requests.machines?.statuses).toEqual({ 0: 1, 200: 1 });
  });

  it('is an empty body', async () => {
    const { first } = await withFault({ type: 'empty_body' });
    expect(first).toMatchObject({ status: 200, broken: false });
    expect(first.bytes).toHaveLength(0);
  });

  it('is a token that has expired, and stays so until there is a new one', async () => {
    const simulator = await startMicrosoft({
      faults: [{ on: 'machines', nth: 2, fault: { type: 'expire_token' } }],
    });
    const old = await bearer(simulator);
    const statusOf = async (headers: { authorization: string }) =>
      (await rawGet(`${simulator.origin}/api/machines?$top=1`, headers)).status;
    expect([await statusOf(old), await statusOf(old), await statusOf(old)]).toEqual([200, 401, 401]);
    expect(await statusOf(await bearer(simulator))).toBe(200);
    await simulator.close();
  });

  it('can expire an API token, too', async () => {
    const simulator = await startLogVendor({ faults: [{ on: 'logs', fault: { type: 'expire_token' } }] });
    const headers = { authorization: `SSWS ${simulator.secrets.api_token}` };
    expect((await rawGet(`${simulator.origin}/api/v1/logs`, headers)).status).toBe(401);
    expect((await rawGet(`${simulator.origin}/api/v1/users`, headers)).status).toBe(401);
    await simulator.close();
  });
});

describe('a fault of the transfer', () => {
  it('breaks off in the middle of a plain or a compressed body', async () => {
    const plain = await withFault({ type: 'truncate_body', after_bytes: 1000 });
    expect(plain.first).toMatchObject({ status: 200, broken: true });
    expect(plain.first.bytes).toHaveLength(1000);
    const zipped = await withFault(
      { type: 'truncate_body', after_bytes: 500 },
      { 'accept-encoding': 'gzip' },
    );
    expect(zipped.first).toMatchObject({ broken: true });
    expect(zipped.first.headers['content-encoding']).toBe('gzip');
    expect(() => gunzipSync(zipped.first.bytes)).toThrow(/unexpected end/);
    expect(gunzipSync(zipped.second.bytes).toString()).toMatch(/\]\}$/);
  });

  it('ends a cut body as if it were whole', async () => {
    const fault: Fault = { type: 'truncate_body', after_bytes: 500, end: 'clean' };
    const { first } = await withFault(fault, { 'accept-encoding': 'gzip' });
    expect(first).toMatchObject({ status: 200, broken: false });
    expect(first.headers['content-length']).toBe('500');
    expect(() => gunzipSync(first.bytes)).toThrow(/unexpected end/);
  });

  it('cuts the JSON and says so in no header', async () => {
    const { first, second } = await withFault(
      { type: 'truncate_json', keep: 0.5 },
      { 'accept-encoding': 'gzip' },
    );
    expect(first.broken).toBe(false);
    expect(first.headers['content-length']).toBe(String(first.bytes.length));
    const text = gunzipSync(first.bytes).toString();
    expect(() => JSON.parse(text)).toThrow();
    expect(gunzipSync(second.bytes).toString().startsWith(text)).toBe(true);
  });

  it('names an encoding that the body is not in', async () => {
    const { first } = await withFault({ type: 'wrong_content_encoding' });
    expect(first.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(first.bytes.toString())).toHaveProperty('value');
  });

  it('is late, or comes drop by drop', async () => {
    const { first, second } = await withFault({ type: 'slow', for: '150ms' });
    expect(first.ms).toBeGreaterThan(145);
    expect(first.bytes.equals(second.bytes)).toBe(true);
    const drops = await withFault({ type: 'drip', bytes: 20_000, every: '30ms' });
    expect(drops.first.ms).toBeGreaterThan(85);
    expect(drops.first.bytes.equals(drops.second.bytes)).toBe(true);
  });
});

describe('a fault of the page', () => {
  it('leads to the same page for ever', async () => {
    const { pages } = await walkDevices([{ pages: [2], fault: { type: 'next_link_loop' } }], 5);
    expect(pages[2]?.value).toEqual(pages[1]?.value);
    expect(pages[4]?.value).toEqual(pages[1]?.value);
  });

  it('leads to another origin, where a credential that follows is seen', async () => {
    const { pages, simulator, audit } = await walkDevices([
      { pages: [1], fault: { type: 'next_link_other_origin' } },
    ]);
    const other = simulator.origin.replace('127.0.0.1', 'localhost');
    expect(pages[0]?.['@odata.nextLink']?.startsWith(`${other}/v1.0/`)).toBe(true);
    expect(audit.wrongOrigin).toEqual({ requests: 1, withAuthorization: 1, withSecret: 0 });
    const far = await walkDevices(
      [{ fault: { type: 'next_link_other_origin', origin: 'https://elsewhere.example' } }],
      1,
    );
    expect(far.pages[0]?.['@odata.nextLink']).toMatch(/^https:\/\/elsewhere\.example\/v1\.0\/.*\$skiptoken=/);
  });

  it('is short, and loses nothing', async () => {
    const { pages, records, truth } = await walkDevices([
      { nth: [1, 3], fault: { type: 'short_page', keep: 10 } },
    ]);
    expect(pages.map(({ value }) => value.length)).toEqual([10, 50, 10, 50, 50, 26]);
    expect(records).toEqual(truth);
  });

  it('is empty with more to come', async () => {
    const { pages, records, truth } = await walkDevices([{ nth: 2, fault: { type: 'short_page', keep: 0 } }]);
    expect(pages[1]?.value).toEqual([]);
    expect(records).toEqual(truth);
  });

  it('holds a record twice', async () => {
    const { pages, records, truth } = await walkDevices([
      { pages: [2], fault: { type: 'duplicate_record' } },
    ]);
    expect(pages[1]?.value).toHaveLength(51);
    expect(pages[1]?.value.at(-1)).toEqual(pages[1]?.value[0]);
    expect(new Set(records.map(({ id }) => id)).size).toBe(truth.length);
  });

  it('is followed by one without records', async () => {
    const { pages, records, truth } = await walkDevices([{ fault: { type: 'extra_page' } }]);
    expect(pages.at(-1)?.value).toEqual([]);
    expect(records).toEqual(truth);
  });

  it('holds a record without its key', async () => {
    const { pages } = await walkDevices([{ pages: [1], fault: { type: 'broken_record', nth: 3 } }], 1);
    const without = pages[0]?.value
      .map((record, nth) => ('id' in record ? undefined : nth))
      .filter((n) => n !== undefined);
    expect(without).toEqual([2]);
  });
});

describe('a fault of the token endpoint', () => {
  const tokenWith = async (
    fault: Fault,
  ): Promise<{ simulator: RunningSimulator; body: Record<string, unknown> }> => {
    const simulator = await startMicrosoft({ faults: [{ on: 'token', times: 1, fault }] });
    const { body } = await askToken(simulator);
    await simulator.close();
    return { simulator, body };
  };

  it('leaves the roles out', async () => {
    const { body } = await tokenWith({ type: 'drop_roles' });
    const claims = JSON.parse(
      Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(claims).not.toHaveProperty('roles');
    expect(claims).toHaveProperty('aud');
  });

  it.each(['3599', -1, null, 'soon', 1e12])('gives the life of the token as %j', async (value) => {
    expect((await tokenWith({ type: 'bad_expires_in', value })).body.expires_in).toBe(value);
  });

  it('can be any other', async () => {
    expect((await tokenWith({ type: 'status', status: 503 })).body).toMatchObject({ error: { code: '503' } });
  });

  it('redirects the secret, which is seen where it should not be', async () => {
    const simulator = await startMicrosoft({
      faults: [{ on: 'token', nth: 1, fault: { type: 'redirect' } }],
    });
    // fetch follows a 307 with its body, as a careless client would.
    expect((await askToken(simulator)).status).toBe(200);
    expect(simulator.audit().wrongOrigin).toEqual({ requests: 1, withAuthorization: 0, withSecret: 1 });
    await simulator.close();
  });
});

describe('a rule', () => {
  const statuses = async (rule: Omit<FaultRule, 'fault'>, seed: number, count: number) => {
    const simulator = await startMicrosoft({
      seed,
      faults: [{ ...rule, fault: { type: 'status', status: 500 } }],
    });
    const headers = await bearer(simulator);
    const seen: number[] = [];
    for (let n = 0; n < count; n++)
      seen.push((await rawGet(`${simulator.origin}/api/machines?$top=1`, headers)).status);
    await simulator.close();
    return seen;
  };

  it('with a rate falls by the dice of the seed', async () => {
    const first = await statuses({ on: 'machines', rate: 0.5 }, 7, 40);
    expect(first.filter((status) => status === 500).length).toBeGreaterThan(8);
    expect(first.filter((status) => status === 200).length).toBeGreaterThan(8);
    expect(await statuses({ on: 'machines', rate: 0.5 }, 7, 40)).toEqual(first);
    expect(await statuses({ on: 'machines', rate: 0.5 }, 8, 40)).not.toEqual(first);
  });

  it('ends after its times', async () => {
    expect(await statuses({ on: 'machines', times: 2 }, 1, 4)).toEqual([500, 500, 200, 200]);
  });

  it('does not touch other endpoints', async () => {
    expect(await statuses({ on: 'managed_devices' }, 1, 2)).toEqual([200, 200]);
  });
});
