import { describe, expect, test } from 'vitest';
import { type Network, systemClock } from '../../engine/env.ts';
import { BACKOFF_FIRST_MS } from '../../engine/limits.ts';
import { Secret } from '../../engine/secret.ts';
import type { FaultRule } from '../../engine/simulate/index.ts';
import { byDevice, truth } from '../support/device-join.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import {
  changedConnector,
  NOW,
  type Ran,
  smallPages,
  startTenant,
  type Tenant,
  type TenantOptions,
} from '../support/tenant.ts';

/** A tenant of 120 machines whose lists have several pages each. */
async function runWith(
  faults: FaultRule[],
  options: TenantOptions = {},
): Promise<{ tenant: Tenant; ran: Ran }> {
  const tenant = await startTenant({ scale: { machines: 120 }, faults, ...options });
  return { tenant, ran: await tenant.run({}, await changedConnector(smallPages)) };
}

const waitsOf = ({ transitions }: Ran) => transitions.filter(({ to }) => to === 'waiting');

describe('what passes by itself is tried again, and every machine comes out once', () => {
  test.each<[string, FaultRule, number]>([
    [
      'a burst of 503 at a page of machines',
      { on: 'machines', nth: [2, 3, 4], fault: { type: 'status', status: 503 } },
      3,
    ],
    [
      '500 at the first page of Intune',
      { on: 'managed_devices', nth: 1, fault: { type: 'status', status: 500 } },
      1,
    ],
    ['502 with HTML', { on: 'machines', nth: 2, fault: { type: 'html' } }, 1],
    [
      'a body that is cut off',
      { on: 'machines', nth: 2, fault: { type: 'truncate_body', after_bytes: 300 } },
      1,
    ],
    [
      'a body that is cut off in good order',
      { on: 'machines', nth: 1, fault: { type: 'truncate_body', after_bytes: 300, end: 'clean' } },
      1,
    ],
    [
      'JSON that is cut off',
      { on: 'managed_devices', nth: 3, fault: { type: 'truncate_json', keep: 0.7 } },
      1,
    ],
    ['an empty body', { on: 'machines', nth: 3, fault: { type: 'empty_body' } }, 1],
    ['a connection that breaks', { on: 'machines', nth: 2, fault: { type: 'reset' } }, 1],
    [
      'a token endpoint that is away',
      { on: 'token', nth: [1, 2], fault: { type: 'status', status: 503 } },
      2,
    ],
    [
      '429 of the token endpoint',
      { on: 'token', nth: 2, fault: { type: 'status', status: 429, retry_after: 0 } },
      1,
    ],
  ])('%s', async (_, rule, retries) => {
    const { tenant, ran } = await runWith([rule]);
    expect(ran.summary).toMatchObject({ end: 'done', retries });
    expect(byDevice(ran.events)).toEqual(truth(tenant));
    expect(waitsOf(ran)).toHaveLength(retries);
  });

  test.each<[string, FaultRule]>([
    ['short pages', { on: '*', fault: { type: 'short_page', keep: 3 } }],
    ['a page more than needed', { on: 'managed_devices', fault: { type: 'extra_page' } }],
    ['a record that comes twice in every page', { on: '*', fault: { type: 'duplicate_record' } }],
    [
      'an answer in small pieces',
      { on: '*', nth: [1, 2, 3], fault: { type: 'drip', bytes: 5_000, every: '1ms' } },
    ],
  ])('%s do no harm', async (_, rule) => {
    const { tenant, ran } = await runWith([rule]);
    expect(ran.summary).toMatchObject({ end: 'done', events: 120 });
    expect(byDevice(ran.events)).toEqual(truth(tenant));
  });

  test('a token that expires in the middle is replaced, once for each API', async () => {
    const { tenant, ran } = await runWith([
      { on: 'machines', nth: 2, fault: { type: 'expire_token' } },
      { on: 'managed_devices', nth: 3, fault: { type: 'expire_token' } },
    ]);
    expect(byDevice(ran.events)).toEqual(truth(tenant));
    expect(tenant.simulator.audit().tokens.issued).toBe(4);
    expect(waitsOf(ran)).toHaveLength(0);
    expect(ran.summary.retries).toBe(0);
  });

  test('a token that expires in time is renewed before anybody refuses it', async () => {
    const clock = new SimulatedClock(NOW);
    const tenant = await startTenant({
      scale: { machines: 40 },
      clock,
      faults: [{ on: 'machines', nth: 1, fault: { type: 'status', status: 429, retry_after: 800 } }],
      simulator: (definition) => {
        definition.auth.entra.token.expires_in = 900;
      },
    });
    const ran = await clock.run(tenant.run({ env: { ...tenant.env, clock } }));
    expect(byDevice(ran.events)).toEqual(truth(tenant));
    const { tokens, requests } = tenant.simulator.audit();
    expect(tokens.issued).toBe(3);
    expect(requests.machines?.statuses).toEqual({ 200: 1, 404: 1, 429: 1 });
  });

  test('the links of Intune that are no longer good begin its list anew, once', async () => {
    const gone = (nth: number[]): FaultRule => ({
      on: 'managed_devices',
      nth,
      fault: { type: 'status', status: 410 },
    });
    const once = await runWith([gone([3])]);
    expect(byDevice(once.ran.events)).toEqual(truth(once.tenant));
    const twice = await runWith([gone([3, 6])]);
    expect(twice.ran.summary).toMatchObject({
      end: 'parked',
      problem: { code: 'page-link-expired', kind: 'contract' },
    });
  });
});

