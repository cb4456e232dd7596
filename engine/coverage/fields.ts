/** Which members of records were seen in the cases of a stream, and which of them does anything read? */
import { inputNames } from '../compile/check-streams.ts';
import type { Connector, Stream } from '../compile/connector.ts';
import { Evidence } from '../compile/evidence.ts';
import { type Case, recordEndpoints } from '../compile/load-cases.ts';
import { EngineError } from '../errors.ts';
import type { Mapping } from '../map/evaluate.ts';
import { lineage } from '../map/field-table.ts';
import { references } from '../map/references.ts';
import { Tokens } from '../map/tokens.ts';
import { caseOptions, dryRun } from '../run/dry-run.ts';
import { trackReads } from './track-reads.ts';

export interface SeenField {
  /** From the input of the mapping: `alert.evidence.fileName`, lists left out. */
  path: string;
  isRead: boolean;
}

/**
 * Each member that an input of the mapping had in a case, also in cases of other mappings of the stream. It counts as read
 * when the mapping looks at it in a case, when its text names it, or when the engine needs it: keys, cursor, join keys.
 */
export async function seenFields(
  connector: Connector,
  stream: Stream,
  { as, mapping }: { as: string; mapping: Mapping },
  cases: readonly Case[],
): Promise<SeenField[]> {
  const names = inputNames(stream.definition);
  const evidence = new Evidence();
  const reads = new Set([...named(mapping, names), ...neededByEngine(stream)]);
  for (const item of cases.filter((one) => one.stream === stream.name)) {
    const options = caseOptions(item);
    const context = {
      settings: options.settings ?? {},
      change: { type: options.change ?? 'create', uid: '' },
    };
    for await (const { input } of dryRun(connector, stream, item.input, { ...options, as })) {
      const records = input as Record<string, unknown>;
      for (const name of names) if (records[name] !== undefined) evidence.add(name, records[name]);
      await noteReads(mapping, { ...context, ...records }, options.now, reads);
    }
  }
  return names.flatMap((name) =>
    evidence.paths(name).map((below) => {
      const path = `${name}.${below}`;
      return { path, isRead: reads.has(path) };
    }),
  );
}

async function noteReads(
  mapping: Mapping,
  input: Record<string, unknown>,
  now: number,
  reads: Set<string>,
): Promise<void> {
  try {
    JSON.stringify(await mapping.evaluate(trackReads(input, '', reads), now));
  } catch (error) {
    // What was read before the fault is read; that the record is dead is for others to say.
    if (!(error instanceof EngineError)) throw error;
  }
}

/** Paths in the mapping's text: also those in branches that no case takes. */
function named(mapping: Mapping, names: readonly string[]): Set<string> {
  const { paths } = references(mapping.ast, new Tokens(mapping.source.text));
  return new Set([...paths.map(({ steps }) => steps.join('.')), ...lineage(mapping, names).keys()]);
}

function neededByEngine(stream: Stream): string[] {
  const { recordName, group, cursor, onlyNew, removed, joins } = stream;
  const own: (readonly string[] | undefined)[] = [
    ...recordEndpoints(stream).flatMap(({ keyPath, keyWith }) => [keyPath, ...keyWith]),
    ...[group?.by, cursor?.field, onlyNew?.field, removed?.at],
    ...joins.flatMap(({ on }) => on.map(({ record }) => record)),
  ];
  const joined = joins.flatMap(({ name, on, newest, endpoint }) =>
    [...on.map((pair) => pair.joined), newest, endpoint.keyPath].map((path) => path && [name, ...path]),
  );
  const inGroup = group ? own.map((path) => path && [recordName, group.as, ...path]) : [];
  return [...own.map((path) => path && [recordName, ...path]), ...inGroup, ...joined].flatMap((path) =>
    path ? [path.join('.')] : [],
  );
}
