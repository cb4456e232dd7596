/** Which records make one? Those with one value of a path. */
import type { Stream } from '../compile/connector.ts';
import { valueAt } from '../definition/path.ts';

export type Group = NonNullable<Stream['group']>;

/** The value that puts a record in its group, as text; undefined for a record that belongs to none. */
export function groupKey(record: unknown, group: Group): string | undefined {
  const value = valueAt(record, group.by);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The record that a group makes: its value under the last name of `by`, its members under `as`. */
export function groupRecord(key: string, members: readonly unknown[], group: Group): Record<string, unknown> {
  return { [group.by[group.by.length - 1] ?? '']: key, [group.as]: members };
}

/** The groups among records in memory, in the order of their first members. */
export function* grouped(records: readonly unknown[], group: Group): Generator<Record<string, unknown>> {
  const groups = new Map<string, unknown[]>();
  for (const record of records) {
    const key = groupKey(record, group);
    if (key === undefined) continue;
    const members = groups.get(key);
    if (members) members.push(record);
    else groups.set(key, [record]);
  }
  for (const [key, members] of groups) yield groupRecord(key, members, group);
}
