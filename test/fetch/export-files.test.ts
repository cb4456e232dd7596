import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { bearer } from '../../engine/auth/bearer.ts';
import { EngineError } from '../../engine/errors.ts';
import { RateLimiter } from '../../engine/fetch/rate-limit.ts';
import { requestBase } from '../../engine/fetch/request.ts';
import { Walk } from '../../engine/fetch/walk.ts';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { ATTEMPTS_MAX, FILE_PAGE_BYTES_MAX } from '../../engine/limits.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { Secret } from '../../engine/secret.ts';
import { endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { listen } from '../support/listen.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What the storage does at a request for a file; `nth` counts the requests for it from 1. */
type Answer = (response: ServerResponse, nth: number) => void;

const XML = '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code></Error>';
const send =
  (body: Uint8Array | string, status = 200): Answer =>
  (response) => {
    response.statusCode = status;
    response.end(body);
  };
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `{"Id":${from + index}}\n`).join('');
const zipped = (from: number, to: number) => gzipSync(rows(from, to));
/** Announces all of the body, sends a part and cuts the connection. */
const cut =
  (body: Uint8Array, part: number): Answer =>
  (response) => {
    response.setHeader('content-length', body.length);
    response.write(body.subarray(0, part), () => response.destroy());
  };

interface Setting {
  files: Record<string, Answer>;
  /** Of the nth list; the storage's files unless told otherwise. */
  list?: (nth: number, storage: string) => unknown;
  origins?: (storage: string) => string[];
  bodyIdleMs?: number;
}

/** An API and a storage on loopback, and a walk over the export. */
async function exportOf({ files, list, origins, bodyIdleMs }: Setting) {
  const seen: { url: string; headers: IncomingHttpHeaders }[] = [];
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1).get(name) ?? 0;
  const storage = await listen((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    const name = request.url?.replace(/^\/|\?.*$/g, '') ?? '';
    (files[name] ?? send(XML, 403))(response, count(name));
  });
  const lists: IncomingHttpHeaders[] = [];
  const api = await listen((request, response) => {
    lists.push(request.headers);
    const urls = Object.keys(files).map((name) => `${storage.origin}/${name}?sig=canary${lists.length}`);
    response.end(JSON.stringify({ files: list?.(lists.length, storage.origin) ?? urls }));
  });
  const configured = await endpointOf(
    {
      pagination: {
        type: 'export_files',
        files: 'files',
        origins: origins?.(storage.origin) ?? [storage.origin],
      },
      headers: { 'x-canary': 'canary' },
    },
    { base_url: api.origin },
  );
  const network = createNetwork({
    grants: Grants.of({ allowed: [api.origin, storage.origin] }),
    ...(bodyIdleMs !== undefined && { timeouts: { bodyIdleMs } }),
  });
  closing.push(
    () => api.close(),
    () => storage.close(),
    () => network.close(),
  );
  const clock = new SimulatedClock();
  const { endpoint, configuration } = configured;
  const walk = new Walk({
    endpoint,
    base: await requestBase(endpoint, configuration, '2026-01-01T00:00:00Z'),
    authenticator: bearer({ type: 'bearer', token: new Secret('canary-token') }),
    rateLimiter: new RateLimiter([{ calls: 5, per_ms: 60_000 }], clock),
    env: { ...nodeEnv(network), clock },
  });
  return { walk, seen, lists, network, requestsFor: (name: string) => counts.get(name) ?? 0 };
}

/** Steps as a lane does, which tries again after an error that says so; gives the ids and the errors on the way. */
async function walked(walk: Walk) {
  const ids: number[] = [];
  const errors: EngineError[] = [];
  let attempts = 0;
  let largest = 0;
  for (;;) {
    try {
      const step = await walk.step();
      if (step.type !== 'page') return { ids, errors, largest, end: step };
      attempts = 0;
      largest = Math.max(largest, step.page.bytes);
      const { records } = step.page;
      for (let index = 0; index < records.recordCount; index++)
        ids.push((records.record(index) as { Id: number }).Id);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      expect(error.message + error.fix).not.toMatch(/canary|sig=/);
      errors.push(error);
      if (error.retry === 'never' || ++attempts >= ATTEMPTS_MAX) return { ids, errors, largest, end: error };
    }
  }
}

const all = (count: number) => Array.from({ length: count }, (_, id) => id);
const sorted = (ids: number[]) => [...ids].sort((a, b) => a - b);

