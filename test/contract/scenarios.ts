/** Runs of a connector, each such that some keys of its definition decide what comes out. All on a simulated clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connector } from '../../engine/compile/connector.ts';
import { EngineError } from '../../engine/errors.ts';
import { type DiagnoseOptions, diagnose } from '../../engine/run/diagnose.ts';
import type { RunRequest } from '../../engine/run/open-lanes.ts';
import {
  behindWellKnownNames,
  failingOnce,
  refusing,
  refusingTokens,
  told,
  watched,
} from '../support/between.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { type Loose, NOW, startTenant, type Tenant, type TenantOptions } from '../support/tenant.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a scenario shows of a connector: comparable as JSON, without the places of anything. */
export type Shown = unknown;

export interface Scenario {
  /** Changes the definition before it is loaded, the intact one like the broken one. */
  prepare?: (definition: Loose) => void;
  /** Plays the streams of the connector. */
  play(connector: Connector): Promise<Shown>;
}

interface World {
  tenant: Tenant;
  /** The same tenant a while later. */
  later(): Promise<Tenant>;
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
  patient(definition);
  const { machines, managed_devices: managed } = definition.collections;
  machines.fields.aadDeviceId.default.of = [
    { weight: 80, value: { type: 'uuid', upper_rate: 0.3 } },
    { weight: 20, value: '00000000-0000-0000-0000-000000000000' },
  ];
  machines.changes = { added: 0.1, removed: 0.1, fields: { lastSeen: 0.3, riskScore: 0.3 } };
  machines.fields.lastSeen.to = '-3h';
  // Several records of one device, some of one time and some of another.
  managed.size.ratio = 3;
  managed.link.duplicates = 0.9;
  managed.fields.lastSyncDateTime = {
    type: 'pick',
    values: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  };
  definition.endpoints.managed_devices.paging.page_size = 20;
  definition.endpoints.recommendation_machines.paging.page_size = 1;
  const { alerts, software_inventory: software, recommendations } = definition.collections;
  const { software_vulnerabilities: found } = definition.collections;
  // Machines are named in letters of another case.
  alerts.fields.machineId.case = 'upper';
  software.fields.deviceId.case = 'upper';
  found.fields.deviceId.case = 'upper';
  definition.endpoints.software_vulnerability_files.details.push('cveBatchUrl');
  found.details.cveBatchUrl = 'https://example.com/batch';
  // Its other spelling.
  definition.collections.vulnerabilities.fields.EPSS = 0.5;
  found.changes = {
    added: 0.1,
    removed: 0.2,
    fields: { lastSeenTimestamp: 0.5, securityUpdateAvailable: 0.2 },
  };
  recommendations.changes.removed = 0.3;
}

/** A vendor that is never asked too much, since its clock stands still. */
function patient(definition: Loose): void {
  for (const name of Object.keys(definition.quotas))
    definition.quotas[name] = { windows: [{ calls: 1e9, per: '1m' }] };
}

const SCALE = {
  machines: 16,
  incidents: 6,
  alerts: 12,
  products: 4,
  cves: 20,
  vulnerabilities: 2,
  software: 2,
  references: 2,
};
const RICH: TenantOptions = { scale: SCALE, simulator: rich };
const certificate = selfSignedCertificate();

function worldOf(name: string, options: TenantOptions): Promise<World> {
  const known = worlds.get(name);
  if (known) return known;
  const made = (async () => {
    // The vendor's clock stands still: what it says is the same whenever it is asked.
    const all = { clock: new SimulatedClock(NOW), certificates: [certificate.certificatePem], ...options };
    const atEnd = (close: () => Promise<void>) => {
      closers.push(close);
    };
    const tenant = await startTenant(all, atEnd);
    let later: Promise<Tenant> | undefined;
    const begin = async () => {
      const moved = await startTenant(all, atEnd);
      // Two steps, so that some records change more than once.
      moved.simulator.advance();
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
      home,
    };
  })();
  worlds.set(name, made);
  return made;
}

