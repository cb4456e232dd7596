/** A run without a network and without a trace: recorded records go through join and map, and what comes out is given back. */
import { msOfInstant, parseInstant } from '../checkpoint/instant.ts';
import type { Connector, Stream } from '../compile/connector.ts';
import { type Case, type CaseInput, type RecordedAnswers, recordEndpoints } from '../compile/load-cases.ts';
import { identityOf, withDeclaredDefaults } from '../compile/settings.ts';
import type { Scope } from '../compile/template.ts';
import { valueAt } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { combinedHash, contentHash } from '../fetch/content-hash.ts';
import { BuildSide } from '../join/build-side.ts';
import { grouped } from '../join/group.ts';
import { createMemoryTable, pageOf } from '../join/memory-table.ts';
import { complete } from '../lookup/complete.ts';
import { eventsOf } from '../map/events-of.ts';
import { Patience } from '../map/patience.ts';
import { type ChangeType, changeUid } from './change.ts';
import { eventForm } from './event-form.ts';
import { mappingOf } from './mapping-of.ts';
import { recordKey } from './record-key.ts';

/** What became of one record. */
export type DryResult = Mapped | { input: unknown; error: EngineError };

export interface Mapped {
  input: Record<string, unknown>;
  events: unknown[];
  /** The events as they would be written. */
  lines: string[];
  /** Why a run would not write them: they are not true OCSF. */
  violation?: EngineError;
}

export interface DryRunOptions {
  /** Name of the mapping; the first of the stream when absent. */
  as?: string;
  /** The fetch time, in milliseconds since the epoch. */
  now: number;
  /** Settings that turn joins on or off, and that mappings see. */
  settings?: Readonly<Record<string, unknown>>;
  /** What the run is to know of the records; `create` when absent. */
  change?: ChangeType;
}

/** Runs a case's input, or inputs of the mapping that are at hand, through a stream. */
export async function* dryRun(
  connector: Connector,
  stream: Stream,
  input: CaseInput | { records: Iterable<Record<string, unknown>> | AsyncIterable<Record<string, unknown>> },
  options: DryRunOptions,
): AsyncGenerator<DryResult> {
  const { as, mapping } = mappingOf(stream, options.as);
  const form = stream.unvalidated.has(as) ? undefined : eventForm(stream.eventClasses, mapping);
  const textOf = form?.textOf ?? JSON.stringify;
  const settings = await withDeclaredDefaults(connector, options.settings ?? {});
  const inputs =
    'records' in input
      ? input.records
      : 'record' in input
        ? [input.record]
        : await completedRecords(stream, input, settings);
  const patience = new Patience();
  const connection = `${connector.name}.${identityOf(connector, settings)}`;
  for await (const named of inputs) {
    const type = options.change ?? ((await isGone(stream, named)) ? 'remove' : 'create');
    const key = recordKey(stream, named[stream.recordName]) ?? '';
    const hash = combinedHash(Object.values(named).map((record) => contentHash(record)));
    const change = { type, uid: changeUid(type, { connection, stream: stream.name, key, hash, version: 0 }) };
    try {
      const events = eventsOf(await mapping.evaluate({ settings, change, ...named }, options.now), mapping);
      const violation = events.map((event) => form?.check(event)).find((error) => error !== undefined);
      const lines = events.map((event) => textOf(event));
      patience.mapped(1);
      yield { input: named, events, lines, ...(violation && { violation }) };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      yield { input: named, error };
      const givenUp = patience.lost(error);
      if (givenUp) throw givenUp;
    }
  }
}

/** How a case wants to be run: what its file says. */
export function caseOptions({ definition }: Case): DryRunOptions {
  const { as, now, settings, change } = definition;
  const instant = parseInstant(now ?? '2026-01-01T00:00:00Z') ?? 0n;
  return {
    now: msOfInstant(instant),
    ...(as !== undefined && { as }),
    ...(settings && { settings }),
    ...(change !== undefined && change !== 'create' && { change }),
  };
}

async function isGone(stream: Stream, input: Record<string, unknown>): Promise<boolean> {
  return (await stream.removed?.when?.evaluate({ input })) === true;
}

/** The records of the stream with what is joined to them and what was asked for them. */
async function completedRecords(
  stream: Stream,
  { lists, answers = {} }: RecordedAnswers,
  settings: Scope,
): Promise<Record<string, unknown>[]> {
  const builds: BuildSide[] = [];
  for (const join of stream.joins) {
    if (join.when && (await join.when.evaluate({ settings })) !== true) continue;
    const build = new BuildSide(join, createMemoryTable(), true);
    build.store(pageOf(lists[join.endpoint.name] ?? []));
    builds.push(build);
  }
  const own = recordEndpoints(stream).flatMap(({ name }) => lists[name] ?? []);
  const records = stream.group ? [...grouped(own, stream.group)] : own;
  const inputs = records.map((record) => {
    const input: Record<string, unknown> = { [stream.recordName]: record };
    for (const build of builds) {
      const match = build.match(record);
      if (match !== undefined) input[build.join.name] = match;
    }
    return input;
  });
  for (const lookup of stream.lookups) {
    if (lookup.when && (await lookup.when.evaluate({ settings })) !== true) continue;
    for (const input of inputs) {
      const answer = answers[lookup.endpoint.name]?.[recordKey(stream, input[stream.recordName]) ?? ''];
      const { recordsPath } = lookup.endpoint;
      const found = Array.isArray(answer) ? answer : valueAt(answer, recordsPath);
      if (found !== undefined) complete(input, lookup, found);
    }
  }
  return inputs;
}