describe('the files of an export', () => {
  test('are read one after the other: gzip, several members, plain lines, nothing', async () => {
    const { walk } = await exportOf({
      files: {
        a: send(zipped(0, 3)),
        b: send(Buffer.concat([zipped(3, 5), zipped(5, 6)])),
        empty: send(gzipSync('')),
        c: send(rows(6, 8)),
      },
    });
    const { ids, errors, end } = await walked(walk);
    expect([ids, errors, end]).toEqual([all(8), [], { type: 'end' }]);
    expect(walk.calls).toBe(5);
    expect(await walk.step()).toEqual({ type: 'end' });
  });

  test('are asked for without the token and without a header of the API', async () => {
    const { walk, seen, lists } = await exportOf({ files: { a: send(zipped(0, 1)) } });
    await walked(walk);
    expect(lists[0]).toMatchObject({ authorization: 'Bearer canary-token', 'x-canary': 'canary' });
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['connection', 'host']);
    expect(seen[0]?.url).toBe('/a?sig=canary1');
  });

  test('none at all are an empty list', async () => {
    const { walk } = await exportOf({ files: {}, list: () => [] });
    expect(await walk.step()).toEqual({ type: 'end' });
  });

  test('keep to the budget of the list, and need none themselves', async () => {
    const files = Object.fromEntries(all(9).map((n) => [`f${n}`, send(zipped(n, n + 1))]));
    expect((await walked((await exportOf({ files })).walk)).ids).toEqual(all(9));
  });

  test('of any size are read in pages, each no larger than its bound, while the sender waits', async () => {
    const line = (id: number) =>
      `{"Id":${id},"Pad":"${noise.toString('base64', id % 700, (id % 700) + 300)}"}\n`;
    const noise = randomBytes(1000);
    const count = 40_000;
    const body = gzipSync(Array.from({ length: count }, (_, id) => line(id)).join(''), { level: 1 });
    const { walk } = await exportOf({ files: { a: send(body) } });
    const { ids, largest, end } = await walked(walk);
    expect(end).toEqual({ type: 'end' });
    expect(ids).toEqual(all(count));
    expect(largest).toBeLessThanOrEqual(FILE_PAGE_BYTES_MAX);
    expect(largest).toBeGreaterThan(FILE_PAGE_BYTES_MAX / 2);
  });

  test('a download that waits for its reader is not too slow', async () => {
    const line = (id: number) => `{"Id":${id},"Pad":"${'x'.repeat(40_000)}"}\n`;
    const body = Buffer.from(all(500).map(line).join(''));
    const { walk } = await exportOf({ files: { a: send(body) }, bodyIdleMs: 300 });
    await walk.step();
    await new Promise((resolve) => setTimeout(resolve, 800));
    const { ids, errors } = await walked(walk);
    expect(errors).toEqual([]);
    expect(ids.at(-1)).toBe(499);
  });

  test('a network that closes under a download breaks nothing', async () => {
    const body = Buffer.from(
      all(500)
        .map((id) => `{"Id":${id},"Pad":"${'x'.repeat(40_000)}"}\n`)
        .join(''),
    );
    const { walk, network } = await exportOf({ files: { a: send(body) } });
    await walk.step();
    await network.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await failureOf(() => walk.step())).kind).toBe('transient');
  });
});

describe('a file that fails', () => {
  const half = zipped(0, 20_000);
  const failing: [string, Answer][] = [
    ['is cut', cut(half, half.length >> 1)],
    ['lacks the end of its gzip', send(half.subarray(0, half.length >> 1))],
    ['lacks the last byte', send(half.subarray(0, -1))],
    ['has a gzip that is followed by zeros', send(Buffer.concat([half, Buffer.alloc(8)]))],
    ['has a gzip that is followed by something else', send(Buffer.concat([half, Buffer.from('{}')]))],
    ['lacks the end of its last line', send('{"Id":0}\n{"Id":')],
    ['has no bytes', send('')],
    ['answers 204', send('', 204)],
    ['answers 503', send('', 503)],
    ['answers 429', send('', 429)],
  ];

  test.each(failing)('because it %s is tried again, after the others', async (_, fail) => {
    const { walk, requestsFor } = await exportOf({
      files: {
        a: (response, nth) => (nth === 1 ? fail : send(zipped(0, 20_000)))(response, nth),
        b: send(zipped(20_000, 20_002)),
      },
    });
    const { ids, errors, end } = await walked(walk);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ kind: 'transient' });
    expect(errors[0]?.message).toMatch(/^file 1 of 2 of endpoint `things`/);
    expect(ids.slice(0, 2)).toEqual([20_000, 20_001]);
    expect(sorted(ids)).toEqual(all(20_002));
    expect(end).toEqual({ type: 'end' });
    expect(requestsFor('a')).toBe(2);
  });

  const line = (id: number) => `{"Id":${id},"Pad":"${'x'.repeat(40_000)}"}\n`;
  const large = Buffer.from(all(500).map(line).join(''));

  test('behind its first pages goes on where it broke off', async () => {
    const { walk } = await exportOf({
      files: { a: (response, nth) => (nth === 1 ? cut(large, 12_000_000) : send(large))(response, nth) },
    });
    const { ids, errors } = await walked(walk);
    expect(errors).toMatchObject([{ code: 'http-body-truncated' }]);
    expect(ids).toEqual(all(500));
  });

  test('and is another one then is given out from its beginning', async () => {
    const { walk } = await exportOf({
      files: {
        a: (response, nth) => {
          const other = Buffer.from(large.toString('latin1').replace('{"Id":3,', '{"Id":9,'), 'latin1');
          (nth === 1 ? cut(large, 12_000_000) : send(other))(response, nth);
        },
      },
    });
    const { ids, errors, end } = await walked(walk);
    expect(errors.map(({ code }) => code)).toEqual(['http-body-truncated', 'file-changed']);
    expect(ids.slice(-500)).toEqual(all(500).map((id) => (id === 3 ? 9 : id)));
    expect(end).toEqual({ type: 'end' });
  });

  test('always, is told when everything else was read', async () => {
    const { walk, requestsFor } = await exportOf({
      files: { a: cut(half, 1000), b: send(zipped(0, 2)), c: send('', 500), d: send(zipped(2, 4)) },
    });
    const { ids, end } = await walked(walk);
    expect(ids).toEqual(all(4));
    expect(end).toMatchObject({ code: 'files-unreadable', kind: 'transient', retry: 'never' });
    expect((end as EngineError).message).toMatch(
      /^2 of 4 files of endpoint `things` cannot be read: file \d/,
    );
    expect(requestsFor('a') + requestsFor('c')).toBeLessThanOrEqual(2 + ATTEMPTS_MAX);
  });

  test.each<[string, Answer, RegExp]>([
    ['redirects', (response) => response.writeHead(302, { location: '/b' }).end(), /redirect/],
    ['holds something else', send('<html>'), /HTML or XML/],
    ['grows out of proportion', send(gzipSync(Buffer.alloc(40_000_000, ' '))), /unpack to/],
    ['has a line without end', send(`{"Id":"${'x'.repeat(FILE_PAGE_BYTES_MAX)}"}`), /line is longer/],
  ])('because it %s is not tried again, and the others are read', async (_, fail, message) => {
    const { walk, requestsFor } = await exportOf({ files: { a: fail, b: send(zipped(0, 2)) } });
    const { ids, errors, end } = await walked(walk);
    expect(ids).toEqual([0, 1]);
    expect(errors).toHaveLength(1);
    expect(end).toMatchObject({ code: 'files-unreadable', kind: 'contract' });
    expect((end as EngineError).message).toMatch(message);
    expect([requestsFor('a'), requestsFor('b')]).toEqual([1, 1]);
  });
});

