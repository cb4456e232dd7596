import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../engine/env.ts';
import { readBody } from '../../engine/http/body.ts';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { failureOf } from '../support/failure-of.ts';
import { startRawServer } from '../support/raw-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Exactly these bytes on the wire, then the end of the connection. */
async function overTheWire(head: string, body: Uint8Array): Promise<HttpResponse> {
  const server = await startRawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
    socket.end(body);
  });
  const network = createNetwork({ grants: Grants.of({ allowed: [server.origin] }) });
  closing.push(
    () => server.close(),
    () => network.close(),
  );
  return network.send({ method: 'GET', url: new URL(server.origin), headers: {} });
}

function response(headers: Record<string, string>, chunks: Uint8Array[], status = 200): HttpResponse {
  async function* body() {
    yield* chunks;
  }
  return { status, headers, body: body() };
}

function chunked(...parts: Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  );
}

const TEXT = Buffer.from(
  JSON.stringify({ value: Array.from({ length: 2000 }, (_, id) => ({ id, name: `host ${id * 7919}` })) }),
);
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const ENCODED: Record<string, Buffer> = {
  identity: TEXT,
  gzip: gzipSync(TEXT),
  'x-gzip': gzipSync(TEXT),
  deflate: deflateSync(TEXT),
  'deflate (raw)': deflateRawSync(TEXT),
  br: brotliCompressSync(TEXT),
};

describe.each(Object.entries(ENCODED))('a body in %s', (name, whole) => {
  const encoding = name.replace(' (raw)', '');
  const header = `Content-Encoding: ${encoding}`;
  const half = whole.subarray(0, whole.length >> 1);
  const expectTruncated = async (head: string, body: Uint8Array) => {
    const error = await failureOf(async () => readBody(await overTheWire(head, body)));
    expect(error).toMatchObject({ code: 'http-body-truncated', kind: 'transient', retry: 'backoff' });
  };

  it('is read whole, in each framing', async () => {
    const framings: [string, Buffer][] = [
      [`${header}\r\nContent-Length: ${whole.length}`, whole],
      [
        `${header}\r\nTransfer-Encoding: chunked`,
        Buffer.concat([chunked(half, whole.subarray(half.length)), LAST_CHUNK]),
      ],
      [`${header}\r\nConnection: close`, whole],
    ];
    for (const [head, body] of framings) {
      expect((await readBody(await overTheWire(head, body))).equals(TEXT)).toBe(true);
    }
  });

  it('is truncated when fewer bytes come than Content-Length says', async () => {
    await expectTruncated(`${header}\r\nContent-Length: ${whole.length}`, half);
    await expectTruncated(`${header}\r\nContent-Length: ${whole.length}`, whole.subarray(0, -1));
    await expectTruncated(`${header}\r\nContent-Length: ${whole.length + 1}`, whole);
  });

  it('is truncated when the chunks have no end', async () => {
    const head = `${header}\r\nTransfer-Encoding: chunked`;
    await expectTruncated(head, chunked(half));
    await expectTruncated(head, chunked(whole));
    await expectTruncated(head, chunked(whole).subarray(0, -10));
  });

  it('is read whole when it comes byte by byte, with empty chunks between', async () => {
    const start = [...whole.subarray(0, 50)].flatMap((byte) => [Buffer.of(byte), Buffer.alloc(0)]);
    const answer = response({ 'content-encoding': encoding }, [...start, whole.subarray(50)]);
    expect((await readBody(answer)).equals(TEXT)).toBe(true);
  });

  it('is cut off at the cap', async () => {
    const answer = response({ 'content-encoding': encoding }, [whole]);
    const error = await failureOf(() => readBody(answer, { bytesMax: TEXT.length - 1 }));
    expect(error).toMatchObject({ code: 'http-body-too-large', kind: 'contract', retry: 'never' });
    expect(error.message).toContain(`${TEXT.length - 1} bytes`);
    const enough = response({ 'content-encoding': encoding }, [whole]);
    expect((await readBody(enough, { bytesMax: TEXT.length })).length).toBe(TEXT.length);
  });

  // The end of a plain body shows in its framing only.
  if (encoding === 'identity') return;

  it('is truncated when its stream breaks off in a framing that is right', async () => {
    for (const cut of [half, whole.subarray(0, -1), whole.subarray(0, 1), whole.subarray(0, 0)]) {
      await expectTruncated(`${header}\r\nConnection: close`, cut);
      await expectTruncated(
        `${header}\r\nTransfer-Encoding: chunked`,
        Buffer.concat([cut.length ? chunked(cut) : cut, LAST_CHUNK]),
      );
    }
    await expectTruncated(`${header}\r\nContent-Length: ${half.length}`, half);
    await expectTruncated(`${header}\r\nContent-Length: ${whole.length - 8}`, whole.subarray(0, -8));
  });

  it('is refused when more follows its stream', async () => {
    const more = Buffer.from('more');
    await expectTruncated(`${header}\r\nConnection: close`, Buffer.concat([whole, more]));
    await expectTruncated(`${header}\r\nConnection: close`, Buffer.concat([whole, Buffer.alloc(9)]));
    const apart = response({ 'content-encoding': encoding }, [whole, more, more]);
    expect((await failureOf(() => readBody(apart))).code).toBe('http-body-truncated');
  });
});

