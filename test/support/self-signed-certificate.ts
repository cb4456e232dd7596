/** A self-signed X.509 certificate for tests, written as DER by hand so that no tool has to be installed. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface SelfSigned {
  certificatePem: string;
  certificateDer: Buffer;
  privateKeyPem: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** RSA with 2048 bits unless told otherwise; valid from 2020 to 2049. */
export function selfSignedCertificate(bits = 2048): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const algorithm = der(0x30, hex('06092a864886f70d01010b'), hex('0500')); // sha256WithRSAEncryption
  const commonName = der(0x30, hex('0603550403'), der(0x0c, Buffer.from('tributary test')));
  const name = der(0x30, der(0x31, commonName));
  const validity = der(
    0x30,
    der(0x17, Buffer.from('200101000000Z')),
    der(0x17, Buffer.from('491231235959Z')),
  );
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const content = der(0x30, der(0x02, hex('01')), algorithm, name, validity, name, key);
  const signature = der(0x03, hex('00'), sign('sha256', content, privateKey));
  const certificateDer = der(0x30, content, algorithm, signature);
  const lines = certificateDer.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificatePem: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    certificateDer,
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    privateKey,
    publicKey,
  };
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

/** One DER value: tag, length in the short or the long form, content (X.690 section 8.1). */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length.toString(16);
  const digits = hex(size.padStart(size.length + (size.length % 2), '0'));
  const length = content.length < 0x80 ? digits : Buffer.concat([Buffer.of(0x80 + digits.length), digits]);
  return Buffer.concat([Buffer.of(tag), length, content]);
}
