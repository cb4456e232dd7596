/** The join of the documented device mapping, written from the rules and not from the engine; needs no test runner. */
import type { Json } from './tenant.ts';

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

function keyOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const key = value.toLowerCase();
  return key === NOBODY ? undefined : key;
}

function isBetter(candidate: Json, best: Json): boolean {
  const [a, b] = [Date.parse(String(candidate.lastSyncDateTime)), Date.parse(String(best.lastSyncDateTime))];
  return a === b ? String(candidate.id) < String(best.id) : a > b;
}
