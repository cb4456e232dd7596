import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../support/files-below.ts';

/** What credentials look like, in files that anybody may read. */
const LOOKS: [name: string, pattern: RegExp][] = [
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['JSON Web Token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}/],
  ['bearer token', /\b[Bb]earer\s+[A-Za-z0-9._~+/-]{20,}/],
  ['client secret of an app registration', /\b[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}\b/],
  ['access key of a cloud', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['key of an API', /\b(AIza[A-Za-z0-9_-]{35}|sk_live_[A-Za-z0-9]{16,}|xox[abprs]-[A-Za-z0-9-]{10,})/],
  ['token of a forge', /\b(gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{20,}|glpat-[\w-]{20,})/],
  ['token of an identity provider', /\bSSWS\s+[A-Za-z0-9_-]{20,}|\b00[A-Za-z0-9_-]{40}\b(?!")/],
  ['signed address', /[?&](sig|signature|X-Amz-Signature)=[A-Za-z0-9%+/=]{20,}/],
  ['password in an address', /\/\/[^/\s:@"$]+:[^/\s:@"$]+@/],
  [
    'secret with a value',
    /["']?\b(client_?secret|api_?key|password|access_token|refresh_token|private_key)["']?\s*[:=]\s*["'](?!\$\{)[^"'\s]{12,}["']/i,
  ],
];

/** What a simulator asks for is no secret: its file says so. */
const SIMULATED = /simulated|simulator|not-a-secret|example/i;

describe('connectors and mappings', () => {
  const files = [...filesBelow('connectors'), ...filesBelow('mappings')];

  it('hold nothing that looks like a secret', () => {
    const found = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          LOOKS.filter(([, pattern]) => pattern.test(line) && !SIMULATED.test(line)).map(
            ([name]) => `${file}:${index + 1} ${name}`,
          ),
        ),
    );
    expect(found).toEqual([]);
  });

  it('are all texts, none of them large', () => {
    const odd = files.filter((file) => {
      const bytes = readFileSync(file);
      return bytes.length > 1024 * 1024 || bytes.includes(0);
    });
    expect(odd).toEqual([]);
  });

  // Put together here, so that no scanner of this file finds one.
  it.each([
    ['-----BEGIN RSA ', 'PRIVATE KEY-----'],
    ['eyJhbGciOiJSUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc'],
    ['"client_secret": "', 'abcdefghijklmnop"'],
    ['abc8Q', `~${'x'.repeat(34)}`],
    ['https://user:', 'pass@host/'],
    ['AKIA', 'ABCDEFGHIJKLMNOP'],
  ])('would be caught with %s...', (one, two) => {
    expect(LOOKS.some(([, pattern]) => pattern.test(one + two))).toBe(true);
  });
});
