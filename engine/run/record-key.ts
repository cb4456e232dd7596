/** What identifies a record of a stream, as text. */
import type { Stream } from '../compile/connector.ts';
import { valueAt } from '../definition/path.ts';

/** Undefined for a record without a key. Of a key with several parts only the first has to have a value. */
export function recordKey(
  stream: Pick<Stream, 'endpoint'> & { group?: Stream['group'] | undefined },
  record: unknown,
): string | undefined {
  const { keyPath = [], keyWith } = stream.endpoint;
  if (stream.group) return textOf(valueAt(record, stream.group.by.slice(-1)));
  const key = textOf(valueAt(record, keyPath));
  if (key === undefined || keyWith.length === 0) return key;
  return JSON.stringify([key, ...keyWith.map((path) => textOf(valueAt(record, path)) ?? '')]);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
