/** The vendor behind the network port: lets in, lists, limits, and does wrong what the faults of the schedule say. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { HttpRequest, HttpResponse, Network } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { untilAborted } from '../../engine/http/until-aborted.ts';
import { type Answer, cut, json, text } from './answer.ts';
import type { Audit } from './audit.ts';
import { faultyAnswer, networkFault } from './faulty-answer.ts';
import type { Injection } from './injection.ts';
import { type ListPage, Lists } from './lists.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { ListName, Truth } from './truth.ts';
import type { World } from './world.ts';

export const API = 'https://api.quay.test';
export const LOGIN = 'https://login.quay.test';
export const FILES = 'https://eu.files.quay.test';

/** What every secret of the simulation has in it, and nothing else. */
export const CANARY = 'cnry7f3a9d';

export interface Tenant {
  name: string;
  secret: string;
  truth: Truth;
  lists: Lists;
}

interface Token {
  tenant: string;
  until: number;
}

const LIST_NAMES: readonly string[] = [
  'assets',
  'owners',
  'findings',
  'events',
  'journal',
  'alerts',
  'users',
  'exports',
];

export class Vendor {
  readonly #world: World;
  readonly #random: Random;
  readonly #faults: Injection;
  readonly #audit: Audit;
  readonly #tenants = new Map<string, Tenant>();
  readonly #tokens = new Map<string, Token>();
  readonly #files = new Map<string, Buffer>();
  #tokenCount = 0;
  /** How often what processes have written of their calls was taken from them. */
  eras = 0;
  /** Nobody is let in before this time. */
  #stormUntil = 0;
  /** What changes at a vendor while it is asked. */
  readonly #onRequest: (tenant: Tenant) => void;

  constructor(options: {
    world: World;
    random: Random;
    faults: Injection;
    audit: Audit;
    onRequest(tenant: Tenant): void;
  }) {
    this.#world = options.world;
    this.#random = options.random;
    this.#faults = options.faults;
    this.#audit = options.audit;
    this.#onRequest = options.onRequest;
  }

