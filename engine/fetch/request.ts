/** From an endpoint and its configuration to the URL and headers of a request. */
import { isHeaderValue } from '../auth/header-value.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { Configuration } from '../compile/settings.ts';
import { type Scope, type Template, texts } from '../compile/template.ts';
import { EngineError } from '../errors.ts';
import { OriginPattern } from '../http/origin-pattern.ts';
import { assertSameOrigin } from '../http/origins.ts';
import type { PageRequest } from './paginate/index.ts';

/** What of a request stays the same over all pages of a walk. */
export interface RequestBase {
  /** Without a query. */
  url: URL;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** Origins that a next link may point to. */
  origins: string[];
  /** Where files that an answer lists may come from. */
  fileOrigins: OriginPattern[];
  /** Where lookups of the endpoint are sent together. */
  batchUrl?: URL;
}

/** Evaluates the templates of an endpoint. `extra` are query parameters of the stream's cursor. */
export async function requestBase(
  endpoint: Endpoint,
  configuration: Configuration,
  now: string,
  extra: Record<string, string> = {},
): Promise<RequestBase> {
  const { scope } = configuration;
  const path = await endpoint.path.encoded(scope, pathSegment);
  if (path === undefined) throw badPath(endpoint);
  const own = await texts(endpoint.query, { ...scope, now });
  const $filter = bothFilters(own.$filter, extra.$filter);
  const query = { ...own, ...extra, ...($filter !== undefined && { $filter }) };
  return baseOf(endpoint, configuration, path, query);
}

/**
 * The base for one question of a lookup, whose path and query name records of the input. Undefined when the input has no
 * value for one of them, or one that no address can hold (`.`, `..` in a path, half a character): there is nothing to ask for then.
 */
export async function lookupBase(
  endpoint: Endpoint,
  configuration: Configuration,
  now: string,
  input: Record<string, unknown>,
): Promise<RequestBase | undefined> {
  const scope = { ...configuration.scope, now, input };
  const path = await endpoint.path.encoded(scope, pathSegment);
  if (path === undefined) return undefined;
  const query = await texts(endpoint.query, scope);
  // Left out, as a setting without a value is, it would make the question one for everything.
  const isAsked = ([name, template]: [string, Template]) =>
    Object.hasOwn(query, name) || !template.reads('input');
  if (!Object.entries(endpoint.query).every(isAsked)) return undefined;
  if (Object.values(query).some((value) => LONE_SURROGATE.test(value))) return undefined;
  return baseOf(endpoint, configuration, path, query);
}

async function baseOf(
  endpoint: Endpoint,
  configuration: Configuration,
  path: string,
  query: Record<string, string>,
): Promise<RequestBase> {
  const { scope } = configuration;
  const baseText = await endpoint.api.baseUrl.text(scope);
  const base = baseText === undefined ? null : parseUrl(baseText);
  if (!base) throw badUrl(endpoint, 'the base URL', baseText);
  const below = (text: string): URL => {
    const url = new URL(base.href);
    url.pathname = base.pathname.replace(/\/$/, '') + text;
    return url;
  };
  const origins = [base.origin];
  for (const template of endpoint.api.origins) {
    const origin = await template.text(scope);
    if (origin === undefined) continue;
    if (!parseUrl(origin)) throw badUrl(endpoint, 'an origin', origin);
    origins.push(origin);
  }
  return {
    url: below(path),
    origins,
    fileOrigins: await fileOrigins(endpoint, scope),
    query,
    headers: await headersOf(endpoint, scope),
    ...(endpoint.batch && { batchUrl: below(endpoint.batch.path) }),
  };
}

