import { once } from 'node:events';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRequest, Network } from '../../engine/env.ts';
import { readBody } from '../../engine/http/body.ts';
import { createNetwork, type NetworkOptions } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { failureOf } from '../support/failure-of.ts';
import { type RawServer, startRawServer } from '../support/raw-server.ts';
import { selfSigned } from '../support/tls-certificate.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function network(options: Omit<NetworkOptions, 'grants'> & { allowed?: string[] } = {}): Network {
  const { allowed = [], ...rest } = options;
  const made = createNetwork({ grants: Grants.of({ allowed }), ...rest });
  closing.push(() => made.close());
  return made;
}

async function server(answer: Parameters<typeof startRawServer>[0]): Promise<RawServer> {
  const started = await startRawServer(answer);
  closing.push(() => started.close());
  return started;
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: new URL(url), headers: {}, ...more };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Two: a\r\nX-Two: b\r\n\r\nhi';

describe('a request', () => {
  it('carries method, path, headers and body, and brings status, lower-case headers and raw bytes back', async () => {
    const vendor = await server((socket) => socket.write(OK));
    const answer = await network({ allowed: [vendor.origin] }).send({
      method: 'POST',
      url: new URL(`${vendor.origin}/a/b?c=d%20e#f`),
      headers: { authorization: 'Bearer t', 'content-type': 'text/plain' },
      body: 'ask',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-length': '2', 'x-two': 'a, b' });
    expect((await readBody(answer)).toString()).toBe('hi');
    expect(vendor.received()).toMatch(/^POST \/a\/b\?c=d%20e HTTP\/1\.1\r\n/);
    expect(vendor.received()).toContain('authorization: Bearer t\r\n');
    expect(vendor.received()).toMatch(/ask$/);
  });

  it('reuses connections', async () => {
    const vendor = await server((socket) => socket.write(OK));
    const net = network({ allowed: [vendor.origin] });
    for (let i = 0; i < 9; i++) await readBody(await net.send(get(vendor.origin)));
    // A second one is opened while the first is still handing over its answer.
    expect(vendor.connectionCount()).toBeLessThanOrEqual(2);
  });

  it('leaves a compressed body as it came', async () => {
    const vendor = await server((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd'),
    );
    const answer = await network({ allowed: [vendor.origin] }).send(get(vendor.origin));
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('abcd');
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (status) => {
    const evil = await server((socket) => socket.write(OK));
    const vendor = await server((socket) =>
      socket.write(`HTTP/1.1 ${status} Go\r\nLocation: ${evil.origin}/\r\nContent-Length: 0\r\n\r\n`),
    );
    const net = network({ allowed: [vendor.origin, evil.origin] });
    const answer = await net.send(get(vendor.origin, { headers: { authorization: 'Bearer t' } }));
    expect(answer.status).toBe(status);
    expect(answer.headers.location).toBe(`${evil.origin}/`);
    await readBody(answer);
    expect(evil.connectionCount()).toBe(0);
  });
});

const PRIVATE_SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '１２７.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '10.1',
  '0xa000001',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '192.168.257',
  '3232235777',
  '100.64.0.1',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '100.100.100.200',
  '192.0.0.8',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:a00:1]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2002:c0a8:101::1]',
  '[2001:0:7f00:1::]',
  '[2001:db8::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[100::1]',
  'metadata.google.internal',
  'localhost',
  'LOCALHOST',
]; // prettier-ignore

describe('an address that is not public', () => {
  it.each(PRIVATE_SPELLINGS)('is refused when written as %s', async (host) => {
    const error = await failureOf(() => network().send(get(`https://${host}/secret?token=abc`)));
    expect(error).toMatchObject({ code: 'http-address-refused', kind: 'definition', retry: 'never' });
    expect(error.message).not.toContain('token');
  });

  it('is refused when a name resolves to it', async () => {
    const net = network({ resolve: async () => [{ address: '10.0.0.7', family: 4 }] });
    const error = await failureOf(() => net.send(get('https://api.vendor.example/?token=abc')));
    expect(error.code).toBe('http-address-refused');
    expect(error.message).toBe(
      '`https://api.vendor.example` is refused: the name resolves to 10.0.0.7, which is not a public address',
    );
  });

  it('is refused when it is one of several answers', async () => {
    const answers = [
      { address: '8.8.8.8', family: 4 },
      { address: '::1', family: 6 },
    ];
    const error = await failureOf(() =>
      network({ resolve: async () => answers }).send(get('https://a.example')),
    );
    expect(error.code).toBe('http-address-refused');
  });

  it('is looked for anew on every connection, so that a name cannot move there later', async () => {
    const vendor = await server((socket) => {
      socket.write(OK.replace('Content-Length', 'Connection: close\r\nContent-Length'));
    });
    const port = new URL(vendor.origin).port;
    const answers = ['127.0.0.1', '169.254.169.254'];
    const net = network({
      allowed: [`http://siem.corp:${port}`],
      resolve: async () => [{ address: answers.shift() ?? '', family: 4 }],
    });
    await readBody(await net.send(get(`http://siem.corp:${port}/`)));
    const error = await failureOf(() => net.send(get(`http://siem.corp:${port}/`)));
    expect(error.code).toBe('http-address-refused');
  });

  it('is refused over http as well, unless the exact origin is granted', async () => {
    const vendor = await server((socket) => socket.write(OK));
    const error = await failureOf(() => network().send(get(vendor.origin)));
    expect(error.code).toBe('http-address-refused');
    expect(vendor.connectionCount()).toBe(0);
    expect((await network({ allowed: [vendor.origin] }).send(get(vendor.origin))).status).toBe(200);
  });
});

describe('a failure of the transport', () => {
  it('is unreachable and worth another try when the connection is refused', async () => {
    const closed = await startRawServer(() => {});
    await closed.close();
    const net = network({ allowed: [closed.origin] });
    const error = await failureOf(() => net.send(get(`${closed.origin}/p?token=abc`)));
    expect(error).toMatchObject({ code: 'http-unreachable', kind: 'transient', retry: 'backoff' });
    expect(error.message).toBe(`\`${closed.origin}\` cannot be reached: the connection is refused`);
  });

  it('is unreachable when the connection is reset before an answer', async () => {
    const vendor = await server((socket) => socket.resetAndDestroy());
    const error = await failureOf(() => network({ allowed: [vendor.origin] }).send(get(vendor.origin)));
    expect(error).toMatchObject({ code: 'http-unreachable', retry: 'backoff' });
  });

  it('is unreachable when the name does not exist', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    const error = await failureOf(() => network({ resolve }).send(get('https://gone.example')));
    expect(error).toMatchObject({ code: 'http-unreachable', retry: 'backoff' });
    expect(error.message).toContain('the name does not exist');
  });

  it('is a timeout when no header comes', async () => {
    const vendor = await server(() => {});
    const net = network({ allowed: [vendor.origin], timeouts: { headersMs: 50 } });
    const error = await failureOf(() => net.send(get(vendor.origin)));
    expect(error).toMatchObject({ code: 'http-timeout', kind: 'transient', retry: 'backoff' });
  });

  it('is a timeout when the body stops', async () => {
    const vendor = await server((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome'),
    );
    const answer = await network({ allowed: [vendor.origin], timeouts: { bodyIdleMs: 50 } }).send(
      get(vendor.origin),
    );
    const error = await failureOf(() => readBody(answer));
    expect(error).toMatchObject({ code: 'http-timeout', retry: 'backoff' });
  });

  it('does not end the process when nobody reads the body that fails', async () => {
    const vendor = await server((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
      setTimeout(() => socket.destroy(), 20);
    });
    await network({ allowed: [vendor.origin] }).send(get(vendor.origin));
    await new Promise((resolve) => setTimeout(resolve, 60));
  });

  it('is the reason of the signal when the run is stopped', async () => {
    const vendor = await server(() => {});
    const stop = new AbortController();
    const sent = network({ allowed: [vendor.origin] }).send(get(vendor.origin, { signal: stop.signal }));
    const reason = new Error('stopped');
    setTimeout(() => stop.abort(reason), 20);
    await expect(sent).rejects.toBe(reason);
  });
});

describe('TLS', () => {
  async function tlsVendor(options: { host?: string; isExpired?: boolean; maxVersion?: 'TLSv1.1' } = {}) {
    const { host = 'vendor.test', isExpired = false, maxVersion } = options;
    const { key, cert } = selfSigned({ host, isExpired });
    const old = maxVersion
      ? ({ minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' } as const)
      : {};
    const vendor: TlsServer = createTlsServer({ key, cert, ...old }, (_request, response) =>
      response.end('hi'),
    );
    vendor.listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    closing.push(() => vendor.close());
    const origin = `https://vendor.test:${(vendor.address() as AddressInfo).port}`;
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const ask = (ca?: string) =>
      network({ allowed: [origin], resolve, ...(ca === undefined ? {} : { ca }) }).send(
        get(`${origin}/?token=abc`),
      );
    return { cert, ask };
  }

  it('accepts a certificate that the given authority signed', async () => {
    const { cert, ask } = await tlsVendor();
    expect((await readBody(await ask(cert))).toString()).toBe('hi');
  });

  it('refuses an unknown authority for good, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const { ask } = await tlsVendor();
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const error = await failureOf(() => ask());
      expect(error).toMatchObject({ code: 'http-tls', retry: 'never' });
      expect(error.message).toMatch(/failed: DEPTH_ZERO_SELF_SIGNED_CERT$/);
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  it('refuses a certificate of another host', async () => {
    const { cert, ask } = await tlsVendor({ host: 'other.test' });
    expect(await failureOf(() => ask(cert))).toMatchObject({ code: 'http-tls', retry: 'never' });
  });

  it('refuses an expired certificate', async () => {
    const { cert, ask } = await tlsVendor({ isExpired: true });
    const error = await failureOf(() => ask(cert));
    expect(error).toMatchObject({ code: 'http-tls', retry: 'never' });
    expect(error.message).toContain('CERT_HAS_EXPIRED');
  });

  it('refuses versions before 1.2', async () => {
    const { cert, ask } = await tlsVendor({ maxVersion: 'TLSv1.1' });
    expect(await failureOf(() => ask(cert))).toMatchObject({ code: 'http-tls', retry: 'never' });
  });

  it('never sends the request in the clear to a server that speaks no TLS', async () => {
    let received = '';
    const vendor = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        socket.end(OK);
      });
    });
    vendor.listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    closing.push(() => vendor.close());
    const origin = `https://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
    const error = await failureOf(() =>
      network({ allowed: [origin] }).send(get(origin, { headers: { 'x-key': 'k' } })),
    );
    expect(error).toMatchObject({ code: 'http-tls', retry: 'never' });
    expect(received).not.toContain('x-key');
  });
});

describe('a proxy', () => {
  async function proxied() {
    const { key, cert } = selfSigned({ host: 'vendor.test' });
    const vendor = createTlsServer({ key, cert }, (_request, response) => response.end('through'));
    vendor.listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    closing.push(() => vendor.close());
    const { port } = vendor.address() as AddressInfo;
    const proxy = await server((socket) => {
      const upstream = connectTcp(port, '127.0.0.1', () => {
        socket.removeAllListeners('data');
        socket.write('HTTP/1.1 200 Connected\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
    });
    return { cert, proxy, proxyUrl: proxy.origin.replace('//', '//me:pw@') };
  }

  it('gets a tunnel to a public host, and keeps its own credentials to itself', async () => {
    const { cert, proxy, proxyUrl } = await proxied();
    const net = network({ proxy: proxyUrl, ca: cert });
    const answer = await net.send(get('https://vendor.test/p', { headers: { authorization: 'Bearer t' } }));
    expect((await readBody(answer)).toString()).toBe('through');
    expect(proxy.received()).toMatch(/^CONNECT vendor\.test:443 HTTP/);
    expect(proxy.received()).toContain('proxy-authorization: Basic bWU6cHc=');
    expect(proxy.received()).not.toContain('Bearer');
  });

  it('is no way around the rules on literal addresses', async () => {
    const { proxy, proxyUrl } = await proxied();
    const error = await failureOf(() => network({ proxy: proxyUrl }).send(get('https://169.254.169.254/')));
    expect(error.code).toBe('http-address-refused');
    expect(proxy.connectionCount()).toBe(0);
  });

  it('is passed by for a granted origin', async () => {
    const vendor = await server((socket) => socket.write(OK));
    const { proxy, proxyUrl } = await proxied();
    await network({ proxy: proxyUrl, allowed: [vendor.origin] }).send(get(vendor.origin));
    expect(proxy.connectionCount()).toBe(0);
  });

  it('that refuses is named as the reason', async () => {
    const proxy = await server((socket) => socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n'));
    const error = await failureOf(() => network({ proxy: proxy.origin }).send(get('https://vendor.test/')));
    expect(error).toMatchObject({ code: 'http-unreachable', retry: 'backoff' });
    expect(error.message).toContain('the proxy answers 407');
  });
});

it('ends what is under way when it is closed', async () => {
  const vendor = await server(() => {});
  const net = network({ allowed: [vendor.origin] });
  const failure = failureOf(() => net.send(get(vendor.origin)));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await net.close();
  expect((await failure).code).toBe('http-unreachable');
});