  add(truth: Truth): Tenant {
    const { tenant: name } = truth;
    const lists = new Lists(truth, this.#random.fork(`lists ${name}`), this.#faults);
    const tenant = { name, secret: `${CANARY}-secret-of-${name}`, truth, lists };
    this.#tenants.set(name, tenant);
    return tenant;
  }

  network = (process: Process): Network => ({
    send: (request) => process.call('send', () => untilAborted(this.#send(request, process), request.signal)),
    close: async () => {},
  });

  async #send(request: HttpRequest, process: Process): Promise<HttpResponse> {
    const { url } = request;
    this.#audit.requests++;
    const sentAt = this.#world.elapsed;
    const failure = networkFault(url, this.#faults, this.#random);
    if (url.origin === API)
      this.#audit.calls.push({
        at: sentAt,
        tenant: url.pathname.split('/')[1] ?? '',
        process: process.number,
        era: this.#eraOf(process),
      });
    await process.delay(this.#random.int(1, 400));
    if (failure) throw failure;
    if (process.fate.onSend?.()) throw brokenOff(url);
    const answer = this.#answer(request);
    if (answer.isSilent) {
      await process.delay(60_000);
      throw tooSlow(url, 'no answer within the time allowed');
    }
    if (answer.delayMs) await process.delay(answer.delayMs);
    // What is not awaited any more is not heard.
    request.signal?.throwIfAborted();
    this.#noteHold(answer, url, process);
    return { status: answer.status, headers: answer.headers, body: this.#body(answer, url, process) };
  }

  #answer(request: HttpRequest): Answer {
    const { url } = request;
    if (url.username !== '' || url.password !== '')
      this.#audit.wrong('I12', `a user name went to ${url.origin}`);
    if (url.origin === LOGIN) return this.#token(request);
    if (url.origin === FILES) return this.#file(request);
    if (url.origin === API) {
      const answer = this.#api(request);
      return this.#faults.isOff
        ? answer
        : this.#encoded(faultyAnswer(answer, request, this.#faults, this.#random, this.#world.now));
    }
    this.#audit.wrong('I12', `${url.origin} was asked for ${url.pathname}`);
    if (JSON.stringify(request.headers).includes(CANARY))
      this.#audit.wrong('I11', `${url.origin} got a credential`);
    return text(200, '{}');
  }

  #token(request: HttpRequest): Answer {
    const faults = this.#faults;
    const name = request.url.pathname.split('/')[1] ?? '';
    const tenant = this.#tenants.get(name);
    const given = new URLSearchParams(request.body);
    if (tenant && given.get('client_secret') !== tenant.secret)
      this.#audit.wrong('I20', `the token endpoint of ${name} got another secret than that of ${name}`);
    if (!tenant) return json(400, { error: 'invalid_client' });
    if (faults.strikes(40)) return text(307, '', { location: 'https://evil.test/token' });
    if (faults.strikes(21)) {
      const wrong = this.#random.pick(['slow', '500', 'huge', 'expires', 'echo'] as const);
      if (wrong === 'slow') return { ...this.#granted(name, 3600), delayMs: 25_000 };
      if (wrong === '500') return text(500, 'internal error');
      if (wrong === 'huge') return text(200, Buffer.alloc(2 * 1024 * 1024, 'x'));
      if (wrong === 'echo')
        return json(400, { error: 'server_error', error_description: String(request.body) });
      return this.#granted(name, this.#random.pick([-1, 0, 'soon', 1e12, null]));
    }
    return this.#granted(name, 3600);
  }

  #granted(tenant: string, expires: unknown): Answer {
    const token = `${CANARY}-token-${tenant}-${++this.#tokenCount}`;
    const life = this.#faults.strikes(19) ? this.#random.int(1, 30) : 3600;
    this.#tokens.set(token, { tenant, until: this.#world.elapsed + life * 1000 });
    return json(200, { access_token: token, token_type: 'Bearer', expires_in: expires });
  }

  #api(request: HttpRequest): Answer {
    const { url } = request;
    const faults = this.#faults;
    const [, name = '', list = '', ref] = url.pathname.split('/');
    const tenant = this.#tenants.get(name);
    const refusal = this.#refusal(request, name);
    if (refusal) return refusal;
    if (!tenant) return json(404, { error: { code: 'NoTenant' } });
    if (this.#world.elapsed < this.#stormUntil) {
      const seconds = Math.ceil((this.#stormUntil - this.#world.elapsed) / 1000);
      return json(429, { error: { code: 'Busy' } }, { 'retry-after': String(seconds) });
    }
    if (faults.strikes(24)) this.#stormUntil = this.#world.elapsed + this.#random.int(5, 200) * 1000;
    this.#onRequest(tenant);
    if (list === 'users' && ref !== undefined) return this.#details(tenant, decodeURIComponent(ref));
    if (list === 'exports') return this.#export(tenant);
    if (!LIST_NAMES.includes(list)) return json(404, { error: { code: 'NoSuchList' } });
    if (url.searchParams.has('token') && faults.strikes(18)) tenant.lists.expireAll();
    const page = tenant.lists.page(list as ListName, url.searchParams);
    if (!page) return json(this.#random.pick([400, 404, 410]), { error: { code: 'TokenExpired' } });
    return this.#page(page, list, name, url.searchParams);
  }

  /** What its credentials are worth. */
  #refusal(request: HttpRequest, tenant: string): Answer | undefined {
    const faults = this.#faults;
    const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const token = this.#tokens.get(bearer);
    if (token && token.tenant !== tenant)
      this.#audit.wrong('I20', `a token of ${token.tenant} came on a request of ${tenant}`);
    if (!token || token.until < this.#world.elapsed || faults.strikes(20)) {
      this.#tokens.delete(bearer);
      return json(401, { error: { code: 'InvalidToken', message: `bad token ${bearer}` } });
    }
    if (faults.strikes(22))
      return json(403, { error: { code: 'Forbidden', message: `token ${bearer} may not` } });
    return undefined;
  }

  #page(page: ListPage, list: string, tenant: string, query: URLSearchParams): Answer {
    const records = page.records.join(',');
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    let link = page.next && `${API}/${tenant}/${list}?token=${page.next}&style=${query.get('style') ?? ''}`;
    if (link && this.#faults.strikes(16)) link = this.#foreign(link);
    else if (link && this.#faults.strikes(17)) {
      link = this.#random.pick([
        link.slice(API.length),
        link.slice('https:'.length),
        `./${list}${link.slice(link.indexOf('?'))}`,
      ]);
    }
    const style = query.get('style') ?? '';
    if (style === 'header') {
      if (link) headers.link = `<${API}/self>; rel="self", <${link}>; rel="next"`;
    }
    if (list === 'events') return text(200, `{"data":{"items":[${records}]}}`, headers);
    const more =
      style === 'cursor'
        ? `,"meta":{"cursor":${JSON.stringify(page.next ?? null)}}`
        : link && style === 'next'
          ? `,"next":${JSON.stringify(link)}`
          : link && style === ''
            ? `,"@odata.nextLink":${JSON.stringify(link)}`
            : '';
    return text(200, `{"value":[${records}]${more}}`, headers);
  }

