/** The join of the documented device mapping and the events that follow, written from the rules and not from the engine. */
import { expect } from 'vitest';
import { deviceEvent } from '../map/device-rules.ts';
import { matches } from './device-truth.ts';
import { type Json, NOW, type Tenant } from './tenant.ts';

export { matches };

/** By machine id, the event as its line of JSON. `now` in milliseconds since the epoch. */
export function deviceEvents(
  machines: readonly Json[],
  managedDevices: readonly Json[],
  now: number,
): Map<unknown, string> {
  const matched = matches(machines, managedDevices);
  return new Map(
    machines.map((machine) => [
      machine.id,
      JSON.stringify(deviceEvent(machine, matched.get(machine.id), now)),
    ]),
  );
}

/** The events that a tenant's devices have now. */
export function truth(tenant: Tenant, now = NOW): Map<unknown, string> {
  return deviceEvents(tenant.machines(), tenant.managedDevices(), now);
}

/** By machine id, the machine with what is joined to it: a change of this is a change of the device. */
export function contents(tenant: Tenant): Map<unknown, string> {
  const machines = tenant.machines();
  const matched = matches(machines, tenant.managedDevices());
  return new Map(machines.map((machine) => [machine.id, JSON.stringify([machine, matched.get(machine.id)])]));
}

/** By device, the line of each event; fails when a device comes twice. */
export function byDevice(events: readonly Json[]): Map<unknown, string> {
  const lines = new Map(events.map((event) => [(event.device as Json).uid, JSON.stringify(event)]));
  expect(lines.size).toBe(events.length);
  return lines;
}

export function devices(events: readonly Json[]): Set<unknown> {
  return new Set(byDevice(events).keys());
}