describe('429', () => {
  test('waits as long as the vendor says, and no call of the API leaves before', async () => {
    const clock = new SimulatedClock(NOW);
    const tenant = await startTenant({
      scale: { machines: 120 },
      clock,
      faults: [
        { on: 'machines', nth: 2, fault: { type: 'status', status: 429, retry_after: 37 } },
        { on: 'managed_devices', nth: 2, fault: { type: 'status', status: 429, retry_after_date: 20 } },
      ],
    });
    const ran = await clock.run(
      tenant.run({ env: { ...tenant.env, clock } }, await changedConnector(smallPages)),
    );
    expect(byDevice(ran.events)).toEqual(truth(tenant));
    expect(waitsOf(ran).map(({ waitMs }) => waitMs)).toEqual([20_000, 37_000]);
    expect(ran.summary).toMatchObject({ retries: 2, waitedMs: 57_000, durationMs: 57_000 });
  });

  test('holds all streams of the API', async () => {
    const faults: FaultRule[] = [
      { on: 'machines', nth: 1, fault: { type: 'status', status: 429, retry_after: 1 } },
    ];
    const tenant = await startTenant({ scale: { machines: 100 }, faults });
    const connector = await changedConnector((definition) => {
      smallPages(definition);
      definition.streams.others = definition.streams.devices;
    });
    let toldAt = Number.POSITIVE_INFINITY;
    const leftAt: number[] = [];
    const network: Network = {
      ...tenant.env.network,
      send: async (request) => {
        if (request.method === 'GET') leftAt.push(performance.now());
        const response = await tenant.env.network.send(request);
        if (response.status === 429) toldAt = performance.now();
        return response;
      },
    };
    const env = { ...tenant.env, network };
    const settings = { ...tenant.settings, intune: false };
    const { summaries } = await tenant.run({ streams: ['devices', 'others'], settings, env }, connector);
    expect(summaries.map(({ end }) => end)).toEqual(['done', 'done']);
    // The other one may have had its first page while the first one was told to wait.
    const later = leftAt.filter((at) => at > toldAt);
    expect(later.length).toBeGreaterThan(5);
    expect(Math.min(...later) - toldAt).toBeGreaterThan(990);
  });

  test('without a time backs off with jitter, further each time', async () => {
    const clock = new SimulatedClock(NOW);
    const tenant = await startTenant({
      scale: { machines: 10 },
      clock,
      faults: [{ on: 'machines', nth: [1, 2, 3], fault: { type: 'status', status: 429 } }],
    });
    const ran = await clock.run(tenant.run({ env: { ...tenant.env, clock, random: () => 0.5 } }));
    expect(ran.summary.end).toBe('done');
    expect(waitsOf(ran).map(({ waitMs }) => waitMs)).toEqual(
      [1, 2, 4].map((factor) => (factor * BACKOFF_FIRST_MS) / 2),
    );
  });

  test('with a wait that is too long parks the lane, and the next run goes on when it is over', async () => {
    const { tenant, ran } = await runWith([
      { on: 'machines', nth: 3, fault: { type: 'status', status: 429, retry_after: 7_200 } },
    ]);
    expect(ran.summary).toMatchObject({ end: 'parked', events: 80, problem: { kind: 'rate_limit' } });
    const early = await tenant.run({}, await changedConnector(smallPages));
    expect(early.summary).toMatchObject({ end: 'parked', problem: { code: 'rate-limit-blocked' } });
    const later = { ...systemClock, now: () => Date.now() + 3 * 3_600_000 };
    const next = await tenant.run(
      { env: { ...tenant.env, clock: later } },
      await changedConnector(smallPages),
    );
    expect(byDevice([...ran.events, ...next.events])).toEqual(truth(tenant));
    expect(next.events).toHaveLength(40);
  });

  test('never comes where the budget of the connector is kept', async () => {
    const clock = new SimulatedClock(NOW);
    const tenant = await startTenant({ scale: { machines: 150 }, clock });
    const connector = await changedConnector((definition) => {
      definition.endpoints.machines.pagination.page_size = 1;
    });
    const ran = await clock.run(tenant.run({ env: { ...tenant.env, clock } }, connector));
    expect(ran.events).toHaveLength(150);
    expect(tenant.simulator.audit().quotas.defender).toEqual({ calls: 151, refused: 0 });
    expect(ran.summary.waitedMs).toBeGreaterThan(50_000);
    expect(waitsOf(ran)[0]?.waitingFor).toBe('call budget of api `defender`');
  });

  test('comes where the budget is turned off', async () => {
    const clock = new SimulatedClock(NOW);
    const tenant = await startTenant({ scale: { machines: 110 }, clock });
    const connector = await changedConnector((definition) => {
      definition.endpoints.machines.pagination.page_size = 1;
    });
    const ran = await clock.run(tenant.run({ env: { ...tenant.env, clock }, rateLimitOff: true }, connector));
    expect(ran.events).toHaveLength(110);
    expect(tenant.simulator.audit().quotas.defender?.refused).toBeGreaterThan(0);
  });
});

