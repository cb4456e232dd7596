/** What a fault makes of a good answer of the API, and of the way to it. */
import { gzipSync } from 'node:zlib';
import type { HttpRequest } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { type Answer, cut, json, text } from './answer.ts';
import type { Injection } from './injection.ts';
import type { Random } from './random.ts';

type Fault = (answer: Answer, random: Random, about: { request: HttpRequest; now: number }) => Answer;

/** What the transport says of a request that never got an answer, as the engine sees it. */
export function networkFault(url: URL, faults: Injection, random: Random): EngineError | undefined {
  const error = (code: string, kind: 'transient' | 'definition', message: string) =>
    new EngineError({
      code,
      kind,
      message: `\`${url.origin}\` ${message}`,
      ...(kind === 'transient' && { retry: 'backoff' }),
    });
  if (faults.strikes(28))
    return error('http-unreachable', 'transient', 'cannot be reached: the connection is refused');
  if (faults.strikes(41)) {
    return random.chance(0.5)
      ? error('http-unreachable', 'transient', 'cannot be reached: the name does not exist')
      : error(
          'http-address-refused',
          'definition',
          'is refused: the name resolves to 127.0.0.1, which is not a public address',
        );
  }
  if (faults.strikes(42)) return error('http-tls', 'definition', 'failed: CERT_HAS_EXPIRED');
  return undefined;
}

/** By number: what replaces the answer. */
const FAULTS = new Map<number, Fault>([
  [23, (_, random, { now }) => tooMany(random, now)],
  [
    25,
    (_, random) =>
      text(
        random.pick([500, 502, 503, 504]),
        'bad gateway',
        random.chance(0.3) ? { 'retry-after': '2' } : {},
      ),
  ],
  [
    26,
    (_, random, { request }) =>
      isOfOneRecord(request)
        ? text(200, '<html></html>')
        : random.pick([
            json(200, { error: { code: 'InternalError', message: `for ${request.headers.authorization}` } }),
            text(200, '<html><body>Sign in</body></html>', { 'content-type': 'text/html' }),
            json(200, null),
            json(200, { value: { '0': {} } }),
          ]),
  ],
  // Of one record 204 says that there is nothing, and no fault.
  [27, (_, random, { request }) => text(random.chance(0.5) && !isOfOneRecord(request) ? 204 : 200, '')],
  [28, (answer, random) => ({ ...answer, breaksAfter: random.int(0, answer.body.length) })],
  [
    29,
    (answer, random) =>
      random.chance(0.5)
        ? { ...answer, isSilent: true }
        : { ...answer, stallsAfter: random.int(0, answer.body.length) },
  ],
  [
    31,
    (answer, random) => ({
      ...answer,
      headers: {
        ...answer.headers,
        'content-length': String(answer.body.length + random.pick([-1, 1, 500])),
      },
    }),
  ],
  [32, (answer, random) => wronglyEncoded(answer, random)],
  [
    33,
    (answer) => {
      const half = answer.body.length >> 1;
      const body = Buffer.concat([
        gzipSync(answer.body.subarray(0, half)),
        gzipSync(answer.body.subarray(half)),
      ]);
      return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' }, body };
    },
  ],
  [
    34,
    (answer, random) => {
      const at = random.int(0, answer.body.length);
      const odd = random.pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0]]);
      const place = odd[0] === 0xef ? 0 : at;
      return {
        ...answer,
        body: Buffer.concat([answer.body.subarray(0, place), Buffer.from(odd), answer.body.subarray(place)]),
      };
    },
  ],
  [35, (answer, random) => ({ ...answer, body: cut(answer.body, random) })],
  [
    36,
    (answer, random, { request }) => {
      const deep = text(200, `${'['.repeat(5_000)}${']'.repeat(5_000)}`);
      if (isOfOneRecord(request)) return deep;
      return random.pick([
        deep,
        text(200, `{"value":[{"id":"bomb","a":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}]}`),
        text(200, `{"__proto__":{"value":[]},"data":{"__proto__":{"items":[]}}}`),
        {
          ...answer,
          body: gzipSync(Buffer.alloc(8 * 1024 * 1024, ' ')),
          headers: { 'content-encoding': 'gzip' },
        },
      ]);
    },
  ],
  [
    40,
    (_, random, { request }) =>
      text(random.pick([301, 302, 303, 307, 308]), '', {
        location: random.pick(['https://evil.test/', `http://${request.url.host}/`, request.url.href]),
      }),
  ],
]);

/** The answer with the first fault that strikes. */
export function faultyAnswer(
  answer: Answer,
  request: HttpRequest,
  faults: Injection,
  random: Random,
  now: number,
): Answer {
  if (answer.status !== 200) return answer;
  if (faults.strikes(44)) {
    return {
      ...answer,
      headers: {
        ...answer.headers,
        'x-ratelimit-remaining': '-1',
        'x-ratelimit-reset': '0',
        ratelimit: 'limit=0',
      },
    };
  }
  for (const [number, fault] of FAULTS)
    if (faults.strikes(number)) return fault(answer, random, { request, now });
  return answer;
}

function tooMany(random: Random, now: number): Answer {
  const after = random.pick([
    '1',
    '7',
    '61',
    '1000',
    '-5',
    '99999999',
    'soon',
    undefined,
    new Date(now + 20_000).toUTCString(),
  ]);
  return json(
    429,
    { error: { code: 'TooMany', retryAfter: 3 } },
    after === undefined ? {} : { 'retry-after': after },
  );
}

function wronglyEncoded(answer: Answer, random: Random): Answer {
  const encoding = random.pick(['gzip', 'br', 'deflate', 'gzip, gzip', 'zstd', 'compress']);
  const body = encoding === 'gzip, gzip' ? gzipSync(gzipSync(answer.body)) : answer.body;
  return { ...answer, headers: { ...answer.headers, 'content-encoding': encoding }, body };
}

/** An object of whatever kind could be the answer to such a question. */
function isOfOneRecord({ url }: HttpRequest): boolean {
  return url.pathname.endsWith('/details');
}
