/** Starts a simulator: one HTTP server on loopback that answers as the vendor would. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../env.ts';
import { EngineError } from '../errors.ts';
import type { Answer } from './answer.ts';
import { answerBatch } from './answer-batch.ts';
import { answerEndpoint } from './answer-endpoint.ts';
import { answerToken } from './answer-token.ts';
import type { AuditReport } from './audit.ts';
import { blockIn } from './change-rows.ts';
import type { SimulatorDefinition } from './definition.ts';
import { fileAnswer } from './export-files.ts';
import { type Fault, type FaultRule, slowMs } from './faults/fault.ts';
import { replaceAnswer } from './faults/replace-answer.ts';
import { recordView } from './record-view.ts';
import { BUFFER_BYTES, sendAnswer } from './send-answer.ts';
import { Vendor } from './vendor.ts';

export interface SimulatorOptions {
  /** 0 (the default) takes a free one. */
  port?: number;
  seed?: number;
  /** Overrides of the file's scales. */
  scale?: Readonly<Record<string, number>>;
  faults?: readonly FaultRule[];
  /** The time that the records' times are relative to, as ISO 8601; the start by default. The same seed and now give the same bytes. */
  now?: string;
  /** For the life of tokens and for quotas. */
  clock?: Clock;
  /** Certificates or public keys (PEM) that clients may sign assertions with, besides those of the file. */
  certificates?: readonly string[];
}

export interface RunningSimulator {
  origin: string;
  /** What a connector needs to talk to it. */
  settings: Record<string, string>;
  secrets: Record<string, string>;
  audit(): AuditReport;
  /** Lets the tenant move by some steps (1): the shares of records that the file says change, come and go. */
  advance(steps?: number): void;
  /** The truth: every record of a collection as it is now, made while it is read; with `details` all that only some endpoints show. */
  records(collection: string, options?: { details?: boolean }): Iterable<Record<string, unknown>>;
  /** How many records a collection has now. */
  count(collection: string): number;
  /** What an endpoint of changes would tell since a time (ISO 8601). */
  changes(endpoint: string, since: string): Record<string, unknown>[];
  /** Ends all connections, too. */
  close(): Promise<void>;
}

/** @throws EngineError `simulate-unknown-scale`, `simulate-wrong-scale`, `simulate-wrong-time`, `simulate-port` */
export async function startSimulator(
  definition: SimulatorDefinition,
  options: SimulatorOptions = {},
): Promise<RunningSimulator> {
  const clock = options.clock ?? systemClock;
  const recordsNowMs = options.now === undefined ? clock.now() : Date.parse(options.now);
  if (Number.isNaN(recordsNowMs)) {
    throw new EngineError({
      code: 'simulate-wrong-time',
      kind: 'usage',
      message: `\`now\` is ${JSON.stringify(options.now)}, expected an ISO 8601 time`,
    });
  }
  let vendor: Vendor | undefined;
  const server = createServer({ highWaterMark: BUFFER_BYTES }, (request, response) => {
    if (vendor) serve(vendor, request, response).catch((error: Error) => response.destroy(error));
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `the simulator cannot listen on 127.0.0.1:${options.port ?? 0}: ${cause.message}`;
      reject(new EngineError({ code: 'simulate-port', kind: 'usage', message, cause }));
    });
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  try {
    vendor = new Vendor(definition, {
      origin: `http://127.0.0.1:${port}`,
      seed: options.seed ?? 1,
      scale: options.scale ?? {},
      faults: options.faults ?? [],
      certificates: options.certificates ?? [],
      recordsNowMs,
      nowMs: () => clock.now(),
    });
  } catch (error) {
    await close();
    throw error;
  }
  return running(vendor, close);
}

function running(vendor: Vendor, close: () => Promise<void>): RunningSimulator {
  return {
    origin: vendor.origin,
    settings: { ...vendor.settings },
    secrets: { ...vendor.secrets },
    audit: () => vendor.audit.report(),
    advance: (steps = 1) => {
      vendor.epoch += steps;
    },
    records: (name, { details = false } = {}) => vendor.collectionNamed(name).records(vendor.epoch, details),
    count: (name) =>
      vendor.all(vendor.collectionNamed(name)).takeAfter(-1, Number.POSITIVE_INFINITY).indices.length,
    changes: (name, since) => changesSince(vendor, name, since),
    close,
  };
}

