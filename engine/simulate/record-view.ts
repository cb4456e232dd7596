/** What an endpoint shows of a record: which fields, in full or not, with which further ones, and under which names. */
import type { Refusal } from './conditions.ts';
import type { EndpointSpec } from './definition.ts';
import type { Collection } from './generate/collection.ts';
import type { Cursor } from './generate/cursor.ts';
import { type View, whole } from './rows.ts';

/** The view that a query asks for. */
export function recordView(
  spec: EndpointSpec,
  collection: Collection,
  query: URLSearchParams,
): View | Refusal {
  const selected = spec.select && namesIn(query.get(spec.select.parameter));
  const expanded = (spec.expand && namesIn(query.get(spec.expand.parameter))) ?? [];
  const expandable = Object.keys(spec.expand?.fields ?? {});
  const unknown = expanded.find((name) => !expandable.includes(name));
  if (unknown !== undefined) {
    return { condition: 'bad_query', values: { parameter: spec.expand?.parameter, value: unknown } };
  }
  const hidden = new Set(expandable.filter((name) => !expanded.includes(name)));
  const all = [...collection.details.keys()];
  const details =
    spec.details === 'selected' ? all.filter((name) => selected?.includes(name)) : (spec.details ?? []);
  const isAsItIs = hidden.size === 0 && details.length === 0;
  if (isAsItIs && !selected) return whole;
  const view = (cursor: Cursor) => {
    const record = cursor.record(hidden);
    for (const name of hidden) {
      const instead = spec.expand?.fields[name];
      if (instead === null || instead === undefined) delete record[name];
      else record[name] = instead;
    }
    for (const name of details) record[name] = cursor.read(collection.details.get(name) ?? -1);
    if (!selected) return record;
    return Object.fromEntries(Object.entries(record).filter(([name]) => selected.includes(name)));
  };
  return isAsItIs && selected ? Object.assign(view, { write: collection.partWriter(selected) }) : view;
}

/** The same records with names as some vendors write them in files: `DeviceId`; members without a value are left out. */
export function renamedView(view: View, names: Readonly<Record<string, string>>): View {
  const known = new Map(Object.entries(names));
  const renamed = (name: string): string => {
    const found = known.get(name) ?? name.charAt(0).toUpperCase() + name.slice(1);
    known.set(name, found);
    return found;
  };
  return (cursor) => {
    const record: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(view(cursor))) {
      if (value !== null) record[renamed(name)] = value;
    }
    return record;
  };
}

function namesIn(text: string | null): string[] | undefined {
  return text ? text.split(',').map((name) => name.trim()) : undefined;
}
