/** Rounds of lookups against a server on loopback, played on a simulated clock as a lane plays them. */
import type { IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { Authenticator } from '../../engine/auth/index.ts';
import { none } from '../../engine/auth/none.ts';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import { configure } from '../../engine/compile/settings.ts';
import type { ApiDefinition, EndpointDefinition } from '../../engine/definition/schema/connector.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { EngineError } from '../../engine/errors.ts';
import { RateLimiter, type RateWindow } from '../../engine/fetch/rate-limit.ts';
import { lookupBase } from '../../engine/fetch/request.ts';
import { ATTEMPTS_MAX } from '../../engine/limits.ts';
import { LookupMemory } from '../../engine/lookup/lookup-memory.ts';
import { LookupRound } from '../../engine/lookup/lookup-round.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { listen } from './listen.ts';
import { loopbackEnv } from './loopback-env.ts';
import { SimulatedClock } from './simulated-clock.ts';

export interface Asked {
  method: string;
  /** Path and query as they came. */
  target: string;
  headers: IncomingMessage['headers'];
  /** Parsed, of a POST. */
  body: { requests: { id: string; method: string; url: string; headers: Record<string, string> }[] };
}

export interface Answered {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface LookupLane {
  asked: Asked[];
  origin: string;
  clock: SimulatedClock;
  round(inputs: Record<string, unknown>[]): LookupRound;
  /** Steps, waits, tries again and gives up as a lane does; what was waited, in milliseconds. */
  play(round: LookupRound): Promise<{ waits: number[]; errors: EngineError[] }>;
}

export interface LookupSetting {
  endpoints: Record<string, Partial<EndpointDefinition>>;
  lookups: Record<string, object>;
  api?: Partial<ApiDefinition>;
  windows?: RateWindow[];
  authenticator?: Authenticator;
  /** Told what was asked and how often before. */
  answer(asked: Asked, count: number): Answered;
}

/** The stream's record is `thing`, and a joined one `other`. */
export async function lookupLane(setting: LookupSetting): Promise<LookupLane> {
  const asked: Asked[] = [];
  const server = await listen(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const one = {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
      body: text === '' ? { requests: [] } : JSON.parse(text),
    };
    asked.push(one);
    const { status = 200, headers = {}, body } = setting.answer(one, asked.length - 1);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  const clock = new SimulatedClock();
  const env = { ...loopbackEnv(clock, server.origin), random: () => 0 };
  onTestFinished(async () => {
    await env.network.close();
    await server.close();
  });
  const { lookups, configuration } = await compiled(setting, server.origin);
  const rateLimiter = new RateLimiter(setting.windows ?? [], clock);
  const memory = new LookupMemory();
  const doors = {
    env,
    base: (endpoint: (typeof lookups)[number]['endpoint'], input: Record<string, unknown>) =>
      lookupBase(endpoint, configuration, '2026-01-01T00:00:00Z', input),
    authenticator: async () => setting.authenticator ?? none(),
    rateLimiter: () => rateLimiter,
  };
  return {
    asked,
    origin: server.origin,
    clock,
    round: (inputs) => new LookupRound(lookups, inputs, doors, memory),
    play: (round) => play(round, clock),
  };
}

async function compiled({ endpoints, lookups, api }: LookupSetting, origin: string) {
  const text = stringify({
    connector: 'acme',
    apis: { acme: { base_url: origin, ...api } },
    endpoints: {
      things: { api: 'acme', path: '/things', key: 'id' },
      others: { api: 'acme', path: '/others', key: 'id' },
      ...Object.fromEntries(
        Object.entries(endpoints).map(([name, endpoint]) => [name, { api: 'acme', ...endpoint }]),
      ),
    },
    streams: {
      things: {
        record: { thing: 'things' },
        join: { other: { endpoint: 'others', on: { 'thing.other': 'id' } } },
        lookup: lookups,
        event: 'inventory_info',
        mappings: { own: 'own.jsonata' },
      },
    },
  });
  const mapping = compileMapping(new SourceText('own.jsonata', '{"class_uid": 5001}'));
  const { connector, diagnostics } = compileConnector(
    parseConnector(new SourceText('connector.yaml', text)),
    '/acme',
    new Map([['own.jsonata', mapping]]),
  );
  const stream = connector?.streams.things;
  if (!connector || !stream) throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return { lookups: stream.lookups, configuration: await configure(connector, {}) };
}

async function play(round: LookupRound, clock: SimulatedClock) {
  const waits: number[] = [];
  const errors: EngineError[] = [];
  let attempts = 0;
  for (let count = 0; count < 500; count++) {
    try {
      await round.prepare();
      const step = await round.step();
      if (step.type === 'done') return { waits, errors };
      if (step.type === 'asked') attempts = 0;
      else {
        waits.push(step.ms);
        await clock.advance(step.ms);
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      errors.push(error);
      attempts++;
      if (error.retry === 'never' || attempts >= ATTEMPTS_MAX) {
        round.giveUp(error);
        attempts = 0;
      } else if (typeof error.retry === 'object') await clock.advance(error.retry.afterMs);
    }
  }
  throw new Error('it does not end');
}

/** An answer to each request of a batch, by the path that it asks for. */
export function batchOf(
  { body }: Asked,
  answer: (url: string, id: string) => Answered | undefined,
): Answered {
  const responses = body.requests.flatMap(({ id, url }) => {
    const answered = answer(url, id);
    return answered ? [{ id, status: 200, ...answered }] : [];
  });
  return { body: { responses: responses.reverse() } };
}
