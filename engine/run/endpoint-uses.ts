/** Which streams use which endpoints, and what becomes of each stream without one? */
import type { Endpoint, Stream } from '../compile/connector.ts';
import type { Configuration } from '../compile/settings.ts';
import type { ErrorKind } from '../errors.ts';
import { chosen, those } from './open-lanes.ts';

export interface EndpointUse {
  stream: Stream;
  as: 'record' | 'changes' | 'join' | 'lookup';
  /** The name that mappings know its records by. */
  name: string;
  isOptional: boolean;
}

/** What becomes of streams: they stay empty, or they go on, each said in a sentence. */
export interface Consequences {
  empties: string[];
  goesOn: string[];
}

/** The endpoints that the settings choose and turn on, in the order that a run asks them. */
export async function endpointUses(
  streams: readonly Stream[],
  configuration: Configuration,
): Promise<Map<Endpoint, EndpointUse[]>> {
  const uses = new Map<Endpoint, EndpointUse[]>();
  for (const declared of streams) {
    const stream = await chosen(declared, configuration);
    const add = (endpoint: Endpoint | undefined, use: Omit<EndpointUse, 'stream'>) => {
      if (endpoint) uses.set(endpoint, [...(uses.get(endpoint) ?? []), { stream, ...use }]);
    };
    add(stream.endpoint, { as: 'record', name: stream.recordName, isOptional: false });
    add(stream.cursor?.endpoint, { as: 'changes', name: stream.recordName, isOptional: false });
    for (const { endpoint, name, definition } of await those(stream.joins, configuration)) {
      add(endpoint, { as: 'join', name, isOptional: definition.optional ?? false });
    }
    for (const { endpoint, name, definition } of await those(stream.lookups, configuration)) {
      add(endpoint, { as: 'lookup', name, isOptional: definition.optional ?? false });
    }
  }
  return uses;
}

/** What a problem with what is used so does to the streams. One that stays empty is not said to go on. */
export function consequencesOf(uses: readonly EndpointUse[], kind: ErrorKind): Consequences {
  const isReplaced = ({ stream, as }: EndpointUse) =>
    as === 'record' && kind === 'permission' && stream.fallback !== undefined;
  const empties = new Set(
    uses.filter((use) => !use.isOptional && !isReplaced(use)).map(({ stream }) => stream.name),
  );
  const goesOn = uses
    .filter(({ stream }) => !empties.has(stream.name))
    .map(({ stream, name, isOptional }) =>
      isOptional
        ? `the stream \`${stream.name}\` goes on without \`${name}\``
        : `\`${stream.fallback}\` runs in place of \`${stream.name}\``,
    );
  return { empties: [...empties], goesOn: [...new Set(goesOn)] };
}
