import { describe, expect, test } from 'vitest';
import type { EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { pageUrl, requestBase } from '../../engine/fetch/request.ts';
import { baseOf, endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';

describe('the URL of a page', () => {
  test('is base URL, path, query of the endpoint and query of the page', async () => {
    const configured = await endpointOf(
      { path: '/v1/things', query: { expand: 'a,b' } },
      { base_url: 'https://h/api/' },
    );
    const url = pageUrl(await baseOf(configured), { query: { $top: '10' } }, undefined);
    expect(url.href).toBe('https://h/api/v1/things?expand=a,b&$top=10');
  });

  test('has no question mark where there is no query', async () => {
    expect(pageUrl(await baseOf(await endpointOf()), { query: {} }, undefined).href).toBe(
      'https://api.example.com/things',
    );
  });

  test.each([
    ['lastSeen ge 2026-01-01T00:00:00Z', '$filter=lastSeen%20ge%202026-01-01T00:00:00Z'],
    ['a+b&c=d#e', '$filter=a%2Bb%26c%3Dd%23e'],
    ['Büro "x"', '$filter=B%C3%BCro%20%22x%22'],
    ['100%', '$filter=100%25'],
  ])('carries %s so that a server reads the same', async (text, expected) => {
    const url = pageUrl(await baseOf(await endpointOf()), { query: { $filter: text } }, undefined);
    expect(url.search.slice(1)).toBe(expected);
    expect(url.searchParams.get('$filter')).toBe(text);
  });

  test('has what the page asks where both ask for one parameter', async () => {
    const base = await baseOf(await endpointOf({ query: { limit: '5' } }));
    expect(pageUrl(base, { query: { limit: '7' } }, undefined).search).toBe('?limit=7');
  });

  test.each([
    ["kind eq 'a'", "kind eq 'a' and at ge 1 and at ge 2"],
    ["kind eq 'a' or kind eq 'b'", "((kind eq 'a' or kind eq 'b') and at ge 1) and at ge 2"],
    ["kind eq 'floor'", "kind eq 'floor' and at ge 1 and at ge 2"],
  ])('of the filter %s asks for what both it, the cursor and the page want', async (own, expected) => {
    const { endpoint, configuration } = await endpointOf({ query: { $filter: own } });
    const base = await requestBase(endpoint, configuration, '2026-01-01T00:00:00Z', { $filter: 'at ge 1' });
    const url = pageUrl(base, { query: { $top: '1' }, filter: 'at ge 2' }, undefined);
    expect(url.searchParams.get('$filter')).toBe(expected);
  });

  test('evaluates templates: settings, now, and nothing where a value is absent', async () => {
    const configured = await endpointOf(
      { path: '/${settings.region}/things', query: { since: '${now}', note: '${settings.note}' } },
      {},
      { region: 'eu 1', note: '' },
    );
    const base = await requestBase(configured.endpoint, configured.configuration, '2026-01-01T00:00:00Z', {
      more: '1',
    });
    expect(pageUrl(base, { query: {} }, undefined).href).toBe(
      'https://api.example.com/eu%201/things?since=2026-01-01T00:00:00Z&more=1',
    );
  });
});

describe('headers', () => {
  test('are those of the API with those of the endpoint over them, in lower case, and ask for JSON', async () => {
    const configured = await endpointOf(
      { headers: { Prefer: 'odata', 'X-B': 'endpoint' } },
      { headers: { 'x-b': 'api', 'X-Tenant': '${settings.tenant}' } },
      { tenant: 't1' },
    );
    expect((await baseOf(configured)).headers).toEqual({
      accept: 'application/json',
      prefer: 'odata',
      'x-b': 'endpoint',
      'x-tenant': 't1',
    });
  });

  test('may ask for something else than JSON', async () => {
    expect((await baseOf(await endpointOf({ headers: { Accept: 'application/x-ndjson' } }))).headers).toEqual(
      {
        accept: 'application/x-ndjson',
      },
    );
  });
});

test.each(['', '..', '.', undefined])('a path made of %j is refused', async (segment) => {
  const configured = await endpointOf({ path: '/a/${settings.segment}' }, {}, { segment });
  const error = await failureOf(() => baseOf(configured));
  expect(error).toMatchObject({ code: 'def-path-value', kind: 'definition', retry: 'never' });
  expect(error.at).toBeDefined();
});

test('a header with a line break is refused, and not shown', async () => {
  const configured = await endpointOf(
    { headers: { 'X-Note': '${settings.note}' } },
    {},
    { note: 'hidden\r\nb: 1' },
  );
  const error = await failureOf(() => baseOf(configured));
  expect(error).toMatchObject({ code: 'def-header-value', kind: 'definition', retry: 'never' });
  expect(error.message).toContain('`x-note` of endpoint `things`');
  expect(error.message).not.toContain('hidden');
});

test('half a character in a query goes as U+FFFD', async () => {
  const url = pageUrl(await baseOf(await endpointOf()), { query: { a: 'b\ud800' } }, undefined);
  expect(url.search).toBe('?a=b%EF%BF%BD');
});

describe('a base URL', () => {
  test.each(['not a url', ''])('of "%s" is refused with the place of the endpoint', async (text) => {
    const error = await failureOf(async () =>
      baseOf(await endpointOf({}, { base_url: '${settings.base}' }, { base: text })),
    );
    expect(error).toMatchObject({ code: 'def-base-url', kind: 'definition' });
    expect(error.at).toBeDefined();
  });

  test('an origin that is no URL is refused, too', async () => {
    const error = await failureOf(async () => baseOf(await endpointOf({}, { origins: ['cdn.example.com'] })));
    expect(error.message).toContain('cdn.example.com');
    expect(error).toMatchObject({ code: 'def-base-url', kind: 'definition' });
  });
});

describe('a next link', () => {
  const base = async () =>
    baseOf(
      await endpointOf(
        {},
        { base_url: 'https://api.example.com/v1', origins: ['https://pages.example.com:8443'] },
      ),
    );
  const previous = new URL('https://api.example.com/v1/things?page=1');

  test.each([
    [
      'https://api.example.com/v1/things?%24skiptoken=a%2fb%3d',
      'https://api.example.com/v1/things?%24skiptoken=a%2fb%3d',
    ],
    ['https://API.example.com:443/x', 'https://api.example.com/x'],
    ['https://pages.example.com:8443/2', 'https://pages.example.com:8443/2'],
    ['/v1/things?page=2', 'https://api.example.com/v1/things?page=2'],
    ['?page=2', 'https://api.example.com/v1/things?page=2'],
    ['more?page=2', 'https://api.example.com/v1/more?page=2'],
    ['//api.example.com/v1/things?page=2', 'https://api.example.com/v1/things?page=2'],
  ])('%s leads to %s', async (link, href) => {
    expect(pageUrl(await base(), { link }, previous).href).toBe(href);
  });

  test('is relative to the base URL where there is no page before', async () => {
    expect(pageUrl(await base(), { link: '?page=2' }, undefined).href).toBe(
      'https://api.example.com/v1/things?page=2',
    );
  });

  test('is taken as it is: the query of the endpoint is not added again', async () => {
    const configured = await endpointOf({ query: { expand: 'all' } });
    expect(pageUrl(await baseOf(configured), { link: '/things?p=2' }, previous).search).toBe('?p=2');
  });

  test.each([
    ['another host', 'https://evil.example.net/v1/things'],
    ['a host that begins like it', 'https://api.example.com.evil.net/v1'],
    ['a host below it', 'https://a.api.example.com/v1'],
    ['http', 'http://api.example.com/v1/things'],
    ['another port', 'https://api.example.com:8443/v1/things'],
    ['the port of a granted host on another', 'https://pages.example.com/2'],
    ['another host without a scheme', '//evil.example.net/v1'],
    ['a back-slash', 'https:\\\\evil.example.net\\v1'],
    ['user info', 'https://user:password@api.example.com/v1/things'],
    ['a user name that looks like the host', 'https://api.example.com@evil.example.net/v1'],
    ['a file', 'file:///etc/passwd'],
    ['a blob of the origin', 'blob:https://api.example.com/x'],
    ['data', 'data:application/json,{}'],
  ])('to %s is refused', async (_, link) => {
    const { code, message } = await base().then((known) =>
      failureOf(() => pageUrl(known, { link }, previous)),
    );
    expect(code).toBe('http-origin-refused');
    expect(message).not.toContain('password@');
  });

  test('that is no URL at all is told', async () => {
    const known = await base();
    expect(await failureOf(() => pageUrl(known, { link: 'https://[::' }, previous))).toMatchObject({
      code: 'page-bad-link',
      kind: 'contract',
    });
  });
});

describe('origins of files', () => {
  const definition: Partial<EndpointDefinition> = {
    pagination: { type: 'export_files', files: 'files', origins: ['${settings.origin}'] },
  };

  test('come from settings', async () => {
    const { fileOrigins } = await baseOf(
      await endpointOf(definition, {}, { origin: 'https://*.example.com' }),
    );
    expect(fileOrigins.map((origin) => origin.matches(new URL('https://a.example.com')))).toEqual([true]);
  });

  test.each(['https://*', ''])('are refused as %j', async (origin) => {
    const configured = await endpointOf(definition, {}, { origin });
    expect(await failureOf(() => baseOf(configured))).toMatchObject({
      code: 'def-file-origin',
      kind: 'definition',
    });
  });
});
