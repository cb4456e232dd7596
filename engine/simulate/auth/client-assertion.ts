/** Checks a client assertion: a JWT that the client signed with its own key (RFC 7523, private_key_jwt). */
import { constants, createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Condition } from '../conditions.ts';

/** A key that a client has registered; a certificate has thumbprints (base64url of its DER's digests), a bare key has none. */
export interface TrustedKey {
  key: KeyObject;
  thumbprints?: { sha256: string; sha1: string };
}

export interface AssertionRules {
  tokenUrl: string;
  clientId: string;
  keys: readonly TrustedKey[];
  nowMs: number;
  /** Assertion ids that were used before; a good one is added. */
  usedIds: Set<string>;
}

/** What is wrong with an assertion, or undefined when it is good. */
export function checkAssertion(assertion: string, rules: AssertionRules): Condition | undefined {
  const [head = '', body = '', signature = '', ...rest] = assertion.split('.');
  const header = decode(head);
  const claims = decode(body);
  if (!header || !claims || rest.length > 0) return 'bad_assertion';
  const key = registeredKey(header, rules.keys);
  if (!key || !isSigned(header.alg, key, `${head}.${body}`, signature)) return 'unregistered_certificate';
  const { iss, sub, aud, exp, nbf, jti } = claims;
  if (iss !== rules.clientId || sub !== rules.clientId || aud !== rules.tokenUrl) return 'bad_assertion';
  if (typeof exp !== 'number' || typeof jti !== 'string') return 'bad_assertion';
  const now = rules.nowMs / 1000;
  // Five minutes of skew are allowed for a start in the future, none for the end.
  if (exp <= now || (typeof nbf === 'number' && nbf > now + 300)) return 'expired_assertion';
  if (rules.usedIds.has(jti)) return 'reused_assertion';
  rules.usedIds.add(jti);
  return undefined;
}

/** Reads a PEM certificate or public key. @throws when it is neither */
export function trustedKey(pem: string): TrustedKey {
  if (!pem.includes('BEGIN CERTIFICATE')) return { key: createPublicKey(pem) };
  const certificate = new X509Certificate(pem);
  const digest = (algorithm: string) =>
    createHash(algorithm).update(certificate.raw).digest().toString('base64url');
  return { key: certificate.publicKey, thumbprints: { sha256: digest('sha256'), sha1: digest('sha1') } };
}

function registeredKey(header: Record<string, unknown>, keys: readonly TrustedKey[]): KeyObject | undefined {
  const sha256 = header['x5t#S256'];
  const sha1 = header.x5t;
  if (typeof sha256 !== 'string' && typeof sha1 !== 'string') return undefined;
  return keys.find(
    ({ thumbprints }) => !thumbprints || thumbprints.sha256 === sha256 || thumbprints.sha1 === sha1,
  )?.key;
}

function isSigned(algorithm: unknown, key: KeyObject, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  const data = Buffer.from(text);
  if (algorithm === 'RS256') return verify('sha256', data, key, bytes);
  if (algorithm !== 'PS256') return false;
  return verify('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, bytes);
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
