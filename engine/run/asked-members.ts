/** Which members of records does a lane look at? */
import type { Endpoint, Join, Stream } from '../compile/connector.ts';
import type { BuildSide } from '../join/build-side.ts';
import type { Needed } from '../map/needs.ts';

/** Names of members of the stream's own records that are looked at whether or not the record changed. */
export function askedMembers(stream: Stream, builds: readonly BuildSide[]): string[] {
  const { endpoint, cursor, onlyNew, removed } = stream;
  const paths = [
    endpoint.keyPath ?? [],
    ...endpoint.keyWith,
    cursor?.field ?? [],
    onlyNew?.field ?? [],
    removed?.at ?? [],
    ...builds.flatMap(({ join }) => join.on.map(({ record }) => record)),
  ];
  return firstNames(paths);
}

/**
 * Names of the members of joined records that are looked at; undefined where those may be all.
 * @param input what is needed of the inputs of the mapping; undefined where that is everything
 */
export function joinedMembers(
  { name, on, newest, endpoint }: Join,
  input: Needed | undefined,
): string[] | undefined {
  const needed = input?.members.get(name);
  if (!input || needed?.isWhole) return undefined;
  const members = [...(needed?.members.keys() ?? [])].map((member) => [member]);
  return firstNames([...members, ...on.map(({ joined }) => joined), newest ?? [], endpoint.keyPath ?? []]);
}

/** Names that need no quotes in any list of names. */
const PLAIN_NAME = /^[A-Za-z_]\w*$/;
/** An address may have some 2,000 characters. */
const NAMES_LENGTH_MAX = 1_500;

/**
 * The query that asks for these members of records alone. Empty where the vendor takes none, the names are not those that it
 * knows, or the definition asks for others.
 */
export function selectQuery(
  { definition, isCamelCase, query }: Endpoint,
  names: readonly string[] | undefined,
): Record<string, string> {
  const { select_parameter: parameter } = definition;
  if (parameter === undefined || !names || isCamelCase || Object.hasOwn(query, parameter)) return {};
  const text = names.join(',');
  const isTaken = names.every((name) => PLAIN_NAME.test(name)) && text.length <= NAMES_LENGTH_MAX;
  return isTaken && text !== '' ? { [parameter]: text } : {};
}

function firstNames(paths: readonly (readonly string[])[]): string[] {
  return [...new Set(paths.flatMap((path) => path.slice(0, 1)))];
}