/** @throws EngineError `def-header-value`; the value is not shown */
async function headersOf(endpoint: Endpoint, scope: Scope): Promise<Record<string, string>> {
  const headers = {
    accept: 'application/json',
    ...lowerCase(await texts(endpoint.api.headers, scope)),
    ...lowerCase(await texts(endpoint.headers, scope)),
  };
  const bad = Object.entries(headers).find(([, value]) => !isHeaderValue(value));
  if (!bad) return headers;
  throw new EngineError({
    code: 'def-header-value',
    kind: 'definition',
    message: `the header \`${bad[0]}\` of endpoint \`${endpoint.name}\` holds a line break or another character that no header can carry`,
    fix: 'correct the setting that it is made of',
    at: endpoint.at,
  });
}

/** @throws EngineError `def-file-origin` for a setting that is no origin */
async function fileOrigins(endpoint: Endpoint, scope: Scope): Promise<OriginPattern[]> {
  const patterns: OriginPattern[] = [];
  for (const template of endpoint.exportFiles?.origins ?? []) {
    const text = await template.text(scope);
    const pattern = text === undefined ? undefined : OriginPattern.of(text);
    if (!pattern) {
      throw new EngineError({
        code: 'def-file-origin',
        kind: 'definition',
        message: `an origin of the files of endpoint \`${endpoint.name}\` is ${text === undefined ? 'empty' : `\`${text}\``}, expected a form like \`https://*.example.com\``,
        fix: 'correct the setting that it is made of',
        at: endpoint.at,
      });
    }
    patterns.push(pattern);
  }
  return patterns;
}

/** Half a character, which no address can hold. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** A value as one segment of a path (RFC 3986, 3.3), sub-delimiters included; undefined for one that would name another path. */
function pathSegment(value: string): string | undefined {
  if (value === '' || value === '.' || value === '..' || LONE_SURROGATE.test(value)) return undefined;
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The URL of a page. A link of the vendor is taken as it came, but must stay at the origins that were granted.
 * @throws EngineError `http-origin-refused`
 */
export function pageUrl(base: RequestBase, request: PageRequest, previous: URL | undefined): URL {
  if ('link' in request) {
    const url = parseUrl(request.link, previous ?? base.url);
    if (!url) {
      throw new EngineError({
        code: 'page-bad-link',
        kind: 'contract',
        message: 'the link to the next page is not a URL',
      });
    }
    assertSameOrigin(url, base.origins, "the vendor's next link");
    return url;
  }
  const url = new URL(base.url.href);
  const $filter = bothFilters(base.query.$filter, request.filter);
  const query = Object.entries({
    ...base.query,
    ...request.query,
    ...($filter !== undefined && { $filter }),
  });
  url.search = query.map(([name, value]) => `${encodeQuery(name)}=${encodeQuery(value)}`).join('&');
  return url;
}

/** An OData `$filter` that asks for what both ask for. */
function bothFilters(first: string | undefined, second: string | undefined): string | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return [first, second].map((filter) => (/\bor\b/i.test(filter) ? `(${filter})` : filter)).join(' and ');
}

/**
 * Percent-encoding for a query component that leaves what OData writes in the clear: `$`, `,`, `:`, `'`. Half a character goes as
 * U+FFFD, as the URL standard has it.
 */
function encodeQuery(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATES, '\ufffd')).replace(/%(24|2C|3A)/g, (code) =>
    decodeURIComponent(code),
  );
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function parseUrl(text: string, base?: URL): URL | null {
  return URL.canParse(text, base?.href) ? new URL(text, base?.href) : null;
}

function badPath(endpoint: Endpoint): EngineError {
  return new EngineError({
    code: 'def-path-value',
    kind: 'definition',
    message: `the path of endpoint \`${endpoint.name}\` is made of a value that is missing, or that is no segment of a path`,
    fix: 'correct the setting that it is made of',
    at: endpoint.at,
  });
}

function badUrl(endpoint: Endpoint, what: string, text: string | undefined): EngineError {
  return new EngineError({
    code: 'def-base-url',
    kind: 'definition',
    message: `${what} of api \`${endpoint.api.name}\` is ${text === undefined ? 'empty' : `\`${text}\``}, expected an absolute URL`,
    fix: 'correct the setting that it is made of',
    at: endpoint.at,
  });
}
