/** A run without a network and without a trace: recorded records go through join and map, and what comes out is given back. */
import { parseInstant } from '../checkpoint/instant.ts';
import type { Connector, Stream } from '../compile/connector.ts';
import type { Case, CaseInput } from '../compile/load-cases.ts';
import { withDeclaredDefaults } from '../compile/settings.ts';
import { EngineError } from '../errors.ts';
import { BuildSide } from '../join/build-side.ts';
import { createMemoryTable } from '../join/memory-table.ts';
import { eventsOf } from './events-of.ts';
import { mappingOf } from './mapping-of.ts';

/** What became of one record. */
export type DryResult =
  | { input: Record<string, unknown>; events: unknown[] }
  | { input: unknown; error: EngineError };

export interface DryRunOptions {
  /** Name of the mapping; the first of the stream when absent. */
  as?: string;
  /** The fetch time, in milliseconds since the epoch. */
  now: number;
  /** Settings that turn joins on or off. */
  settings?: Readonly<Record<string, unknown>>;
}

/** Runs a case's input, or inputs of the mapping that are at hand, through a stream. */
export async function* dryRun(
  connector: Connector,
  stream: Stream,
  input: CaseInput | { records: Iterable<Record<string, unknown>> | AsyncIterable<Record<string, unknown>> },
  options: DryRunOptions,
): AsyncGenerator<DryResult> {
  const { mapping } = mappingOf(stream, options.as);
  const inputs =
    'records' in input
      ? input.records
      : 'record' in input
        ? [input.record]
        : await joined(connector, stream, input.lists, options);
  for await (const record of inputs) {
    let events: unknown[];
    try {
      events = eventsOf(await mapping.evaluate(record, options.now), mapping);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      yield { input: record, error };
      continue;
    }
    yield { input: record, events };
  }
}

/** The case's fetch time: what its file says, or what the caller asks. */
export function caseNow(item: Case): number {
  const instant = parseInstant(item.definition.now ?? '2026-01-01T00:00:00Z') ?? 0n;
  return Number(instant / 1_000_000n);
}

async function joined(
  connector: Connector,
  stream: Stream,
  lists: Record<string, unknown[]>,
  options: DryRunOptions,
): Promise<Record<string, unknown>[]> {
  const scope = { settings: await withDeclaredDefaults(connector, options.settings ?? {}) };
  const builds: BuildSide[] = [];
  for (const join of stream.joins) {
    if (join.when && (await join.when.evaluate(scope)) !== true) continue;
    const build = new BuildSide(join, createMemoryTable(), true);
    build.store(lists[join.endpoint.name] ?? []);
    builds.push(build);
  }
  return (lists[stream.endpoint.name] ?? []).map((record) => {
    const input: Record<string, unknown> = { [stream.recordName]: record };
    for (const build of builds) {
      const match = build.match(record);
      if (match !== undefined) input[build.join.name] = match;
    }
    return input;
  });
}
