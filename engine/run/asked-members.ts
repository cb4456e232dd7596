/** Which members of a stream's own records does a lane look at, whether or not they changed? */
import type { Stream } from '../compile/connector.ts';
import type { BuildSide } from '../join/build-side.ts';

/** Names of members of the record itself. */
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
  return [...new Set(paths.flatMap((path) => path.slice(0, 1)))];
}
