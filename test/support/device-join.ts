/** The join of the documented device mapping and the events that follow, written from the rules and not from the engine. */
import { expect } from 'vitest';
import { deviceEvent } from '../map/device-rules.ts';
import { type Json, NOW, type Tenant } from './tenant.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** By machine id, the Intune record that belongs to the machine. */
export function matches(machines: readonly Json[], managedDevices: readonly Json[]): Map<unknown, Json> {
  const byDevice = new Map<string, Json>();
  for (const candidate of managedDevices) {
    const key = keyOf(candidate.azureADDeviceId);
    if (key === undefined) continue;
    const best = byDevice.get(key);
    if (!best || isBetter(candidate, best)) byDevice.set(key, candidate);
  }
  const found = new Map<unknown, Json>();
  for (const machine of machines) {
    const match = byDevice.get(keyOf(machine.aadDeviceId) ?? '');
    if (match) found.set(machine.id, match);
  }
  return found;
}

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

function keyOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const key = value.toLowerCase();
  return key === NOBODY ? undefined : key;
}

function isBetter(candidate: Json, best: Json): boolean {
  const [a, b] = [Date.parse(String(candidate.lastSyncDateTime)), Date.parse(String(best.lastSyncDateTime))];
  return a === b ? String(candidate.id) < String(best.id) : a > b;
}
