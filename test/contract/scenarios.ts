/** Runs of the connector, each such that some keys of its definition decide what comes out. All on a simulated clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connector } from '../../engine/compile/connector.ts';
import type { Env, HttpRequest, HttpResponse } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { diagnose } from '../../engine/run/diagnose.ts';
import type { RunRequest } from '../../engine/run/open-lanes.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import {
  type Json,
  type Loose,
  NOW,
  startTenant,
  type Tenant,
  type TenantOptions,
} from '../support/tenant.ts';

const HOUR = 3_600_000;

/** What a scenario shows of a connector: comparable as JSON, without the places of anything. */
export type Shown = unknown;

export interface Scenario {
  /** Changes the definition before it is loaded, the intact one like the broken one. */
  prepare?: (definition: Loose) => void;
  play(connector: Connector): Promise<Shown>;
}

interface World {
  tenant: Tenant;
  /** The same tenant a step later. */
  later(): Promise<Tenant>;
  clock: SimulatedClock;
  home: string;
}

const closers: (() => Promise<void> | void)[] = [];
const worlds = new Map<string, Promise<World>>();

export async function closeScenarios(): Promise<void> {
  for (const close of closers.splice(0)) await close();
  worlds.clear();
}

/** The tenant of most scenarios: few records, in which everything occurs that a key of the definition is about. */
function rich(definition: Loose): void {
  const { machines, managed_devices: managed } = definition.collections;
  machines.fields.aadDeviceId.default.of = [
    { weight: 80, value: { type: 'uuid', upper_rate: 0.3 } },
    { weight: 20, value: '00000000-0000-0000-0000-000000000000' },
  ];
  machines.changes = { added: 0.1, removed: 0.02, fields: { lastSeen: 0.3, riskScore: 0.3 } };
  machines.fields.lastSeen.to = '-3h';
  // Several records of one device, some of one time and some of another.
  managed.link.duplicates = 0.5;
  managed.fields.lastSyncDateTime = {
    type: 'pick',
    values: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  };
  definition.endpoints.managed_devices.paging.page_size = 20;
}

const certificate = selfSignedCertificate();

function worldOf(name: string, options: TenantOptions): Promise<World> {
  const known = worlds.get(name);
  if (known) return known;
  const made = (async () => {
    const clock = new SimulatedClock(NOW);
    const all = { clock, certificates: [certificate.certificatePem], ...options };
    const atEnd = (close: () => Promise<void>) => {
      closers.push(close);
    };
    const tenant = await startTenant(all, atEnd);
    let later: Promise<Tenant> | undefined;
    const begin = async () => {
      const moved = await startTenant(all, atEnd);
      moved.simulator.advance();
      return moved;
    };
    const home = mkdtempSync(join(tmpdir(), 'tributary-'));
    closers.push(() => rmSync(home, { recursive: true, force: true }));
    return {
      tenant,
      later: () => {
        later ??= begin();
        return later;
      },
      clock,
      home,
    };
  })();
  worlds.set(name, made);
  return made;
}

/** What the vendor was asked since the last time. */
function auditSince(tenant: Tenant, before: unknown): unknown {
  return difference(tenant.simulator.audit(), before);
}

function difference(now: unknown, before: unknown): unknown {
  if (typeof now === 'number') return now - (typeof before === 'number' ? before : 0);
  const members = Object.entries(now as Json).map(([name, value]) => [
    name,
    difference(value, (before as Json | undefined)?.[name]),
  ]);
  // What did not happen this time is not there, whether or not it happened before.
  return Object.fromEntries(members.filter(([, value]) => value !== 0 && JSON.stringify(value) !== '{}'));
}

/** The runs of a scenario, one after another in directories of their own. */
class Play {
  readonly #world: World;
  readonly #connector: Connector;
  readonly #directories: { state: string; out: string };
  readonly #shown: unknown[] = [];

