/** How does a request reach the vendor? The real network: undici, with every address checked before it is connected. */
import { type LookupAddress, lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type Clock, type HttpRequest, type HttpResponse, type Network, systemClock } from '../env.ts';
import { BODY_IDLE_TIMEOUT_MS, CONNECT_TIMEOUT_MS, HEADERS_TIMEOUT_MS } from '../limits.ts';
import { AddressRefused, addressRefused, networkError } from './network-error.ts';
import { allowsAddress, type Grants } from './origins.ts';
import { paced } from './pace.ts';
import { bypassesProxy } from './proxy.ts';

export interface NetworkOptions {
  grants: Grants;
  /** PEM certificates that are trusted besides Node's own roots. */
  ca?: string;
  /** Proxy for public hosts, `http://user:password@host:3128`; granted origins are always reached directly. */
  proxy?: string;
  /** Hosts past the proxy, in the form of NO_PROXY. */
  noProxy?: string;
  /** Milliseconds; the defaults are in `limits.ts`. */
  timeouts?: { connectMs?: number; headersMs?: number; bodyIdleMs?: number };
  /** For the pace of bodies; the system's unless given. */
  clock?: Clock;
  /** All addresses of a name; the system's resolver unless given. */
  resolve?: (host: string) => Promise<LookupAddress[]>;
}

/** Time that one address of a host with several is tried before the next; Node's 250 ms is too short across oceans. */
const ADDRESS_ATTEMPT_MS = 1_000;

/**
 * The network as the operator granted it. Redirects are not followed, bodies are not decoded, connections are kept alive
 * and each new one goes to an address that was checked. Through a proxy the name is resolved there: only the rules on
 * schemes, names and literal addresses hold then.
 * @throws EngineError from `send`: `http-unreachable`, `http-timeout` (transient), `http-address-refused`, `http-tls`
 * (definition); while the body is read `http-timeout`, `http-body-truncated` (transient)
 */
export function createNetwork(options: NetworkOptions): Network {
  const { grants, clock = systemClock } = options;
  const pools = createPools(options);
  const poolFor = (url: URL): Dispatcher => {
    if (grants.has(url)) return pools.granted;
    return pools.proxied && !bypassesProxy(url, options.noProxy ?? '') ? pools.proxied : pools.open;
  };
  return {
    send: async (request) => {
      const refusal = grants.refusal(request.url);
      if (refusal !== undefined) throw addressRefused(request.url, refusal);
      return send(request, poolFor(request.url), clock);
    },
    close: async () => {
      await Promise.all([pools.granted.destroy(), pools.open.destroy(), pools.proxied?.destroy()]);
    },
  };
}

async function send(request: HttpRequest, dispatcher: Dispatcher, clock: Clock): Promise<HttpResponse> {
  const { url, method, headers, body, signal } = request;
  try {
    const answer = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    return {
      status: answer.statusCode,
      headers: flatten(answer.headers),
      body: checkedBody(paced(answer.body, url.origin, clock), url, signal),
    };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw networkError(error, url, 'request');
  }
}

function checkedBody(
  body: AsyncIterable<Uint8Array>,
  url: URL,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* body;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw networkError(error, url, 'body');
      }
    },
  };
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat.push([name, Array.isArray(value) ? value.join(', ') : value]);
  }
  return Object.fromEntries(flat);
}

interface Pools {
  /** Origins granted by name: private addresses are fine. */
  granted: Dispatcher;
  /** Everything else: public addresses only. */
  open: Dispatcher;
  proxied: Dispatcher | undefined;
}

function createPools(options: NetworkOptions): Pools {
  const { proxy, timeouts = {} } = options;
  const shared = {
    headersTimeout: timeouts.headersMs ?? HEADERS_TIMEOUT_MS,
    bodyTimeout: timeouts.bodyIdleMs ?? BODY_IDLE_TIMEOUT_MS,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
  };
  const connect = {
    timeout: timeouts.connectMs ?? CONNECT_TIMEOUT_MS,
    minVersion: 'TLSv1.2',
    // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment has no effect.
    rejectUnauthorized: true,
    ...(options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] }),
  } as const;
  const resolve = options.resolve ?? resolveAll;
  const pool = (isGranted: boolean) => {
    const lookup = checkedLookup(resolve, (address) => allowsAddress(address, isGranted));
    return new Agent({ ...shared, connect: { ...connect, lookup } });
  };
  return {
    granted: pool(true),
    open: pool(false),
    proxied:
      proxy === undefined
        ? undefined
        : new ProxyAgent({ ...shared, uri: proxy, requestTls: connect, proxyTls: connect }),
  };
}

/** Resolves, refuses if any answer is outside of the grants, and hands out exactly the answers that it checked. */
function checkedLookup(
  resolve: (host: string) => Promise<LookupAddress[]>,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (host, options, callback) => {
    const answer = (addresses: LookupAddress[]) => {
      const refused = addresses.find(({ address }) => !isAllowed(address));
      const [first] = addresses;
      if (refused) callback(new AddressRefused(refused.address), '', 0);
      else if (!first) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    resolve(host).then(answer, (error) => callback(error, '', 0));
  };
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    resolveName(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}
