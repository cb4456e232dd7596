/** S8: an answer that unpacks to far more than it is, or that is packed more than once, ends with an error and in little memory. */
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestToken } from '../../engine/auth/token-request.ts';
import { systemClock } from '../../engine/env.ts';
import { ExportFile } from '../../engine/fetch/files/export-file.ts';
import { Secret } from '../../engine/secret.ts';
import { endpointOf, walkOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { type RawServer, startRawServer } from '../support/raw-server.ts';

const MB = 1024 * 1024;
const GROWTH_MAX = 64 * MB;

/** 256 MiB of one byte in gzip, put together from pieces of one; its checksum is never looked at. */
function gzipBomb(byte = 0): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const piece = deflateRawSync(Buffer.alloc(MB, byte), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  return Buffer.concat([head, ...Array(256).fill(piece), deflateRawSync(''), Buffer.alloc(8)]);
}

const GZIP_BOMB = gzipBomb();
const DOUBLE_BOMB = gzipSync(GZIP_BOMB, { level: 9 });
const ZEROS = Buffer.alloc(32 * MB);

let server: RawServer;
let env: ReturnType<typeof loopbackEnv>;
let head: string[];
let body: Buffer;

beforeEach(async () => {
  server = await startRawServer((socket) => {
    socket.write(`HTTP/1.1 ${head.join('\r\n')}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.end(body);
  });
  env = loopbackEnv(systemClock, server.origin);
});
afterEach(async () => {
  await env.network.close();
  await server.close();
});

async function list(): Promise<unknown> {
  const configured = await endpointOf({}, { base_url: server.origin });
  const walk = await walkOf(configured, env);
  return walk.step();
}

const token = () =>
  requestToken(
    {
      type: 'oauth2_client_credentials',
      tokenUrl: `${server.origin}/token`,
      clientId: 'client',
      client: { method: 'secret', secret: new Secret('s'), in: 'body' },
    },
    env,
  );

async function file(): Promise<unknown> {
  const one = new ExportFile(new URL(server.origin), 'file 1 of 1', env);
  for (let page = await one.next(); page; page = await one.next());
  return undefined;
}

/** What the work fails with, and the most memory that was in use meanwhile, above what was before. */
async function endOf(work: () => Promise<unknown>) {
  const inUse = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = inUse();
  let peak = before;
  const look = () => {
    peak = Math.max(peak, inUse());
  };
  const timer = setInterval(look, 1);
  const error = await failureOf(work).finally(() => clearInterval(timer));
  look();
  return { error, growth: peak - before };
}

async function expectRefused(work: () => Promise<unknown>, code: string): Promise<void> {
  const { error, growth } = await endOf(work);
  expect(error.code).toBe(code);
  expect(error.message.length).toBeLessThan(300);
  expect(growth).toBeLessThan(GROWTH_MAX);
}

const OK = '200 OK';
const encoded = (...encodings: string[]) => [
  OK,
  ...encodings.map((encoding) => `content-encoding: ${encoding}`),
];

it('the double bomb is as small as it should be', () => {
  expect(DOUBLE_BOMB.length).toBeLessThan(4_000);
});

describe('a list', () => {
  it.each<[string, string[]]>([
    ['two encodings in one header', encoded('gzip, gzip')],
    ['two headers', encoded('gzip', 'gzip')],
    ['two encodings that differ', encoded('br, gzip')],
    [
      'an encoding between many that are none',
      encoded(`gzip, ${Array(500).fill('identity').join(', ')}, gzip`),
    ],
    ['a thousand encodings', encoded(Array(1_000).fill('gzip').join(', '))],
    ['hundreds of headers', encoded(...Array(300).fill('gzip'))],
    ['an encoding that nobody knows', encoded('zstd')],
  ])('in %s is refused unread', async (_, given) => {
    head = given;
    body = DOUBLE_BOMB;
    await expectRefused(list, 'http-encoding-unknown');
  });

  it('in more headers than an answer may have is refused', async () => {
    head = encoded(...Array(3_000).fill('gzip'));
    body = DOUBLE_BOMB;
    await expectRefused(list, 'http-unreachable');
  });

  it.each<[string, Buffer]>([
    ['gzip', GZIP_BOMB],
    ['br', brotliCompressSync(ZEROS, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
    ['deflate', deflateSync(ZEROS)],
    ['deflate', deflateRawSync(ZEROS)],
  ])('that is a bomb in %s ends', async (encoding, bomb) => {
    head = encoded(encoding);
    body = bomb;
    await expectRefused(list, 'http-body-too-large');
  });

  it('of which only the outer encoding is named is no JSON', async () => {
    head = encoded('gzip');
    body = DOUBLE_BOMB;
    await expectRefused(list, 'page-not-json');
  });

  it('that is refused with a bomb is as refused as without one', async () => {
    head = ['403 Forbidden', 'content-encoding: gzip'];
    body = GZIP_BOMB;
    await expectRefused(list, 'permission-missing');
  });
});

describe('a token endpoint', () => {
  it.each<[string, string[], Buffer]>([
    ['a bomb', encoded('gzip'), GZIP_BOMB],
    ['a bomb that says it is an error', ['500 Sorry', 'content-encoding: gzip'], GZIP_BOMB],
    ['two encodings', encoded('gzip, gzip'), DOUBLE_BOMB],
  ])('that answers %s gives no token', async (_, given, bomb) => {
    head = given;
    body = bomb;
    const { error, growth } = await endOf(token);
    expect(error.code).toMatch(/^(auth-|http-encoding-unknown)/);
    expect(growth).toBeLessThan(GROWTH_MAX);
  });
});

describe('a file of an export', () => {
  it.each([
    ['one line', GZIP_BOMB, 'page-line-too-long'],
    ['empty lines', gzipBomb(0x0a), 'http-body-too-large'],
  ])('that is a bomb of %s ends', async (_, bomb, code) => {
    head = [OK];
    body = bomb;
    await expectRefused(file, code);
  });

  it('that is packed twice is unpacked once, and is no JSON', async () => {
    head = [OK];
    body = DOUBLE_BOMB;
    await expectRefused(file, 'page-not-json');
  });
});
