import { describe, expect, it } from 'vitest';
import { addressKind } from '../../engine/http/address.ts';
import { assertSameOrigin, Grants, isLoopbackLiteral } from '../../engine/http/origins.ts';
import { failureOf } from '../support/failure-of.ts';

const NONE = Grants.of({ allowed: [] });

describe('addressKind', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['2606:4700::1', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::808:808', 'public'],
    ['2002:808:808::1', 'public'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['2002:a00:1::1', 'private'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b:1::808:808', 'private'],
    ['::8.8.8.8', 'private'],
    ['2001:0:4136:e378::1', 'private'],
    ['fe80::1%eth0', 'private'],
    ['not an address', 'private'],
    ['', 'private'],
    ['169.254.169.254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['::ffff:a9fe:a9fe', 'metadata'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['2002:a9fe:a9fe::', 'metadata'],
  ])('takes %s for %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });
});

describe('Grants', () => {
  it('allows https at any public name without a grant', () => {
    expect(NONE.allows(new URL('https://api.vendor.example/x?y=1'))).toBe(true);
  });

  it.each([
    'http://api.vendor.example',
    'https://user@api.vendor.example',
    'https://:secret@api.vendor.example',
    'ftp://api.vendor.example',
    'file:///etc/passwd',
    'data:,x',
    'blob:https://api.vendor.example/1',
    'https://metadata.google.internal',
    'https://METADATA.google.internal./computeMetadata',
  ])('refuses %s', (url) => {
    expect(NONE.allows(new URL(url))).toBe(false);
  });

  it('grants exactly one scheme, host and port', () => {
    const grants = Grants.of({ allowed: ['http://127.0.0.1:8080', 'HTTPS://SIEM.corp:443'] });
    expect(grants.allows(new URL('http://127.0.0.1:8080/path'))).toBe(true);
    expect(grants.allows(new URL('http://127.0.0.1:8081/path'))).toBe(false);
    expect(grants.allows(new URL('https://127.0.0.1:8080/path'))).toBe(false);
    expect(grants.allows(new URL('http://localhost:8080/path'))).toBe(false);
    expect(grants.has(new URL('https://siem.corp/'))).toBe(true);
    expect(grants.has(new URL('https://siem.corp./'))).toBe(false);
  });

  it.each([
    'http://169.254.169.254',
    'http://[::ffff:169.254.169.254]',
    'http://0xa9fea9fe',
    'http://100.100.100.200',
    'http://[fd00:ec2::254]',
    'http://metadata.google.internal',
    'http://metadata.google.internal.',
  ])('cannot be given for the metadata service %s', async (origin) => {
    const error = await failureOf(() => Grants.of({ allowed: [origin] }));
    expect(error).toMatchObject({ code: 'http-grant-invalid', kind: 'usage', retry: 'never' });
    expect(error.message).toContain('cannot be granted');
  });

  it.each([
    'siem.corp',
    'https://siem.corp/path',
    'https://*.corp/x',
    'https://u:p@siem.corp',
    'ftp://siem.corp',
    '',
  ])('refuses `%s` as a grant, without repeating it', async (text) => {
    const error = await failureOf(() => Grants.of({ allowed: [text] }));
    expect(error).toMatchObject({ code: 'http-grant-invalid', kind: 'usage' });
    expect(error.message).not.toContain('u:p');
  });
});

describe('isLoopbackLiteral', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.9', '[::1]', '::1'])(
    'says yes to %s',
    (host) => {
      expect(isLoopbackLiteral(host)).toBe(true);
    },
  );

  it.each(['128.0.0.1', '127.0.0.1.example', 'localhost.example', '127.example', '0.0.0.0', '[::2]', ''])(
    'says no to `%s`',
    (host) => {
      expect(isLoopbackLiteral(host)).toBe(false);
    },
  );
});

describe('assertSameOrigin', () => {
  const home = ['https://api.vendor.example/base', 'http://127.0.0.1:8080'];
  const check = (url: string) => assertSameOrigin(new URL(url), home, 'the next link');

  it.each([
    'https://api.vendor.example/a?b=c',
    'https://API.Vendor.Example:443/a',
    'http://127.0.0.1:8080/x',
    'http://2130706433:8080/x',
  ])('lets %s pass', (url) => {
    expect(() => check(url)).not.toThrow();
  });

  it.each([
    'https://evil.example/a',
    'https://api.vendor.example:8443/a',
    'http://api.vendor.example/a',
    'https://api.vendor.example@evil.example/a',
    'https://api.vendor.example.evil.example/a',
    'https://api.vendor.example./a',
    'https://api.vend\u043Er.example/a',
    'https://sub.api.vendor.example/a',
    'https://user@api.vendor.example/a',
    'https://user:hunter2@api.vendor.example/a',
    'blob:https://api.vendor.example/a',
    'javascript:alert(1)',
    'file:///api.vendor.example/a',
    'http://127.0.0.1:8081/x',
  ])('refuses %s', async (url) => {
    const error = await failureOf(() => check(url));
    expect(error).toMatchObject({ code: 'http-origin-refused', kind: 'contract', retry: 'never' });
    expect(error.message).not.toContain('hunter2');
  });

  it('says where the link points and where the credentials stay, without the query', async () => {
    const error = await failureOf(() => check('https://evil.example/a?token=abc'));
    expect(error.message).toBe(
      'the next link points to `https://evil.example`; credentials stay at `https://api.vendor.example`, `http://127.0.0.1:8080`',
    );
  });
});