  #foreign(link: string): string {
    const url = new URL(link);
    return this.#random.pick([
      `https://evil.test${url.pathname}${url.search}`,
      link.replace('https:', 'http:'),
      link.replace('.test', '.test:8443'),
      link.replace('https://', 'https://user:pass@'),
      link.replace('https://api.quay.test', 'https://api.quay.test.evil.test'),
      'file:///etc/passwd',
      'http://169.254.169.254/latest/meta-data/',
    ]);
  }

  #details({ truth }: Tenant, ref: string): Answer {
    const thing = truth.find('users', ref) ?? truth.all('users').find(({ id }) => id === ref);
    const version = thing && truth.shown(thing);
    if (!version) return json(404, { error: { code: 'NoSuchUser' } });
    return json(200, { id: ref, rev: version.rev });
  }

  #export({ truth, name }: Tenant): Answer {
    const rows = truth.all('rows').flatMap((thing) => truth.shown(thing)?.json ?? []);
    const files: string[] = [];
    const size = rows.length > 100 ? rows.length : 6;
    for (let from = 0; from < rows.length; from += size) {
      const path = `/${name}/${++this.#tokenCount}?sig=${CANARY}`;
      const lines = rows.slice(from, from + size).join('\n');
      this.#files.set(path, gzipSync(this.#random.chance(0.5) ? `${lines}\n` : lines));
      files.push(`${FILES}${path}`);
    }
    if (files.length > 0 && this.#faults.strikes(45)) files.push(this.#random.pick(files));
    if (files.length > 0 && this.#faults.strikes(16))
      files[0] = this.#foreign(files[0] as string).replace('api.quay.test.', 'x.files.quay.test.');
    return json(200, { files });
  }

  #file({ url, headers }: HttpRequest): Answer {
    if (Object.keys(headers).some((name) => name === 'authorization'))
      this.#audit.wrong('I11', 'a file was fetched with credentials');
    const body = this.#files.get(`${url.pathname}${url.search}`);
    if (!body || this.#faults.strikes(45))
      return text(403, '<Error><Code>AuthenticationFailed</Code></Error>');
    if (this.#faults.strikes(30)) return text(200, cut(body, this.#random));
    if (this.#faults.strikes(25)) return text(503, 'busy');
    return text(200, body, { 'content-type': 'application/gzip' });
  }

  /** Some answers come packed. */
  #encoded(answer: Answer): Answer {
    if (answer.headers['content-encoding'] !== undefined || answer.body.length === 0) return answer;
    if (!this.#faults.has(30) || !this.#random.chance(0.5)) return answer;
    const [encoding, body] = this.#random.pick([
      ['gzip', gzipSync(answer.body)],
      ['deflate', deflateSync(answer.body)],
      ['br', brotliCompressSync(answer.body)],
    ] as const);
    const isCut = this.#faults.strikes(30);
    return {
      ...answer,
      headers: { ...answer.headers, 'content-encoding': encoding },
      body: isCut ? cut(body, this.#random) : body,
    };
  }

  #body(answer: Answer, url: URL, process: Process): AsyncIterable<Uint8Array> {
    const random = this.#random;
    const { body, breaksAfter, stallsAfter } = answer;
    const pieces = random.int(1, 3);
    const isSlow = this.#faults.strikes(29);
    return {
      async *[Symbol.asyncIterator]() {
        const size = Math.max(1, Math.ceil(body.length / pieces));
        for (let at = 0; at < body.length; at += size) {
          const end = Math.min(body.length, at + size);
          if (isSlow) await process.call('body', () => process.delay(random.int(100, 20_000)));
          if (breaksAfter !== undefined && breaksAfter < end) {
            yield body.subarray(at, Math.max(at, breaksAfter));
            throw brokenOff(url);
          }
          if (stallsAfter !== undefined && stallsAfter < end) {
            await process.call('body', () => process.delay(60_000));
            throw tooSlow(url, 'the answer stopped arriving');
          }
          yield body.subarray(at, end);
        }
      },
    };
  }

  #eraOf({ clockAheadMs }: Process): string {
    return `${this.eras}, the clock ${clockAheadMs} ms ahead`;
  }

  #noteHold({ status, headers }: Answer, url: URL, process: Process): void {
    const seconds = headers['retry-after'];
    if (status !== 429 || url.origin !== API || !/^\d+$/.test(seconds ?? '')) return;
    const from = this.#world.elapsed;
    // More than a day counts as a day.
    const until = from + Math.min(Number(seconds), 24 * 3600) * 1000;
    this.#audit.holds.push({
      from,
      until,
      tenant: url.pathname.split('/')[1] ?? '',
      process: process.number,
      era: this.#eraOf(process),
    });
  }
}

/** As the network says it. */
function tooSlow(url: URL, how: string): EngineError {
  return new EngineError({
    code: 'http-timeout',
    kind: 'transient',
    message: `\`${url.origin}\` is too slow: ${how}`,
    retry: 'backoff',
  });
}

function brokenOff(url: URL): EngineError {
  return new EngineError({
    code: 'http-body-truncated',
    kind: 'transient',
    message: `the answer of \`${url.origin}\` breaks off: the connection was reset`,
    retry: 'backoff',
  });
}
