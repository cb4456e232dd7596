/** A client certificate with its private key, from PEM files, ready to sign client assertions with PS256. */
import { createPrivateKey, type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { Files } from '../files.ts';
import { readCredentialFile } from './credential-file.ts';

export interface ClientCertificate {
  /** RSA-PSS with SHA-256; the key cannot be taken out of it. */
  key: webcrypto.CryptoKey;
  /** base64url of the SHA-256 of the certificate's DER: the `x5t#S256` of RFC 7515 section 4.1.8. */
  thumbprint: string;
}

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** The least that PS256 allows (RFC 7518 section 3.5). */
const RSA_BITS_MIN = 2048;

/**
 * Reads the certificate that belongs to the key; the files may hold a chain, and one file may hold both.
 * @throws EngineError of kind `credentials` with the path and what to do
 */
export async function readCertificate(
  files: Files,
  certificateFile: string,
  privateKeyFile = certificateFile,
): Promise<ClientCertificate> {
  const certificates = parseCertificates(
    await readCredentialFile(files, certificateFile, 'certificate'),
    certificateFile,
  );
  const key = parsePrivateKey(await readCredentialFile(files, privateKeyFile, 'private key'), privateKeyFile);
  const certificate = certificates.find((candidate) => candidate.checkPrivateKey(key));
  if (!certificate) {
    throw unusable(
      'auth-certificate-key-mismatch',
      `the private key in \`${privateKeyFile}\` does not belong to the certificate in \`${certificateFile}\``,
      'Give the private key that the certificate was made with.',
    );
  }
  return {
    key: await webcrypto.subtle.importKey(
      'pkcs8',
      key.export({ type: 'pkcs8', format: 'der' }),
      { name: 'RSA-PSS', hash: 'SHA-256' },
      false,
      ['sign'],
    ),
    thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
  };
}

function parseCertificates(pem: string, path: string): X509Certificate[] {
  try {
    const blocks = pem.match(CERTIFICATE_BLOCK) ?? [];
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block));
  } catch {
    // A broken block is told the same way as a missing one; OpenSSL's words for it would help nobody.
  }
  throw unusable(
    'auth-certificate-unusable',
    `\`${path}\` holds no readable certificate, expected one in PEM form (\`-----BEGIN CERTIFICATE-----\`)`,
    'Export the certificate as PEM; from a PFX file: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem',
  );
}

function parsePrivateKey(pem: string, path: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    const encrypted = pem.includes('ENCRYPTED');
    throw unusable(
      'auth-private-key-unusable',
      `\`${path}\` holds ${encrypted ? 'an encrypted' : 'no readable'} private key, expected an unencrypted one in PEM form`,
      encrypted
        ? 'Decrypt it: openssl pkey -in FILE -out KEY.pem'
        : 'Put the private key into the file as PEM (`-----BEGIN PRIVATE KEY-----`), or name its own file.',
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === 'rsa' && bits >= RSA_BITS_MIN) return key;
  const found =
    key.asymmetricKeyType === 'rsa' ? `an RSA key of ${bits} bits` : `a key of type ${key.asymmetricKeyType}`;
  throw unusable(
    'auth-private-key-unusable',
    `\`${path}\` holds ${found}, expected RSA with at least ${RSA_BITS_MIN} bits`,
    `Make a new certificate with an RSA key of ${RSA_BITS_MIN} bits or more, and register it with the vendor.`,
  );
}

function unusable(code: string, message: string, fix: string): EngineError {
  return new EngineError({ code, kind: 'credentials', message, fix });
}
