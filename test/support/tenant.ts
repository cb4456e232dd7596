/** A simulated Microsoft tenant on loopback and runs of its connector against it, each with directories of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { Connector } from '../../engine/compile/connector.ts';
import { loadConnector } from '../../engine/compile/load.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { type Env, systemClock } from '../../engine/env.ts';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { nodeEnv } from '../../engine/node-env.ts';
import { run } from '../../engine/pipeline.ts';
import type { RunRequest } from '../../engine/run/open-lanes.ts';
import type { Transition } from '../../engine/run/run-lane.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { Secret } from '../../engine/secret.ts';
import {
  loadSimulator,
  type RunningSimulator,
  type SimulatorDefinition,
  type SimulatorOptions,
  startSimulator,
} from '../../engine/simulate/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type Json = Record<string, unknown>;

/** The simulated now of every tenant, and of its runs unless they say otherwise. */
export const NOW = Date.UTC(2026, 0, 15, 12);

/** On the simulator's own clock: the calls of one run use up no quota of the next. */
const BETWEEN_RUNS_MS = 2 * 60_000;

const FOLDER = 'connectors/microsoft-defender';

/** A definition as it stands in its file, to be changed by a test. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach anywhere into it
export type Loose = any;

export interface TenantOptions extends SimulatorOptions {
  /** Changes the simulator's definition before it starts. */
  simulator?: (definition: Loose) => void;
}

/** What a run came to, and what it left behind. */
export interface Ran {
  /** Of the first lane, and of all. */
  summary: LaneSummary;
  summaries: LaneSummary[];
  /** Of the files that this run added. */
  events: Json[];
  files: string[];
  dead: Json[];
  transitions: Transition[];
}

export interface Directories {
  state: string;
  out: string;
}

export interface Tenant extends Directories {
  simulator: RunningSimulator;
  env: Env;
  settings: Json;
  secrets: Record<string, Secret>;
  machines(): Json[];
  managedDevices(): Json[];
  /** Runs `devices`; the request may say anything else than its own. */
  run(request?: Partial<RunRequest>, connector?: Connector, directories?: Directories): Promise<Ran>;
}

let shipped: Promise<Connector> | undefined;

/** The connector as it is shipped, loaded once for all tests of a file: nothing changes it. */
function shippedConnector(): Promise<Connector> {
  shipped ??= loadConnector('microsoft-defender');
  return shipped;
}

let simulator: string | undefined;

/** The simulator's definition as it is shipped, read once for all tests of a file. */
function simulatorText(): string {
  simulator ??= JSON.stringify(shippedSimulator());
  return simulator;
}

/** @param atEnd told how to end it; it ends with the test unless given */
export async function startTenant(
  options: TenantOptions = {},
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<Tenant> {
  const { simulator: change, ...rest } = options;
  const definition = simulatorDefinition();
  change?.(definition);
  let runs = 0;
  const clock = { ...systemClock, now: () => Date.now() + runs * BETWEEN_RUNS_MS };
  const simulator = await startSimulator(definition, { now: new Date(NOW).toISOString(), clock, ...rest });
  const network = createNetwork({ grants: Grants.of({ allowed: [simulator.origin] }) });
  atEnd(async () => {
    await network.close();
    await simulator.close();
  });
  // No jitter, so that a back-off takes no time.
  const env: Env = { ...nodeEnv(network), random: () => 0 };
  const home = temporaryDirectory();
  const tenant: Tenant = {
    simulator,
    env,
    settings: simulator.settings,
    secrets: Object.fromEntries(
      Object.entries(simulator.secrets).map(([name, value]) => [name, new Secret(value)]),
    ),
    state: join(home, 'state'),
    out: join(home, 'out'),
    machines: () => [...simulator.records('machines')],
    managedDevices: () => [...simulator.records('managed_devices')],
    run: async (request = {}, connector = undefined, directories = tenant) => {
      runs++;
      return runDevices(tenant, connector ?? (await shippedConnector()), request, directories);
    },
  };
  return tenant;
}

async function runDevices(
  tenant: Tenant,
  connector: Connector,
  request: Partial<RunRequest>,
  { state, out }: Directories,
): Promise<Ran> {
  const before = new Set([...filesIn(out), ...filesIn(join(out, 'dead'))]);
  const transitions: Transition[] = [];
  const summaries = await run(connector, {
    env: tenant.env,
    settings: tenant.settings,
    secrets: tenant.secrets,
    streams: ['devices'],
    to: [`ndjson:${out}`],
    state,
    now: NOW,
    ...request,
    onTransition: (transition, context, counters) => {
      transitions.push(transition);
      request.onTransition?.(transition, context, counters);
    },
  });
  const added = (folder: string) => filesIn(folder).filter((file) => !before.has(file));
  return {
    summary: summaries[0] as LaneSummary,
    summaries,
    files: added(out),
    events: added(out).flatMap(readNdjson),
    dead: added(join(out, 'dead')).flatMap(readNdjson),
    transitions,
  };
}

/** Paths of the files in a directory, by name. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name))
    .sort();
}

export function readNdjson(path: string): Json[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`${path} does not end with a line feed`);
  return lines.map((line) => JSON.parse(line));
}

/** The connector, changed by a test; `mappings` are further files below `mappings/`. */
export async function changedConnector(
  change: (definition: Loose) => void,
  mappings: Record<string, string> = {},
): Promise<Connector> {
  const definition = connectorDefinition();
  change(definition);
  return loadDefinition(definition, temporaryDirectory(), mappings);
}

export function connectorDefinition(): Loose {
  return withoutAliases(parse(readFileSync(join(FOLDER, 'connector.yaml'), 'utf8')));
}

export function loadDefinition(
  definition: Loose,
  directory: string,
  mappings: Record<string, string> = {},
): Promise<Connector> {
  const folder = join(directory, FOLDER);
  mkdirSync(folder, { recursive: true });
  // JSON is YAML, and in one line the quickest to read.
  writeFileSync(join(folder, 'connector.yaml'), JSON.stringify(definition));
  mkdirSync(join(directory, 'mappings'), { recursive: true });
  for (const [name, text] of Object.entries(mappings)) writeFileSync(join(directory, 'mappings', name), text);
  return loadConnector('microsoft-defender', { directory });
}

/** Pages of 40 machines and 25 Intune records, so that few records make many pages. */
export function smallPages(definition: Loose): void {
  definition.endpoints.machines.pagination.page_size = 40;
  definition.endpoints.managed_devices.pagination.page_size = 25;
}

function simulatorDefinition(): SimulatorDefinition {
  return JSON.parse(simulatorText());
}

function shippedSimulator(): SimulatorDefinition {
  const path = join(FOLDER, 'simulator.yaml');
  const { simulator, diagnostics } = loadSimulator(new SourceText(path, readFileSync(path, 'utf8')));
  if (!simulator) throw new Error(JSON.stringify(diagnostics));
  return simulator;
}

/** A deep copy in which nothing is shared. */
function withoutAliases<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
