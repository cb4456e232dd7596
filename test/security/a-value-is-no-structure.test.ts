/** S15: what stands in a value stays a value: it makes no segment, no parameter, no fragment and no header of a request. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import { configure } from '../../engine/compile/settings.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { systemClock } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { lookupBase, pageUrl, type RequestBase } from '../../engine/fetch/request.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { baseOf, endpointOf } from '../support/endpoint-of.ts';
import { failureOf } from '../support/failure-of.ts';
import { loopbackEnv } from '../support/loopback-env.ts';

const NOW = '2026-01-01T00:00:00Z';
const PIECES = [
  ...[
    '%0d%0a',
    '%0D%0A',
    '\r\n',
    '\r',
    '\n',
    '\0',
    '%00',
    '/../',
    '..',
    '.',
    '%2e%2e',
    '%2e',
    '%2f',
    '/',
    '//',
    '\\',
  ],
  ...[
    '?',
    '#',
    '&',
    ';',
    '=',
    '+',
    ' ',
    '\t',
    '%',
    '%25',
    '@',
    ':',
    '$',
    ',',
    "'",
    '"',
    '<',
    '>',
    '[',
    ']',
    '{',
    '}',
    '|',
  ],
  ...[
    'http://evil.example',
    '//evil.example',
    'x-injected: 1',
    '$skiptoken=1',
    '&admin=true',
    'é',
    '１',
    '。',
    '\u2028',
  ],
  ...['\ufeff', '\u202e', '\ud800', '\udc00', '😀', '`', '^', '~', '!', '(', ')', '*', 'a', '0'],
];
const value = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme', maxLength: 3 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '');
/** Half of a character, which no address can hold. */
const HALF = /\p{Surrogate}/u;
const RUNS = { numRuns: 400 };

/** An endpoint that is asked for each record. */
function askedFor() {
  const text = stringify({
    connector: 'acme',
    apis: { acme: { base_url: 'https://api.example.com' } },
    endpoints: {
      things: { api: 'acme', path: '/things', key: 'id' },
      parts: { api: 'acme', path: '/things/${input.thing.id}/parts', query: { of: '${input.thing.id}' } },
    },
    streams: {
      things: {
        record: { thing: 'things' },
        lookup: { parts: { endpoint: 'parts' } },
        event: 'inventory_info',
        mappings: { own: 'own.jsonata' },
      },
    },
  });
  const mapping = compileMapping(new SourceText('own.jsonata', '{"class_uid": 5001}'));
  const parsed = parseConnector(new SourceText('connector.yaml', text));
  const { connector, diagnostics } = compileConnector(parsed, '/acme', new Map([['own.jsonata', mapping]]));
  const endpoint = connector?.streams.things?.lookups[0]?.endpoint;
  if (!connector || !endpoint) throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return { endpoint, configuration: configure(connector, {}) };
}

/** As a server takes the target apart: segments and parameters, decoded once. */
function readBy(url: URL): { segments: string[]; parameters: [string, string][] } {
  // What goes over the wire is the text of the URL, which is read again here.
  const sent = new URL(url.href);
  const [, ...segments] = sent.pathname.split('/');
  const parameters = sent.search.slice(1).split('&').filter(Boolean);
  return {
    segments: segments.map(decodeURIComponent),
    parameters: parameters.map((text) => {
      const [name = '', ...rest] = text.split('=');
      return [decodeURIComponent(name), decodeURIComponent(rest.join('='))];
    }),
  };
}

function expectStructure(base: RequestBase, segments: string[], parameters: [string, string][]): void {
  const url = pageUrl(base, { query: { top: '1' } }, undefined);
  expect(url.origin).toBe('https://api.example.com');
  expect([url.hash, url.username, url.password]).toEqual(['', '', '']);
  expect(readBy(url)).toEqual({ segments, parameters: [...parameters, ['top', '1']] });
  expect(url.href).toMatch(/^[!-~]+$/);
}

describe('a setting', () => {
  const configured = (setting: string) =>
    endpointOf(
      {
        path: '/v1/${settings.given}/things/x-${settings.given}.json',
        query: { given: '${settings.given}', both: 'a-${settings.given}&b' },
      },
      { base_url: 'https://api.example.com/base' },
      { given: setting },
    );

  it('is one segment of a path and one value of a query', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (text) => {
        const segments = ['base', 'v1', text, 'things', `x-${text}.json`];
        // These would be another path however they are written.
        if (text === '.' || text === '..' || HALF.test(text)) {
          const error = await failureOf(async () => baseOf(await configured(text)));
          expect(error.code).toBe('def-path-value');
          return;
        }
        const parameters: [string, string][] = [
          ['given', text],
          ['both', `a-${text}&b`],
        ];
        expectStructure(await baseOf(await configured(text)), segments, parameters);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a value of a record', () => {
  const { endpoint, configuration } = askedFor();

  it('is one segment of a path and one value of a query, or is not asked for', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (id) => {
        const base = await lookupBase(endpoint, await configuration, NOW, { thing: { id } });
        if (base === undefined) expect(['.', '..'].includes(id) || HALF.test(id)).toBe(true);
        else expectStructure(base, ['things', id, 'parts'], [['of', id]]);
      }),
      RUNS,
    );
  });

  it.each(['', '.', '..', '\ud800', null, undefined])('that is %j is not asked for', async (id) => {
    expect(await lookupBase(endpoint, await configuration, NOW, { thing: { id } })).toBeUndefined();
  });
});

it('a name and a value of a page are one parameter', async () => {
  const base = await baseOf(await endpointOf());
  await fc.assert(
    fc.property(value, value, (name, text) => {
      const url = pageUrl(base, { query: { [name]: text } }, undefined);
      const whole = (one: string) => one.replace(/\p{Surrogate}/gu, '\ufffd');
      expect(readBy(url)).toEqual({ segments: ['things'], parameters: [[whole(name), whole(text)]] });
      expect(url.hash).toBe('');
    }),
    RUNS,
  );
});

it('a value in a header adds no header, or is refused by name', { timeout: 60_000 }, async () => {
  const heads: string[][] = [];
  const server = createServer((request, response) => {
    heads.push(request.rawHeaders);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = loopbackEnv(systemClock, origin);
  const send = async (given: string) => {
    const configured = await endpointOf(
      { headers: { 'x-given': 'a${settings.given}b' } },
      { base_url: origin },
      { given },
    );
    const { url, headers } = await baseOf(configured);
    const { body } = await env.network.send({ method: 'GET', url, headers });
    for await (const _ of body);
  };
  let refused = 0;
  try {
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        heads.length = 0;
        const error = await send(given).catch((caught: unknown) => caught);
        if (error === undefined) {
          const names = heads[0]?.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
          expect(names?.sort()).toEqual(['accept', 'connection', 'host', 'x-given']);
          return;
        }
        refused++;
        expect(heads).toEqual([]);
        expect(error).toBeInstanceOf(EngineError);
        expect(error).toMatchObject({ code: 'def-header-value', kind: 'definition', retry: 'never' });
        expect((error as EngineError).message).toContain('x-given');
      }),
      { numRuns: 150 },
    );
  } finally {
    await env.network.close();
    server.closeAllConnections();
    server.close();
  }
  expect(refused).toBeGreaterThan(10);
});
