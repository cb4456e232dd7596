import { describe, expect, test } from 'vitest';
import { OriginPattern } from '../../engine/http/origin-pattern.ts';

const matches = (pattern: string, url: string) => OriginPattern.of(pattern)?.matches(new URL(url));

describe('a pattern of origins', () => {
  test.each([
    ['https://files.example.com', 'https://files.example.com/a?sig=1', true],
    ['https://files.example.com', 'https://FILES.example.com:443/', true],
    ['https://files.example.com/', 'https://files.example.com/', true],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000/a', true],
    ['http://[::1]:9000', 'http://[::1]:9000/a', true],
    ['https://*.blob.example.com', 'https://a.blob.example.com/', true],
    ['https://*.blob.example.com', 'https://a.b.blob.example.com/', true],
    ['https://*.blob.example.com:8443', 'https://a.blob.example.com:8443/', true],
    ['https://files.example.com', 'http://files.example.com/', false],
    ['https://files.example.com', 'https://files.example.com:8443/', false],
    ['https://files.example.com', 'https://user@files.example.com/', false],
    ['https://files.example.com', 'https://:word@files.example.com/', false],
    ['https://files.example.com', 'blob:https://files.example.com/', false],
    ['https://*.blob.example.com', 'https://blob.example.com/', false],
    ['https://*.blob.example.com', 'https://.blob.example.com/', false],
    ['https://*.blob.example.com', 'https://a-blob.example.com/', false],
    ['https://*.blob.example.com', 'https://a.blob.example.com.evil.org/', false],
    ['https://*.blob.example.com', 'https://a.blob.example.com./', false],
    ['https://*.blob.example.com', 'https://evil.org/a.blob.example.com', false],
    ['https://*.blob.example.com', 'https://a.blob.example.com@evil.org/', false],
    ['https://*.blob.example.com', 'https://127.0.0.1/', false],
    ['https://*.blob.example.com', 'http://a.blob.example.com/', false],
    ['https://*.blob.example.com', 'https://a.blob.example.com:8443/', false],
  ])('%s against %s is %s', (pattern, url, expected) => {
    expect(matches(pattern, url)).toBe(expected);
  });

  test.each([
    'https://*',
    'https://*.com',
    'https://*.*.example.com',
    'https://a.*.example.com',
    'https://a*.example.com',
    'https://*.0.0.1',
    'https://*.[::1]',
    'https://*..example.com',
    'https://*.example.com/path',
    'https://example.com?a',
    'https://user@example.com',
    'ftp://example.com',
    '*.example.com',
    'example.com',
    '',
  ])('%j is none', (text) => {
    expect(OriginPattern.of(text)).toBeUndefined();
  });
});