describe('a link that has expired', () => {
  test.each([403, 404, 410])('with %i makes the walk ask for a new export', async (status) => {
    const expired =
      (answer: Answer): Answer =>
      (response, nth) =>
        (nth === 1 ? send(XML, status) : answer)(response, nth);
    const { walk, lists, seen } = await exportOf({
      files: { a: send(zipped(0, 2)), b: expired(send(zipped(2, 4))) },
    });
    const { ids, errors, end } = await walked(walk);
    expect(errors).toMatchObject([{ code: 'file-link-expired', kind: 'transient', retry: 'backoff' }]);
    // A new export may be another one: what was read is read again.
    expect(ids).toEqual([0, 1, 0, 1, 2, 3]);
    expect(end).toEqual({ type: 'end' });
    expect(lists).toHaveLength(2);
    expect(seen.at(-1)?.url).toBe('/b?sig=canary2');
  });

  test('in the new export too is told when everything else was read', async () => {
    const { walk, lists } = await exportOf({
      files: { a: send(XML, 403), b: send(zipped(0, 2)), c: send(XML, 404), d: send(zipped(2, 4)) },
    });
    const { ids, errors, end } = await walked(walk);
    expect(ids).toEqual(all(4));
    expect(errors).toHaveLength(2);
    expect((end as EngineError).message).toContain('2 of 4 files');
    expect((end as EngineError).message).toContain('403');
    expect(lists).toHaveLength(2);
  });
});

describe('a list of files', () => {
  test.each<[string, (storage: string) => unknown, string]>([
    ['at another origin', () => 'https://evil.example/f?sig=canary', 'http-origin-refused'],
    ['at another port', (storage) => `${storage.replace(/\d+$/, '1')}/f`, 'http-origin-refused'],
    ['with a user', (storage) => storage.replace('//', '//canary:x@'), 'http-origin-refused'],
    ['with another scheme', () => 'file:///etc/passwd', 'http-origin-refused'],
    ['that is no text', () => 7, 'page-bad-link'],
    ['that is no URL', () => 'a.gz?sig=canary', 'page-bad-link'],
  ])('with one %s is refused, and nothing is fetched', async (_, file, code) => {
    const { walk, seen } = await exportOf({
      files: { a: send(zipped(0, 2)) },
      list: (_nth, storage) => [`${storage}/a`, file(storage)],
    });
    const error = await failureOf(() => walk.step());
    expect(error).toMatchObject({ code, kind: 'contract', retry: 'never' });
    expect(error.message).not.toContain('canary');
    expect(seen).toEqual([]);
  });

  test('in another place is told', async () => {
    const { walk } = await exportOf({ files: {}, list: () => 'none' });
    expect((await failureOf(() => walk.step())).fix).toContain('`files`');
  });

  test('that may lead anywhere below a name leads to no address that was not granted', async () => {
    const { walk } = await exportOf({
      files: {},
      list: () => ['http://files.localtest.example:9/a'],
      origins: () => ['http://*.localtest.example:9'],
    });
    const { end } = await walked(walk);
    expect(end).toMatchObject({ code: 'files-unreadable', kind: 'contract' });
    expect((end as EngineError).message).toContain('is refused');
  });
});
