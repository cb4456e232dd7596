import { constants, createHash, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificate } from '../../engine/auth/certificate.ts';
import { nodeFiles } from '../../engine/files.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';

const one = selfSignedCertificate();
const other = selfSignedCertificate();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tributary-certificate-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe('a certificate with its key', () => {
  const thumbprint = createHash('sha256').update(one.certificateDer).digest('base64url');

  test.each([
    ['key after certificate', one.certificatePem + one.privateKeyPem],
    ['key before certificate', `Bag Attributes: x\n${one.privateKeyPem}${one.certificatePem}`],
    [
      'certificate behind the one of its issuer',
      other.certificatePem + one.certificatePem + one.privateKeyPem,
    ],
    ['key in PKCS#1 form', one.certificatePem + one.privateKey.export({ type: 'pkcs1', format: 'pem' })],
  ])('is read from one file: %s', async (name, pem) => {
    const certificate = await readCertificate(nodeFiles, await file(`${name}.pem`, pem));
    expect(certificate.thumbprint).toBe(thumbprint);
    const data = Buffer.from('signed');
    const signature = await crypto.subtle.sign({ name: 'RSA-PSS', saltLength: 32 }, certificate.key, data);
    const key = { key: one.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify('sha256', data, key, Buffer.from(signature))).toBe(true);
  });

  test('is read from two files, and its key cannot be taken out', async () => {
    const certificate = await readCertificate(
      nodeFiles,
      await file('certificate.pem', one.certificatePem),
      await file('key.pem', one.privateKeyPem),
    );
    expect(certificate.thumbprint).toBe(thumbprint);
    expect(certificate.key.extractable).toBe(false);
  });
});

describe('files of no use are named with what to do', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const encrypted = one.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'hidden',
  });

  test.each([
    ['no PEM', 'auth-certificate-unusable', one.certificateDer, /holds no readable certificate/],
    [
      'broken PEM',
      'auth-certificate-unusable',
      one.certificatePem.replace(/M/g, 'A'),
      /no readable certificate/,
    ],
    ['no key', 'auth-private-key-unusable', one.certificatePem, /holds no readable private key/],
    [
      'encrypted key',
      'auth-private-key-unusable',
      one.certificatePem + encrypted,
      /an encrypted private key/,
    ],
    [
      'elliptic key',
      'auth-private-key-unusable',
      one.certificatePem + ec.export({ type: 'pkcs8', format: 'pem' }),
      /a key of type ec, expected RSA/,
    ],
    [
      'short key',
      'auth-private-key-unusable',
      one.certificatePem + selfSignedCertificate(1024).privateKeyPem,
      /an RSA key of 1024 bits/,
    ],
    [
      'key of another certificate',
      'auth-certificate-key-mismatch',
      one.certificatePem + other.privateKeyPem,
      /does not belong to the certificate/,
    ],
    ['empty file', 'auth-file-empty', ' \n', /is empty/],
  ])('%s', async (name, code, content, message) => {
    const path = await file(`${name}.pem`, content);
    const error = await readCertificate(nodeFiles, path).catch((caught) => caught);
    expect(error).toMatchObject({ code, kind: 'credentials', retry: 'never' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
    expect(error.fix).toMatch(/^[A-Z].+/);
  });

  test('a file that is not there', async () => {
    const path = join(directory, 'nowhere.pem');
    const error = await readCertificate(nodeFiles, path).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'auth-file-unreadable', kind: 'credentials' });
    expect(error.message).toBe(`the certificate file \`${path}\` cannot be read: ENOENT`);
  });
});
