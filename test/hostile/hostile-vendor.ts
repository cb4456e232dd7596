/** A vendor that means no good, on loopback, and the built command line as a process that is sent to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LaneSummary } from '../../engine/run/summary.ts';

/** Another build than that of this directory: `TRIBUTARY_MAIN`. */
const MAIN = resolve(process.env.TRIBUTARY_MAIN ?? 'dist/engine/cli/main.js');

export interface HostileVendor {
  origin: string;
  /** Times of the requests for the list, in milliseconds since some moment. */
  calls: number[];
}

/** @param answer told each request and how many came before it */
export async function startHostileVendor(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<HostileVendor> {
  const calls: number[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => {});
    calls.push(performance.now());
    request.resume();
    request.on('end', () => answer(request, response, calls.length - 1));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

export interface HostileOptions {
  /** Of the endpoint, in YAML's flow style. */
  pagination?: string;
  /** Where tokens are asked for; none are, unless given. */
  tokenUrl?: string;
  rateLimits?: string;
  /** Names of lists, each with a stream; `items` unless given. */
  lists?: readonly string[];
}

/** A connector with lists of `{id, name}`, as the YAML of its file. */
export function hostileConnector(options: HostileOptions = {}): string {
  const { pagination = '{type: odata_next_link}', tokenUrl, rateLimits, lists = ['items'] } = options;
  const auth = `auth:
  door: {type: oauth2_client_credentials, token_url: "${tokenUrl}", client_id: me, client_secret: "\${settings.secret}"}
`;
  const api = [
    'base_url: "${settings.url}"',
    ...(tokenUrl === undefined ? [] : ['auth: door']),
    ...(rateLimits === undefined ? [] : [`rate_limits: ${rateLimits}`]),
  ];
  const endpoints = lists.map(
    (name) => `  ${name}: {api: main, path: /${name}, pagination: ${pagination}, records: value, key: id}`,
  );
  const streams = lists.map(
    (name) => `  ${name}:
    record: {item: ${name}}
    event: user_inventory
    mappings: {plain: hostile/item.jsonata}
    unvalidated: [plain]`,
  );
  return `connector: hostile
settings:
  url: {format: uri}
  secret: {secret: true, optional: true}
${tokenUrl === undefined ? '' : auth}apis:
  main: {${api.join(', ')}}
endpoints:
${endpoints.join('\n')}
streams:
${streams.join('\n')}
`;
}

export const HOSTILE_MAPPING = '{"class_uid": 5003, "user": {"uid": item.id, "name": item.name}}\n';

/** Writes the connector below a directory, where the command line and `loadConnector` find it. */
export function writeHostileConnector(home: string, options: HostileOptions = {}): void {
  mkdirSync(join(home, 'connectors/hostile'), { recursive: true });
  mkdirSync(join(home, 'mappings/hostile'), { recursive: true });
  writeFileSync(join(home, 'connectors/hostile/connector.yaml'), hostileConnector(options));
  writeFileSync(join(home, 'mappings/hostile/item.jsonata'), HOSTILE_MAPPING);
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  lane: LaneSummary | undefined;
  stderr: string;
  /** The most memory that the process held at any time (bytes). */
  peakBytes: number;
  /** Processor time of the process. */
  cpuMs: number;
}

/** Tells on the way out what the process took. */
const MEASURE = `process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  require('node:fs').writeFileSync(process.env.HOSTILE_MEASURES, JSON.stringify({ maxRSS, cpu: userCPUTime + systemCPUTime }));
});
`;

export interface RunningCommand {
  child: ChildProcess;
  home: string;
  outcome: Promise<Outcome>;
}

/** `tributary run hostile` against a vendor, ended with the test at the latest. */
export function runHostile(
  vendor: HostileVendor,
  options: HostileOptions & { args?: readonly string[] } = {},
): RunningCommand {
  const home = mkdtempSync(join(tmpdir(), 'tributary-hostile-'));
  writeHostileConnector(home, options);
  writeFileSync(join(home, 'measure.cjs'), MEASURE);
  const measures = join(home, 'measures.json');
  const args = [
    'run',
    'hostile',
    '--set',
    `url=${vendor.origin}`,
    '--json',
    '--to',
    'ndjson:out',
    '--state',
    'state',
  ];
  if (options.tokenUrl !== undefined) args.push('--secret', 'secret=env:HOSTILE_SECRET');
  const child = spawn(
    process.execPath,
    ['--require', join(home, 'measure.cjs'), MAIN, ...args, ...(options.args ?? [])],
    {
      cwd: home,
      env: { ...process.env, HOSTILE_MEASURES: measures, HOSTILE_SECRET: 'none of theirs' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const outcome = new Promise<Outcome>((done) => {
    child.on('close', (code, signal) => {
      const { maxRSS, cpu } = jsonOr({ maxRSS: 0, cpu: 0 }, () => readFileSync(measures, 'utf8'));
      const lanes = jsonOr<{ lanes: LaneSummary[] }>({ lanes: [] }, () => stdout).lanes;
      done({ code, signal, lane: lanes[0], stderr, peakBytes: maxRSS * 1024, cpuMs: cpu / 1_000 });
    });
  });
  return { child, home, outcome };
}

function jsonOr<T>(otherwise: T, text: () => string): T {
  try {
    return JSON.parse(text());
  } catch {
    return otherwise;
  }
}
