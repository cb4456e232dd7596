/** A TLS server's certificate for a host of the test's choice: nothing expires and no key lies in the repository. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const OID_ECDSA_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const OID_COMMON_NAME = Buffer.from('0603550403', 'hex');
const OID_SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const OID_BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');

/** PEM key and certificate (X.509 v3, P-256), valid a day around now, or over since a day. */
export function selfSigned(options: { host: string; ip?: string; isExpired?: boolean }): {
  key: string;
  cert: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 24 * 3600 * 1000;
  const ends = Date.now() + (options.isExpired ? -day : day);
  const name = sequence(tlv(0x31, sequence(OID_COMMON_NAME, tlv(0x0c, Buffer.from(options.host)))));
  const altNames = [tlv(0x82, Buffer.from(options.host))];
  if (options.ip !== undefined) altNames.push(tlv(0x87, Buffer.from(options.ip.split('.').map(Number))));
  const extensions = sequence(
    sequence(OID_BASIC_CONSTRAINTS, tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff]))))),
    sequence(OID_SUBJECT_ALT_NAME, tlv(0x04, sequence(...altNames))),
  );
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(OID_ECDSA_SHA256),
    name,
    sequence(utcTime(ends - 2 * day), utcTime(ends)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(
    body,
    sequence(OID_ECDSA_SHA256),
    tlv(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

/** DER: tag, length, value. */
function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), value]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), value]);
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}
