/** A part of a definition: some of its streams, with all that these need and nothing else. What is wrong in it is wrong in the whole. */
import type { Loose } from '../support/tenant.ts';

/** A copy with these streams, those that they fall back on, and their endpoints, APIs and credentials; settings are all kept. */
export function onlyStreams(definition: Loose, names: readonly string[]): Loose {
  const streams = pick(definition.streams, [
    ...names,
    ...names.flatMap((name) => definition.streams[name].fallback ?? []),
  ]);
  const endpoints = pick(definition.endpoints, Object.values<Loose>(streams).flatMap(endpointsOf));
  const apis = pick(
    definition.apis,
    Object.values<Loose>(endpoints).map(({ api }) => api),
  );
  const auth = pick(
    definition.auth,
    Object.values<Loose>(apis).flatMap(({ auth }) => auth ?? []),
  );
  return structuredClone({ ...definition, auth, apis, endpoints, streams });
}

/** Names of all endpoints that a stream may ask. */
export function endpointsOf({ record, alternatives, join, lookup, cursor }: Loose): string[] {
  return [
    ...Object.values<string>(record),
    ...[...(alternatives ?? []), ...Object.values(join ?? {}), ...Object.values(lookup ?? {})].map(
      ({ endpoint }: Loose) => endpoint,
    ),
    ...(cursor?.endpoint === undefined ? [] : [cursor.endpoint]),
  ];
}

/** In the order of the definition. */
function pick(section: Loose, names: readonly string[]): Loose {
  return Object.fromEntries(Object.entries(section ?? {}).filter(([name]) => names.includes(name)));
}
