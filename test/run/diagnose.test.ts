import { expect, test } from 'vitest';
import { loadConnector } from '../../engine/compile/load.ts';
import type { HttpRequest } from '../../engine/env.ts';
import { type Check, diagnose } from '../../engine/run/diagnose.ts';
import { consequencesOf } from '../../engine/run/endpoint-uses.ts';
import { Secret } from '../../engine/secret.ts';
import { startTenant, type Tenant, type TenantOptions } from '../support/tenant.ts';

async function checksOf(
  options: TenantOptions,
  change: (tenant: Tenant) => object = () => ({}),
  name = 'devices',
): Promise<{ checks: Check[]; tenant: Tenant }> {
  const tenant = await startTenant({ scale: { machines: 5 }, ...options });
  const connector = await loadConnector('microsoft-defender');
  const { env, settings, secrets } = tenant;
  const stream = connector.streams[name];
  if (!stream) throw new Error(`no ${name}`);
  const checks = await diagnose([stream], { connector, env, settings, secrets, ...change(tenant) });
  return { checks, tenant };
}

const outline = (checks: Check[]) =>
  checks.map(({ what, problem, empties }) => [what, problem?.code ?? 'ok', empties.join()]);

test('a tenant in order passes every check, at the price of one record a list', async () => {
  const { checks, tenant } = await checksOf({});
  expect(outline(checks)).toEqual([
    ['credential `defender`', 'ok', ''],
    ['permission Machine.Read.All', 'ok', ''],
    ['list `machines`', 'ok', ''],
    ['credential `graph`', 'ok', ''],
    ['permission DeviceManagementManagedDevices.Read.All', 'ok', ''],
    ['list `managed_devices`', 'ok', ''],
  ]);
  expect(checks[0]?.detail).toContain('Machine.Read.All');
  const { records, tokens } = tenant.simulator.audit();
  expect(records).toEqual({ machines: 1, managed_devices: 1 });
  expect(tokens.issued).toBe(2);
});

test('a permission that is missing is named with the streams that stay empty, and its list is not asked', async () => {
  const { checks, tenant } = await checksOf({
    faults: [{ on: 'token', nth: 2, fault: { type: 'drop_roles' } }],
  });
  const [missing] = checks.filter(({ problem }) => problem);
  expect(missing).toMatchObject({
    what: 'permission DeviceManagementManagedDevices.Read.All',
    empties: ['devices'],
  });
  expect(missing?.problem?.fix).toContain('grant DeviceManagementManagedDevices.Read.All ');
  expect(outline(checks).at(-1)?.[0]).toBe('permission DeviceManagementManagedDevices.Read.All');
  expect(tenant.simulator.audit().requests.managed_devices).toBeUndefined();
});

test('a credential that fails is told once, and nothing is asked with it', async () => {
  const { checks, tenant } = await checksOf({}, () => ({
    secrets: { client_secret: new Secret('canary-wrong') },
  }));
  expect(outline(checks)).toEqual([
    ['credential `defender`', 'auth-rejected', 'devices'],
    ['credential `graph`', 'auth-rejected', 'devices'],
  ]);
  expect(JSON.stringify(checks)).not.toContain('canary');
  expect(Object.keys(tenant.simulator.audit().requests)).toEqual(['token']);
});

test('a list that does not answer is told with its problem', async () => {
  const { checks } = await checksOf({ faults: [{ on: 'machines', fault: { type: 'status', status: 503 } }] });
  expect(outline(checks)).toContainEqual(['list `machines`', 'http-server-error', 'devices']);
  expect(outline(checks)).toContainEqual(['list `managed_devices`', 'ok', '']);
});

test('a tenant without machines answers, and is empty', async () => {
  const { checks } = await checksOf({ scale: { machines: 0 } });
  expect(checks.find(({ what }) => what === 'list `machines`')?.detail).toBe('answers, and is empty');
});

const withSettings = (settings: object) => (tenant: Tenant) => ({
  settings: { ...tenant.settings, ...settings },
});

test('what a setting turns off is not checked', async () => {
  const { checks } = await checksOf({}, withSettings({ intune: false }));
  expect(outline(checks).map(([what]) => what)).toEqual([
    'credential `defender`',
    'permission Machine.Read.All',
    'list `machines`',
  ]);
});

test('a lookup needs its permission, and is asked nothing', async () => {
  const { checks, tenant } = await checksOf({}, withSettings({ intune_details: true }));
  expect(checks.at(-1)).toEqual({
    what: 'permission DeviceManagementManagedDevices.Read.All',
    detail: 'for lookup `managed_device_details`',
    empties: [],
    goesOn: [],
  });
  expect(Object.keys(tenant.simulator.audit().requests).sort()).toEqual([
    'machines',
    'managed_devices',
    'token',
  ]);
});

test('a stream that goes on without a permission, or is replaced, is said to', async () => {
  const { checks } = await checksOf(
    { faults: [{ on: 'token', nth: 1, fault: { type: 'drop_roles' } }] },
    undefined,
    'incidents',
  );
  expect(checks.map(({ what, problem, empties, goesOn }) => [what, problem?.code, empties, goesOn])).toEqual([
    ['credential `graph`', undefined, [], []],
    [
      'permission SecurityIncident.Read.All',
      'permission-missing',
      [],
      ['`incidents_from_alerts` runs in place of `incidents`'],
    ],
    [
      'permission SecurityIncident.Read.All',
      'permission-missing',
      [],
      ['the stream `incidents` goes on without `alerts`'],
    ],
  ]);
});

test('another endpoint that the settings choose is checked, export files are not begun, changes are asked since when', async () => {
  const asked: URL[] = [];
  const watched = (tenant: Tenant) => ({
    settings: { ...tenant.settings, export_files: true },
    env: {
      ...tenant.env,
      network: {
        ...tenant.env.network,
        send: (request: HttpRequest) => {
          asked.push(request.url);
          return tenant.env.network.send(request);
        },
      },
    },
  });
  const { checks } = await checksOf({}, watched, 'vulnerabilities');
  expect(checks.map(({ what, detail }) => `${what} ${detail}`)).toContain(
    'permission Vulnerability.Read.All for list `software_vulnerability_files`',
  );
  const paths = asked.map(({ pathname }) => pathname);
  expect(paths.filter((path) => /Export|SoftwareVulnerabilitiesByMachine/.test(path))).toEqual([]);
  const changes = asked.find(({ pathname }) => pathname.includes('Changes'));
  expect(changes?.searchParams.get('sinceTime')).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test('a stream that stays empty is not said to go on', async () => {
  const connector = await loadConnector('microsoft-defender');
  const stream = connector.streams.alerts;
  if (!stream) throw new Error('no alerts');
  const own = { stream, as: 'record', name: 'alert', isOptional: false } as const;
  const joined = { stream, as: 'join', name: 'machine', isOptional: true } as const;
  expect(consequencesOf([joined], 'credentials')).toEqual({
    empties: [],
    goesOn: ['the stream `alerts` goes on without `machine`'],
  });
  expect(consequencesOf([own, joined], 'credentials')).toEqual({ empties: ['alerts'], goesOn: [] });
});
