/** S3: no spelling of a private or metadata address is reached, and no name that resolves to one. */
import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { failureOf } from '../support/failure-of.ts';

const SPELLINGS = `
127.0.0.1 127.1 127.0.1 0 0.0.0.0 0x7f.1 0x7f000001 2130706433 017700000001 0177.0.0.1 127.0.0.1. 127.255.255.254
10.0.0.1 10.1 0xa.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 3232235521 100.64.0.1 198.18.0.1 224.0.0.1 240.0.0.1
255.255.255.255 169.254.169.254 0xA9FEA9FE 2852039166 0251.0376.0251.0376 169.254.43518 100.100.100.200 168.63.129.16
192.0.0.192 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [64:ff9b::7f00:1]
[64:ff9b::a9fe:a9fe] [2002:7f00:1::] [2002:a9fe:a9fe::1] [fe80::1] [fc00::1] [fd00:ec2::254] [fd20:ce::254] [ff02::1]
[::127.0.0.1] [2001::1] [2001:db8::1] １２７.0.0.1 127。0。0。1 metadata.google.internal metadata.google.internal. metadata.goog
`
  .trim()
  .split(/\s+/);

function attempt(url: string, resolve?: (host: string) => Promise<{ address: string; family: number }[]>) {
  const network = createNetwork({ grants: Grants.of({ allowed: [] }), ...(resolve && { resolve }) });
  return failureOf(() =>
    network.send({ method: 'GET', url: new URL(url), headers: {} }).finally(() => network.close()),
  );
}

describe('an address that is not public', () => {
  it('has more than forty spellings here', () => expect(SPELLINGS.length).toBeGreaterThan(40));

  it.each(SPELLINGS)('%s is refused', async (host) => {
    expect((await attempt(`https://${host}/`)).code).toBe('http-address-refused');
  });
});

describe('a name', () => {
  it.each([
    [['127.0.0.1']],
    [['169.254.169.254']],
    [['93.184.216.34', '127.0.0.1']],
    [['127.0.0.1', '93.184.216.34']],
    [['2606:2800:220:1:248:1893:25c8:1946', '::1']],
    [['::ffff:10.0.0.1']],
  ])('that resolves to %j is refused', async (addresses) => {
    const resolve = async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    expect((await attempt('https://vendor.example/', resolve)).code).toBe('http-address-refused');
  });

  it('that moves to this machine between two connections is refused on the second', async () => {
    const asked: string[] = [];
    const answers = [['192.0.2.1'], ['127.0.0.1']];
    const resolve = async (host: string) => {
      asked.push(host);
      return (answers.shift() ?? []).map((address) => ({ address, family: 4 }));
    };
    // The first is refused as well: nothing public can be reached from a test.
    for (const _ of [1, 2]) {
      expect((await attempt('https://vendor.example/', resolve)).code).toBe('http-address-refused');
    }
    expect(asked).toEqual(['vendor.example', 'vendor.example']);
  });
});

describe('a grant', () => {
  it.each([
    'http://169.254.169.254',
    'http://metadata.google.internal',
    'https://[fd00:ec2::254]',
    'http://0xA9FEA9FE',
  ])('cannot name the metadata service %s', (origin) => {
    expect(() => Grants.of({ allowed: [origin] })).toThrow(/metadata/);
  });
});
