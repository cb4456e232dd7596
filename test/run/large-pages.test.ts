import { expect, test } from 'vitest';
import type { FaultRule } from '../../engine/simulate/index.ts';
import { byDevice, truth } from '../support/device-join.ts';
import { changedConnector, startTenant } from '../support/tenant.ts';

/*
 * A page of Intune, all members of its records in it, is large enough here that the next one is asked for while it is on its way. Whatever goes wrong with either, every
 * machine comes out once, with its own Intune record.
 */

const MACHINES = 1_200;
const PAGE = 200;
/** From here on a body tells its beginning. */
const LARGE_BYTES = 256 * 1024;

test.each<[string, FaultRule[], number]>([
  ['nothing goes wrong', [], 0],
  ['a page breaks off when it has named the next one', [cut(2, 320_000), cut(4, 320_000)], 2],
  [
    'JSON breaks off behind that',
    [{ on: 'managed_devices', nth: 3, fault: { type: 'truncate_json', keep: 0.9 } }],
    1,
  ],
  ['a page that came early has an error', [status(2, 503), status(5, 500)], 2],
  ['a page that came early is none', [{ on: 'managed_devices', nth: 4, fault: { type: 'empty_body' } }], 1],
  ['the connection of both breaks', [{ on: 'managed_devices', nth: [3, 4], fault: { type: 'reset' } }], 2],
  [
    'the token is refused in between',
    [{ on: 'managed_devices', nth: 3, fault: { type: 'expire_token' } }],
    0,
  ],
])('%s', async (_, faults, retries) => {
  const tenant = await startTenant({
    scale: { machines: MACHINES },
    faults,
    simulator: ({ endpoints }) => {
      endpoints.managed_devices.paging.page_size = PAGE;
    },
  });
  const connector = await changedConnector(({ endpoints }) => {
    delete endpoints.managed_devices.select_parameter;
  });
  expect(JSON.stringify(tenant.managedDevices().slice(0, PAGE)).length).toBeGreaterThan(LARGE_BYTES);
  const { summary, events, dead } = await tenant.run({ rateLimitOff: true }, connector);
  expect([summary.end, summary.retries, dead]).toEqual(['done', retries, []]);
  expect(byDevice(events)).toEqual(truth(tenant));
  const { requests } = tenant.simulator.audit();
  // A page that is asked for again may cost the call of the one that came early after it.
  const pages = Math.ceil(tenant.managedDevices().length / PAGE);
  const faulty = faults.flatMap(({ nth }) => nth).length;
  const calls = requests.managed_devices?.total ?? 0;
  expect([calls >= pages + faulty, calls <= pages + 2 * faulty]).toEqual([true, true]);
});

function cut(nth: number, after_bytes: number): FaultRule {
  return { on: 'managed_devices', nth, fault: { type: 'truncate_body', after_bytes } };
}

function status(nth: number, status: number): FaultRule {
  return { on: 'managed_devices', nth, fault: { type: 'status', status } };
}