  constructor(world: World, connector: Connector) {
    this.#world = world;
    this.#connector = connector;
    const folder = mkdtempSync(join(world.home, 'play-'));
    this.#directories = { state: join(folder, 'state'), out: join(folder, 'out') };
  }

  get shown(): unknown[] {
    return this.#shown;
  }

  async run(request: Partial<RunRequest> = {}, tenant = this.#world.tenant): Promise<void> {
    const { clock } = this.#world;
    await clock.advance(HOUR);
    const before = tenant.simulator.audit();
    const env: Env = { ...tenant.env, ...request.env, clock };
    const settings = { ...tenant.settings, ...request.settings };
    const streams = Object.keys(this.#connector.streams);
    try {
      const work = tenant.run({ streams, ...request, env, settings }, this.#connector, this.#directories);
      const { summaries, events, dead, transitions } = await clock.run(work);
      this.#shown.push({
        lanes: summaries.map(
          ({ lane, end, scan, records, joined, filtered, retries, waitedMs, problem }) => ({
            ...{ lane, end, scan, records, joined, filtered, retries, waitedMs },
            problem: problem && told(problem),
          }),
        ),
        events,
        dead: dead.map(({ code, key }) => [code, key]),
        states: transitions.map(({ lane, to }) => `${lane} ${to}`).sort(),
        audit: auditSince(tenant, before),
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#shown.push({ refused: told(error) });
    }
  }
}

function told({
  code,
  kind,
  message,
  fix,
}: {
  code: string;
  kind: string;
  message: string;
  fix?: string | undefined;
}) {
  // Ports differ from run to run, and folders.
  return {
    code,
    kind,
    message: message.replace(/127\.0\.0\.1:\d+/g, 'vendor').replace(/`[^`]*\/play-[^`]*`/g, 'a file'),
    fix,
  };
}

function scenario(
  name: string,
  options: TenantOptions,
  plays: (play: Play, world: World, connector: Connector) => Promise<unknown>,
  prepare?: (definition: Loose) => void,
): Scenario {
  return {
    ...(prepare && { prepare }),
    play: async (connector) => {
      const world = await worldOf(name, options);
      const play = new Play(world, connector);
      const more = await plays(play, world, connector);
      return more === undefined ? play.shown : more;
    },
  };
}

const RICH: TenantOptions = { scale: { machines: 60 }, simulator: rich };
const file = (world: World, name: string, text: string) => {
  const path = join(world.home, name);
  writeFileSync(path, text);
  return path;
};

/** The well-known hosts lead to the simulator: what a definition says by default is then what is asked. */
function behindWellKnownNames(tenant: Tenant): Env {
  const known = [
    'https://login.microsoftonline.com',
    'https://api.security.microsoft.com',
    'https://graph.microsoft.com',
  ];
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    if (!known.includes(request.url.origin)) {
      throw new EngineError({
        code: 'http-unreachable',
        kind: 'contract',
        message: `nobody is at ${request.url.origin}`,
      });
    }
    return tenant.env.network.send({
      ...request,
      url: new URL(request.url.href.replace(request.url.origin, tenant.simulator.origin)),
    });
  };
  return { ...tenant.env, network: { ...tenant.env.network, send } };
}

/** The token endpoint refuses with a code. */
function refusingTokens(tenant: Tenant, code: string): Env {
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    if (request.method !== 'POST') return tenant.env.network.send(request);
    const body = Buffer.from(JSON.stringify({ error: 'invalid_client', error_codes: [Number(code)] }));
    return {
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: (async function* () {
        yield body;
      })(),
    };
  };
  return { ...tenant.env, network: { ...tenant.env.network, send } };
}

