/** What does a failure of the transport mean to a run: try again, or stop and have someone repair it? */
import { EngineError } from '../errors.ts';

/** Raised inside of a connection attempt when a name resolved to an address outside of the grants. */
export class AddressRefused extends Error {
  readonly address: string;

  constructor(address: string) {
    super(`${address} is refused`);
    this.address = address;
  }
}

const TIMEOUTS = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection within the time allowed'],
  ['ETIMEDOUT', 'no connection within the time allowed'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer within the time allowed'],
  ['UND_ERR_BODY_TIMEOUT', 'the answer stopped arriving'],
]);

const REASONS = new Map([
  ['ECONNREFUSED', 'the connection is refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
  ['UND_ERR_HEADERS_OVERFLOW', 'its headers are larger than 16 KiB'],
  ['ENOTFOUND', 'the name does not exist'],
  ['EAI_AGAIN', 'the name service does not answer'],
  ['EHOSTUNREACH', 'there is no route to it'],
  ['ENETUNREACH', 'there is no route to it'],
]);

/** Codes of OpenSSL's certificate checks and of Node's TLS layer. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH_|EPROTO$)/;

/**
 * An error of the transport as an EngineError; one that already is comes back as it is. Names the origin only: a query
 * string may carry a token.
 * @param phase `body` once the status line and headers have arrived: what was lost then is part of an answer
 */
export function networkError(error: unknown, url: URL, phase: 'request' | 'body'): EngineError {
  if (error instanceof EngineError) return error;
  const origin = `\`${url.origin}\``;
  if (error instanceof AddressRefused) {
    return addressRefused(url, `the name resolves to ${error.address}, which is not a public address`);
  }
  const code = codeOf(error);
  const timeout = TIMEOUTS.get(code);
  if (timeout !== undefined) {
    const message = `${origin} is too slow: ${timeout}`;
    return new EngineError({
      code: 'http-timeout',
      kind: 'transient',
      message,
      retry: 'backoff',
      cause: error,
    });
  }
  if (TLS_CODE.test(code)) {
    const message = `the TLS connection to ${origin} failed: ${code}`;
    const fix =
      'if the network inspects TLS, give its certificate authority as `ca`; else ask the owner of the host';
    return new EngineError({ code: 'http-tls', kind: 'definition', message, fix, cause: error });
  }
  const reason = REASONS.get(code) ?? reasonOf(error, code);
  const options = { kind: 'transient', retry: 'backoff', cause: error } as const;
  if (phase === 'body') {
    const message = `the answer of ${origin} breaks off: ${reason}`;
    return new EngineError({ code: 'http-body-truncated', message, ...options });
  }
  return new EngineError({
    code: 'http-unreachable',
    message: `${origin} cannot be reached: ${reason}`,
    ...options,
  });
}

/** @param reason completes "`origin` is refused: ..." */
export function addressRefused(url: URL, reason: string): EngineError {
  const where = url.origin === 'null' ? 'the address' : `\`${url.origin}\``;
  return new EngineError({
    code: 'http-address-refused',
    kind: 'definition',
    message: `${where} is refused: ${reason}`,
    fix: 'correct the address, or grant exactly this origin if the host is yours and meant to be reached',
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function reasonOf(error: unknown, code: string): string {
  const proxyStatus =
    error instanceof Error ? /^Proxy response \((\d+)\)/.exec(error.message)?.[1] : undefined;
  if (proxyStatus !== undefined) return `the proxy answers ${proxyStatus}`;
  return code === '' ? 'the connection failed' : `the connection failed (${code})`;
}