it('refuses a gzip body whose checksum is wrong', async () => {
  const wrong = Buffer.from(gzipSync(TEXT));
  wrong.writeUInt8(wrong.readUInt8(wrong.length - 6) ^ 1, wrong.length - 6);
  const error = await failureOf(() => readBody(response({ 'content-encoding': 'gzip' }, [wrong])));
  expect(error).toMatchObject({ code: 'http-body-truncated', retry: 'backoff' });
});

it.each(['gzip, gzip', 'gzip, br', 'zstd', 'compress', Array(1000).fill('gzip').join(',')])(
  'refuses the content encoding %s',
  async (encoding) => {
    const error = await failureOf(() =>
      readBody(response({ 'content-encoding': encoding }, [gzipSync(TEXT)])),
    );
    expect(error).toMatchObject({ code: 'http-encoding-unknown', kind: 'contract', retry: 'never' });
    expect(error.message.length).toBeLessThan(200);
  },
);

it.each(['', 'identity', 'GZIP', ' gzip ', 'identity, gzip'])(
  'understands the content encoding `%s`',
  async (encoding) => {
    const bytes = /gzip/i.test(encoding) ? gzipSync(TEXT) : TEXT;
    expect((await readBody(response({ 'content-encoding': encoding }, [bytes]))).equals(TEXT)).toBe(true);
  },
);

it('takes an announced empty body for empty, whatever its encoding', async () => {
  expect((await readBody(response({ 'content-encoding': 'gzip', 'content-length': '0' }, []))).length).toBe(
    0,
  );
  expect(
    (await readBody(response({ 'content-encoding': 'gzip', 'content-length': '9' }, [], 304))).length,
  ).toBe(0);
  expect((await readBody(response({ 'content-encoding': 'gzip' }, [], 204))).length).toBe(0);
});

it('compares Content-Length where the transport did not', async () => {
  const error = await failureOf(() => readBody(response({ 'content-length': '5' }, [Buffer.from('four')])));
  expect(error.message).toBe('the body ends after 4 bytes, expected 5');
});

it.each([
  ['gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024))],
  ['deflate', deflateSync(Buffer.alloc(64 * 1024 * 1024))],
  ['br', brotliCompressSync(Buffer.alloc(64 * 1024 * 1024))],
])('stops a %s bomb near the first MiB, and stops reading', async (encoding, bomb) => {
  let isClosed = false;
  let isFinished = false;
  async function* body() {
    try {
      for (let i = 0; i < bomb.length; i += 1024) yield bomb.subarray(i, i + 1024);
      yield* Array(100_000).fill(Buffer.alloc(1));
      isFinished = true;
    } finally {
      isClosed = true;
    }
  }
  const error = await failureOf(() =>
    readBody({ status: 200, headers: { 'content-encoding': encoding }, body: body() }),
  );
  expect(error).toMatchObject({ code: 'http-body-too-large', kind: 'contract', retry: 'never' });
  expect(error.message).toContain('unpack to more than 200 times as many');
  expect({ isClosed, isFinished }).toEqual({ isClosed: true, isFinished: false });
});

it('does not hold a bomb in memory', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  async function* body() {
    for (let i = 0; i < bomb.length; i += 4096) {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
      yield bomb.subarray(i, i + 4096);
    }
  }
  await failureOf(() => readBody({ status: 200, headers: { 'content-encoding': 'gzip' }, body: body() }));
  expect(peak).toBeLessThan(16 * 1024 * 1024);
});

it.each(['identity', 'gzip'])('gives up at once when aborted while a %s body hangs', async (encoding) => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  async function* body() {
    yield gzipSync(TEXT).subarray(0, 100);
    await new Promise(() => {});
  }
  const reading = readBody(
    { status: 200, headers: { 'content-encoding': encoding }, body: body() },
    { signal: stop.signal },
  );
  setTimeout(() => stop.abort(reason), 10);
  await expect(reading).rejects.toBe(reason);
});

it('passes an error of the transport on as it is', async () => {
  const lost = new Error('lost');
  async function* body() {
    yield gzipSync(TEXT).subarray(0, 100);
    throw lost;
  }
  const reading = readBody({ status: 200, headers: { 'content-encoding': 'gzip' }, body: body() });
  await expect(reading).rejects.toBe(lost);
});

describe('a large body', () => {
  const large = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));
  const pieces = (size: number) =>
    Array.from({ length: Math.ceil(large.length / size) }, (_, nth) =>
      large.subarray(nth * size, (nth + 1) * size),
    );

  it.each([
    ['of a known length', { 'content-length': String(large.length) }, [large.length]],
    ['of an unknown length', {}, [600_000, 1_400_000, 3_000_000]],
  ])('%s is put together in memory that is given for it', async (_, headers, asked) => {
    const lengths: number[] = [];
    const memory = (length: number) => {
      lengths.push(length);
      return Buffer.alloc(length + 1_000, 7);
    };
    const bytes = await readBody(response(headers, pieces(100_000)), { memory });
    expect(bytes.equals(large)).toBe(true);
    expect(bytes.byteOffset).toBe(0);
    expect(lengths).toEqual(asked);
  });

  it('is put together once where there was room enough', async () => {
    let times = 0;
    const room = Buffer.alloc(large.length * 2);
    const memory = () => {
      times++;
      return room;
    };
    const bytes = await readBody(response({}, pieces(65_536)), { memory });
    expect([times, bytes.buffer === room.buffer, bytes.equals(large)]).toEqual([1, true, true]);
  });

  it('that is longer than announced is refused', async () => {
    const error = await failureOf(() => readBody(response({ 'content-length': '1000' }, pieces(65_536))));
    expect(error).toMatchObject({ code: 'http-body-truncated' });
  });
});
