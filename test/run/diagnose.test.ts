import { expect, test } from 'vitest';
import { loadConnector } from '../../engine/compile/load.ts';
import { type Check, diagnose } from '../../engine/run/diagnose.ts';
import { Secret } from '../../engine/secret.ts';
import { startTenant, type Tenant, type TenantOptions } from '../support/tenant.ts';

async function checksOf(
  options: TenantOptions,
  change: (tenant: Tenant) => object = () => ({}),
): Promise<{ checks: Check[]; tenant: Tenant }> {
  const tenant = await startTenant({ scale: { machines: 5 }, ...options });
  const connector = await loadConnector('microsoft-defender');
  const { env, settings, secrets } = tenant;
  const stream = connector.streams.devices;
  if (!stream) throw new Error('no devices');
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