/** The runs of a scenario, one after another with one state. */
class Play {
  readonly #world: World;
  readonly #connector: Connector;
  readonly #clock = new SimulatedClock(NOW);
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
    const clock = this.#clock;
    const { env, asked } = watched({ ...tenant.env, ...request.env, clock });
    const settings = { ...tenant.settings, ...request.settings };
    // The stream that another falls back on runs only in its place.
    const [first = ''] = Object.keys(this.#connector.streams);
    try {
      const work = tenant.run(
        { streams: [first], ...request, env, settings },
        this.#connector,
        this.#directories,
      );
      const { summaries, events, dead, transitions } = await clock.run(work);
      this.#shown.push({
        lanes: summaries.map(({ durationMs: _, bytes: __, problem, missing, rejections, ...summary }) => ({
          ...summary,
          missing: missing.map(({ code, count }) => [code, count]),
          rejections: rejections.map(({ code, count }) => [code, count]),
          problem: problem && told(problem),
        })),
        events,
        dead: dead.map(({ code, key }) => [code, key]),
        states: transitions.map(({ lane, to }) => `${lane} ${to}`).sort(),
        asked: asked().sort(),
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#shown.push({ refused: told(error) });
    }
  }

  async diagnose(changes: Partial<DiagnoseOptions> = {}): Promise<void> {
    const { tenant } = this.#world;
    const clock = this.#clock;
    const { env, asked } = watched({ ...tenant.env, ...changes.env, clock });
    const settings = { ...tenant.settings, ...changes.settings };
    const connector = this.#connector;
    const given = { secrets: tenant.secrets, ...changes, connector, env, settings };
    try {
      const checks = await clock.run(diagnose(Object.values(connector.streams), given));
      const shown = checks.map(({ problem, ...check }) => ({ ...check, problem: problem && told(problem) }));
      this.#shown.push({ checks: shown, asked: asked().sort() });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#shown.push({ refused: told(error) });
    }
  }
}

function scenario(
  [name, options]: [string, TenantOptions],
  plays: (play: Play, world: World, connector: Connector) => Promise<void>,
  prepare?: (definition: Loose) => void,
): Scenario {
  return {
    ...(prepare && { prepare }),
    play: async (connector) => {
      const world = await worldOf(name, options);
      const play = new Play(world, connector);
      await plays(play, world, connector);
      return play.shown;
    },
  };
}

const RICH_WORLD: [string, TenantOptions] = ['rich', RICH];
const ROLELESS_WORLD: [string, TenantOptions] = [
  'no roles',
  { scale: SCALE, simulator: patient, faults: [{ on: 'token', fault: { type: 'drop_roles' } }] },
];

function fileOf(world: World, name: string, text: string): string {
  const path = join(world.home, name);
  writeFileSync(path, text);
  return path;
}

const NO_STREAM_NAMED = { streams: undefined } as unknown as Partial<RunRequest>;

/** Everything that is off by default. */
const ALL_ON = { export_files: true, intune_details: true };