function changesSince(vendor: Vendor, name: string, since: string): Record<string, unknown>[] {
  const endpoint = vendor.endpoints.find((candidate) => candidate.name === name);
  const spec = endpoint?.spec.changes;
  if (!endpoint || !spec) throw new Error(`no endpoint of changes is called \`${name}\``);
  const fromMs = blockIn(spec, new URLSearchParams({ [spec.since]: since }), vendor.nowMs());
  const view = recordView(endpoint.spec, endpoint.collection, new URLSearchParams());
  if (typeof fromMs !== 'number' || typeof view !== 'function') throw new Error(`no time: ${since}`);
  return [...vendor.changes(endpoint, vendor.epoch, fromMs).records(view)];
}

async function serve(vendor: Vendor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const form = new URLSearchParams(body);
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const search = at < 0 ? '' : url.slice(at + 1);
  if (path.startsWith('/_simulator/'))
    return sendAnswer(request, response, control(vendor, request, path, form), []);
  if (`http://${request.headers.host}` !== vendor.origin) {
    const given = vendor.authorities.some(({ header }) => request.headers[header] !== undefined);
    vendor.audit.wrongOrigin(given, form);
  }
  const { target, answer, faults } = route(vendor, request, { path, search, form, body });
  for (const { type } of faults) vendor.audit.fault(type);
  const otherAddress = vendor.otherOrigin + url;
  const replaced = replaceAnswer(faults, { nowMs: vendor.nowMs(), otherAddress });
  const waitMs = slowMs(faults);
  if (waitMs > 0) await delay(waitMs);
  vendor.audit.request(target, replaced === 'reset' ? 0 : (replaced ?? answer).status);
  if (replaced === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  await sendAnswer(request, response, replaced ?? answer, faults);
}

function route(
  vendor: Vendor,
  request: IncomingMessage,
  { path, search, form, body }: { path: string; search: string; form: URLSearchParams; body: string },
): { target: string; answer: Answer; faults: Fault[] } {
  const { headers, method } = request;
  const refused = (target: string) => ({ target, answer: plain(405, 'method not allowed'), faults: [] });
  for (const { token } of vendor.authorities) {
    const segments = token?.match(path);
    if (!token || !segments) continue;
    if (method !== 'POST') return refused('token');
    const faults = vendor.faults.next('token');
    return {
      target: 'token',
      answer: answerToken(vendor, token, { path, segments, headers, form, faults }),
      faults,
    };
  }
  const batch = vendor.batches.find(({ match }) => match(path));
  if (batch) {
    if (method !== 'POST') return refused(batch.name);
    return { target: batch.name, ...answerBatch(vendor, batch, { path, headers, body }) };
  }
  const file = vendor.files.get(path);
  if (file) {
    const target = `${file.endpoint.name}.file`;
    if (method !== 'GET') return refused(target);
    const answer = fileAnswer(vendor, file, { path, search, headers });
    return { target, answer, faults: answer.status === 200 ? vendor.faults.next(target) : [] };
  }
  const endpoint = vendor.endpointAt(path);
  if (!endpoint) return { target: 'unknown', answer: plain(404, 'not found'), faults: [] };
  if (method !== 'GET') return refused(endpoint.name);
  return { target: endpoint.name, ...answerEndpoint(vendor, endpoint, { path, search, headers }) };
}

function control(vendor: Vendor, request: IncomingMessage, path: string, form: URLSearchParams): Answer {
  const json = (value: unknown): Answer => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value, null, 2),
  });
  if (path === '/_simulator/audit' && request.method === 'GET') return json(vendor.audit.report());
  if (path === '/_simulator/advance' && request.method === 'POST') {
    const steps = Number(form.get('steps') ?? 1);
    if (!Number.isSafeInteger(steps) || steps < 1) return plain(400, 'steps is not a whole number from 1');
    vendor.epoch += steps;
    return json({ epoch: vendor.epoch });
  }
  return plain(404, 'not found');
}

function plain(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}

/** Token requests and batches are small; what is longer is not read to its end. */
const BODY_BYTES_MAX = 64 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > BODY_BYTES_MAX) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