describe('what does not pass by itself parks the lane, keeps what was committed, and goes on in the next run', () => {
  test.each<[string, FaultRule, string, number]>([
    [
      'a vendor that stays away',
      { on: 'machines', pages: [3], times: 6, fault: { type: 'status', status: 500 } },
      'http-server-error',
      80,
    ],
    [
      'a page of HTML',
      { on: 'machines', pages: [2], times: 3, fault: { type: 'html', status: 200 } },
      'page-not-json',
      40,
    ],
    ['404 with HTML', { on: 'machines', nth: 1, fault: { type: 'html', status: 404 } }, 'http-not-found', 0],
    ['a redirect', { on: 'machines', nth: 3, fault: { type: 'redirect' } }, 'http-redirect', 80],
    [
      'a next link to another origin',
      { on: 'managed_devices', nth: 2, fault: { type: 'next_link_other_origin' } },
      'http-origin-refused',
      0,
    ],
    [
      'a next link to itself',
      { on: 'managed_devices', pages: [2], times: 4, fault: { type: 'next_link_loop' } },
      'page-loop',
      0,
    ],
  ])('%s', async (_, rule, code, committed) => {
    const { tenant, ran } = await runWith([rule]);
    expect(ran.summary).toMatchObject({ end: 'parked', events: committed, problem: { code } });
    expect(ran.events).toHaveLength(committed);
    const { requests, withAuthorization, withSecret } = tenant.simulator.audit().wrongOrigin;
    expect([requests, withAuthorization, withSecret]).toEqual([0, 0, 0]);
    const next = await tenant.run({}, await changedConnector(smallPages));
    expect(next.summary.end).toBe('done');
    expect(byDevice([...ran.events, ...next.events])).toEqual(truth(tenant));
  });

  test('the places of an error: the endpoint in the connector', async () => {
    const { ran } = await runWith([{ on: 'machines', nth: 1, fault: { type: 'html', status: 404 } }]);
    expect(ran.summary.problem?.at?.file).toContain('connector.yaml');
    expect(ran.summary.problem?.message).toContain('endpoint `machines`');
  });
});

