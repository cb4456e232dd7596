/** Where may a request go? The operator's grants, and the rule that credentials stay at their origins. */
import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import { addressKind } from './address.ts';

/** Names of metadata services; their addresses are refused wherever a name resolves to them. */
const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog']);

/**
 * The origins that the operator granted by name. Public https needs no grant; http and non-public addresses are
 * reached only at exactly a granted origin (scheme, host and port). Metadata services cannot be granted.
 */
export class Grants {
  readonly #origins: ReadonlySet<string>;

  private constructor(origins: ReadonlySet<string>) {
    this.#origins = origins;
  }

  /**
   * @param options.allowed origins such as `https://siem.corp:8443` or `http://127.0.0.1:9000`: no path, no wildcard
   * @throws EngineError `http-grant-invalid` (usage)
   */
  static of(options: { allowed: readonly string[] }): Grants {
    return new Grants(new Set(options.allowed.map(grantedOrigin)));
  }

  /** Whether the URL's exact origin was granted by name. */
  has(url: URL): boolean {
    return isHttp(url) && this.#origins.has(url.origin);
  }

  /** Whether a request may be made at all; the network still checks what a name resolves to. */
  allows(url: URL): boolean {
    return this.refusal(url) === undefined;
  }

  /** Why the URL may not be asked, in words that complete "`origin` is refused: ...". */
  refusal(url: URL): string | undefined {
    if (!isHttp(url)) return `the scheme is \`${url.protocol}\`, expected https`;
    if (url.username !== '' || url.password !== '') return 'the address carries a user name or password';
    const host = bareHost(url);
    if (isMetadataService(host)) return 'it is a metadata service, which is never reached';
    if (isIP(host) !== 0 && !allowsAddress(host, this.has(url))) return 'the address is not public';
    if (url.protocol === 'http:' && !this.has(url)) return 'http is not encrypted, expected https';
    return undefined;
  }
}

/** Whether a connection may go to this address, for an origin that was granted by name or was not. */
export function allowsAddress(address: string, isGranted: boolean): boolean {
  const kind = addressKind(address);
  return kind === 'public' || (kind === 'private' && isGranted);
}

/** Whether a URL's host is loopback as written: `localhost`, 127.0.0.0/8 or `[::1]` (brackets optional). */
export function isLoopbackLiteral(host: string): boolean {
  const bare = unbracketed(host.toLowerCase());
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/**
 * Refuses a URL that a vendor sent (a next link) unless it stays at an origin that the credentials belong to.
 * @param what names the URL in the message: `the vendor's next link`
 * @throws EngineError `http-origin-refused` (contract)
 */
export function assertSameOrigin(url: URL, allowedOrigins: readonly string[], what: string): void {
  const allowed = allowedOrigins.map((origin) => new URL(origin).origin);
  // A `blob:` URL has the origin of the URL inside of it, so the scheme counts too.
  const isAllowed = isHttp(url) && allowed.includes(url.origin);
  if (isAllowed && url.username === '' && url.password === '') return;
  const target = isHttp(url) ? `\`${url.origin}\`` : `a \`${url.protocol}\` address`;
  const home = allowed.map((origin) => `\`${origin}\``).join(', ');
  throw new EngineError({
    code: 'http-origin-refused',
    kind: 'contract',
    message: isAllowed
      ? `${what} carries a user name or password, expected an address at ${home} without them`
      : `${what} points to ${target}; credentials stay at ${home}`,
    fix: 'check with the vendor that this address is genuine, then correct the `base_url` of the connector',
  });
}

function grantedOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !isHttp(url) || url.href !== `${url.origin}/`) {
    throw invalidGrant(`the grant is not an origin, expected a form like \`https://host:8443\``);
  }
  if (isMetadataService(bareHost(url))) {
    throw invalidGrant(`\`${url.origin}\` is a metadata service, which cannot be granted`);
  }
  return url.origin;
}

function invalidGrant(message: string): EngineError {
  const fix = 'grant the exact origin of a host of your own: scheme, host and port';
  return new EngineError({ code: 'http-grant-invalid', kind: 'usage', message, fix });
}

function isMetadataService(host: string): boolean {
  return METADATA_NAMES.has(host) || addressKind(host) === 'metadata';
}

function isHttp(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}

/** The host without brackets and without the trailing dot of a rooted name. */
function bareHost(url: URL): string {
  return unbracketed(url.hostname).replace(/\.$/, '');
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