export const scenarios = {
  plain: scenario(RICH_WORLD, (play) => play.run()),
  files: scenario(RICH_WORLD, (play) => play.run({ settings: { export_files: true } })),
  details: scenario(RICH_WORLD, (play) => play.run({ settings: { intune_details: true } })),
  unnamed: scenario(RICH_WORLD, (play) => play.run(NO_STREAM_NAMED)),
  /** By each mapping that is not the first. */
  other_mappings: scenario(RICH_WORLD, async (play, _, connector) => {
    for (const { mappings } of Object.values(connector.streams))
      for (const as of [...mappings.keys()].slice(1)) await play.run({ as });
  }),
  without_intune: scenario(RICH_WORLD, (play) => play.run({ settings: { intune: false } })),
  /** A list that is joined cannot be had. */
  without_machines: scenario(RICH_WORLD, (play, { tenant }) =>
    play.run({ env: refusing(tenant.env, /^\/api\/machines$/) }),
  ),
  /** No lookup is answered. */
  unanswered: scenario(RICH_WORLD, (play, { tenant }) =>
    play.run({
      env: refusing(tenant.env, /\/(\$batch|machineReferences)$/),
      settings: { intune_details: true },
    }),
  ),
  certificate: scenario(RICH_WORLD, (play, world) => {
    const pem = fileOf(world, 'client.pem', certificate.certificatePem + certificate.privateKeyPem);
    return play.diagnose({ secrets: {}, settings: { certificate_file: pem } });
  }),
  assertion: scenario(RICH_WORLD, (play, world) => {
    const path = fileOf(world, 'assertion', 'simulated-federated-assertion');
    return play.diagnose({ secrets: {}, settings: { assertion_file: path } });
  }),
  malformed: scenario(RICH_WORLD, async (play) => {
    for (const name of ['tenant_id', 'client_id', 'api_url', 'graph_url', 'xdr_url', 'token_url'])
      await play.diagnose({ settings: { [name]: 'nonsense' } });
  }),
  two_tenants: scenario(RICH_WORLD, async (play) => {
    await play.run();
    await play.run({ settings: { tenant_id: '00000000-1111-4222-8333-444444444444' } });
  }),
  /** Settings that say where the vendor is are not given. */
  defaults: scenario(['whole', { scale: SCALE, simulator: patient }], async (play, { tenant }) => {
    const none = { api_url: undefined, graph_url: undefined, xdr_url: undefined, token_url: undefined };
    const env = behindWellKnownNames(tenant);
    await play.run({ env, settings: { ...none, export_files: true, export_origin: undefined } });
    await play.run({ env, settings: none });
  }),
  moving: scenario(RICH_WORLD, async (play, { later }) => {
    await play.run();
    await play.run({ now: NOW + HOUR }, await later());
    await play.run({ now: NOW + 25 * HOUR }, await later());
  }),
  /** Long after the last run, where no sweep comes first. */
  long_after: scenario(
    RICH_WORLD,
    async (play) => {
      await play.run();
      await play.run({ now: NOW + 15 * DAY });
    },
    ({ streams }) => {
      for (const { cursor } of Object.values<Loose>(streams)) if (cursor) cursor.sweep = 'never';
    },
  ),
  only_new: scenario(RICH_WORLD, async (play, { later }) => {
    await play.run({ settings: { new_devices_only: true } });
    await play.run({ settings: { new_devices_only: true }, full: true }, await later());
  }),
  full_twice: scenario(RICH_WORLD, async (play, { later }) => {
    await play.run();
    await play.run({ full: true }, await later());
  }),
  no_machines: scenario(['empty', { scale: { machines: 0 }, simulator: patient }], (play) => play.run()),
  no_roles: scenario(ROLELESS_WORLD, (play) => play.run()),
  doctor: scenario(RICH_WORLD, (play) => play.diagnose()),
  doctor_without_roles: scenario(ROLELESS_WORLD, async (play) => {
    await play.diagnose({ settings: ALL_ON });
    await play.diagnose();
  }),
  /** The vendor is out of order when it is first asked. */
  troubled: scenario(RICH_WORLD, async (play, { tenant }) => {
    await play.run({ env: failingOnce(tenant.env), settings: { export_files: false } });
    await play.run({ env: failingOnce(tenant.env), settings: { export_files: true }, full: true });
  }),
  /** One call of each API at a time, where its budget is known; each is made twice. */
  frugal: scenario(
    RICH_WORLD,
    async (play, { tenant }) => {
      await play.run({ env: failingOnce(tenant.env), settings: { export_files: false } });
      await play.run({ env: failingOnce(tenant.env), settings: { export_files: true }, full: true });
    },
    ({ apis }) => {
      for (const { rate_limits } of Object.values<Loose>(apis))
        for (const limit of rate_limits ?? []) limit.calls = 1;
    },
  ),
};

/** What a code of the token endpoint comes to. */
export function tokenRefused(code: string): Scenario {
  return scenario(RICH_WORLD, (play, { tenant }) => play.diagnose({ env: refusingTokens(tenant.env, code) }));
}