describe('permissions', () => {
  test.each<[number, string]>([
    [1, 'DeviceManagementManagedDevices.Read.All'],
    [2, 'Machine.Read.All'],
  ])('token %i without roles: the error names the permission to grant', async (nth, permission) => {
    const { ran } = await runWith([{ on: 'token', nth, fault: { type: 'drop_roles' } }]);
    expect(ran.summary).toMatchObject({
      end: 'parked',
      problem: { code: 'permission-missing', kind: 'permission' },
    });
    expect(ran.summary.problem?.message).toContain(`lacks the permission ${permission} or `);
    expect(ran.summary.problem?.fix).toContain(`grant ${permission} `);
    expect(ran.files).toEqual([]);
  });
});

describe('credentials', () => {
  const parked = async (change: (tenant: Tenant) => object) => {
    const tenant = await startTenant({ scale: { machines: 3 } });
    const { summary, files } = await tenant.run(change(tenant));
    expect(files).toEqual([]);
    expect(tenant.simulator.audit().requests.token?.total).toBe(1);
    return { end: summary.end, ...summary.problem };
  };

  test('a wrong secret is told in the words of the connector, and not repeated', async () => {
    const problem = await parked(() => ({ secrets: { client_secret: new Secret('canary-wrong') } }));
    expect(problem).toMatchObject({ end: 'parked', kind: 'credentials' });
    expect(problem.message).toMatch(/^the client secret is wrong /);
    expect(problem.fix).toContain("copy the secret's value (not its ID)");
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  test('a secret that has expired is told as such', async () => {
    const problem = await parked(() => ({
      secrets: { client_secret: new Secret('simulated~secret-of-last-year') },
    }));
    expect(problem.message).toMatch(/^the client secret has expired /);
  });

  test('so is a tenant that does not exist', async () => {
    const problem = await parked(({ settings, simulator }) => ({
      settings: {
        ...settings,
        token_url: `${simulator.origin}/00000000-1111-4222-8333-444444444444/oauth2/v2.0/token`,
      },
    }));
    expect(problem.message).toMatch(/^there is no such tenant /);
    expect(problem.fix).toContain('check tenant_id');
  });

  test('so is an application that the tenant does not know', async () => {
    const problem = await parked(({ settings }) => ({
      settings: { ...settings, client_id: '00000000-1111-4222-8333-444444444444' },
    }));
    expect(problem.message).toMatch(/^the application is not known in this tenant /);
  });

  test('so is a scope of another cloud', async () => {
    const problem = await parked(({ settings }) => ({
      settings: { ...settings, graph_scope: 'https://graph.example.net/.default' },
    }));
    expect(problem.message).toMatch(/^the scope is not valid /);
  });
});

describe('a tenant without machines', () => {
  test('is an empty list although the service answers 404', async () => {
    const tenant = await startTenant({ scale: { machines: 0 } });
    const { summary, files } = await tenant.run();
    expect(summary).toMatchObject({ end: 'done', records: 0, events: 0 });
    expect(files).toEqual([]);
    expect(tenant.simulator.audit().requests.machines?.statuses).toEqual({ 404: 1 });
    expect((await tenant.run()).summary.end).toBe('done');
  });
});