export const scenarios = {
  plain: scenario('rich', RICH, (play) => play.run()),
  /** Each stream by each mapping that is not its first. */
  other_mappings: scenario('rich', RICH, async (play, _, connector) => {
    for (const [name, { mappings }] of Object.entries(connector.streams))
      for (const as of [...mappings.keys()].slice(1)) await play.run({ streams: [name], as });
  }),
  without_intune: scenario('rich', RICH, (play) => play.run({ settings: { intune: false } })),
  certificate: scenario('rich', RICH, (play, world) => {
    const pem = file(world, 'client.pem', certificate.certificatePem + certificate.privateKeyPem);
    return play.run({ secrets: {}, settings: { certificate_file: pem } });
  }),
  assertion: scenario('rich', RICH, (play, world) => {
    const path = file(world, 'assertion', 'simulated-federated-assertion');
    return play.run({ secrets: {}, settings: { assertion_file: path } });
  }),
  malformed: scenario('rich', RICH, async (play) => {
    for (const name of ['tenant_id', 'client_id', 'api_url', 'graph_url', 'token_url'])
      await play.run({ settings: { [name]: 'nonsense' } });
  }),
  two_tenants: scenario('rich', RICH, async (play) => {
    await play.run();
    await play.run({ settings: { tenant_id: '00000000-1111-4222-8333-444444444444' } });
  }),
  defaults: scenario('whole', { scale: { machines: 20 } }, async (play, { tenant }) => {
    const none = { api_url: undefined, graph_url: undefined, token_url: undefined };
    await play.run({ env: behindWellKnownNames(tenant), settings: none });
  }),
  moving: scenario('rich', RICH, async (play, { later }) => {
    await play.run();
    await play.run({ now: NOW + HOUR }, await later());
    await play.run({ now: NOW + 25 * HOUR }, await later());
  }),
  only_new: scenario('rich', RICH, async (play, { later }) => {
    await play.run({ settings: { new_devices_only: true } });
    await play.run({ settings: { new_devices_only: true }, full: true }, await later());
  }),
  full_twice: scenario('rich', RICH, async (play, { later }) => {
    await play.run();
    await play.run({ full: true }, await later());
  }),
  no_machines: scenario('empty', { scale: { machines: 0 } }, (play) => play.run()),
  no_roles: scenario(
    'no roles',
    { scale: { machines: 5 }, faults: [{ on: 'token', fault: { type: 'drop_roles' } }] },
    async (play) => {
      await play.run();
      await play.run({ settings: { intune: false } });
    },
  ),
  quotas: scenario(
    'quotas',
    { scale: { machines: 60 }, simulator: frugal },
    (play) => play.run(),
    frugalBudget,
  ),
  doctor: scenario('rich', RICH, async (_, { tenant, clock }, connector) => {
    await clock.advance(HOUR);
    const { settings, secrets } = tenant;
    const env = { ...tenant.env, clock };
    const checks = await clock.run(
      diagnose(Object.values(connector.streams), { connector, env, settings, secrets }),
    );
    return checks.map(({ problem, ...check }) => ({ ...check, problem: problem && told(problem) }));
  }),
};

/** What a code of the token endpoint comes to, for the credential of one of the APIs. */
export function tokenRefused(auth: string, code: string): Scenario {
  return scenario('rich', RICH, (play, { tenant }) =>
    play.run({ env: refusingTokens(tenant, code), settings: { intune: auth === 'graph' } }),
  );
}

/** A vendor that allows few calls, so that few are enough to use them up. */
function frugal(definition: Loose): void {
  rich(definition);
  definition.quotas = {
    defender: { windows: [{ calls: 4, per: '1m' }] },
    intune: { windows: [{ calls: 2, per: '20s' }] },
  };
}

/** The budgets of the definition, where it has them, on the same scale. */
function frugalBudget(definition: Loose): void {
  definition.endpoints.machines.pagination.page_size = 10;
  for (const [api, calls] of [
    ['defender', 4],
    ['graph', 2],
  ] as const) {
    const [limit] = definition.apis[api].rate_limits ?? [];
    if (limit) limit.calls = calls;
  }
}
