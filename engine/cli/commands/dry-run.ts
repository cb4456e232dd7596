/** `tributary dry-run CONNECTOR`: a run on recorded records. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Connector, Stream } from '../../compile/connector.ts';
import { DefinitionError } from '../../compile/definition-error.ts';
import { type Inspection, inspectConnector, type LoadOptions } from '../../compile/load.ts';
import type { Case } from '../../compile/load-cases.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { EngineError } from '../../errors.ts';
import { errorAsDiagnostic, prettyDiagnostic } from '../../report/format.ts';
import { didYouMean } from '../../report/suggest.ts';
import { caseOptions, type DryRunOptions, dryRun } from '../../run/dry-run.ts';
import { EXIT } from '../exit-codes.ts';
import { instantOption } from '../instant-option.ts';
import { isolatedIf } from '../isolation.ts';
import { paintErr, print, say } from '../terminal.ts';

interface Options {
  stream?: string[];
  as?: string;
  case?: string;
  record?: string;
  now?: string;
  isolate?: boolean;
}

export default async function dryRunCommand(name: string, options: Options): Promise<number> {
  const { connector, cases = [], diagnostics } = await inspect(name, options);
  if (!connector) throw new DefinitionError(name, diagnostics);
  const isolated = await isolatedIf(options.isolate, connector);
  try {
    return await dryRunOf(isolated.connector, cases, name, options);
  } finally {
    isolated.close();
  }
}

async function dryRunOf(
  connector: Connector,
  cases: readonly Case[],
  name: string,
  options: Options,
): Promise<number> {
  const names = options.stream ?? Object.keys(connector.streams);
  const streams = names.map((stream) => streamNamed(connector, stream));
  const now = options.now === undefined ? undefined : instantOption(options.now);
  let events = 0;
  let failed = 0;
  const put = async (stream: Stream, input: Parameters<typeof dryRun>[2], about: DryRunOptions) => {
    for await (const result of dryRun(connector, stream, input, about)) {
      if ('error' in result) {
        failed++;
        say(prettyDiagnostic(errorAsDiagnostic(result.error), paintErr));
        continue;
      }
      if (result.violation) {
        failed++;
        say(prettyDiagnostic(errorAsDiagnostic(result.violation), paintErr));
      }
      for (const line of result.lines) {
        events++;
        await print(line);
      }
    }
  };
  const as = options.as === undefined ? {} : { as: options.as };
  if (options.record !== undefined) {
    const [stream] = streams;
    if (!stream || streams.length > 1) {
      throw new EngineError({
        code: 'usage-stream',
        kind: 'usage',
        message: `\`${name}\` has ${streams.length} streams, and --record is for one`,
        fix: `add --stream ${names[0]}`,
      });
    }
    const records = inputsOf(await readRecords(options.record), stream);
    await put(stream, { records }, { ...as, now: now ?? Date.now() });
  } else {
    const chosen = casesFor(cases, names, options.case, name);
    for (const item of chosen) {
      await put(streamNamed(connector, item.stream), item.input, {
        ...caseOptions(item),
        ...as,
        ...(now !== undefined && { now }),
      });
    }
    say(
      `${events} events from ${chosen.length} ${chosen.length === 1 ? 'case' : 'cases'}${failed > 0 ? `, ${failed} records that a run would reject` : ''}`,
    );
  }
  return failed > 0 ? EXIT.data : EXIT.ok;
}

/** Of one case only what it needs; where there is no such case, all of them, to say which there are. */
async function inspect(
  name: string,
  { stream: streams, case: caseName, as, record }: Options,
): Promise<Inspection> {
  if (!streams) return inspectConnector(name);
  const own: LoadOptions = { streams, isOwnCasesOnly: true };
  if (caseName === undefined || record !== undefined) return inspectConnector(name, own);
  const found = await inspectConnector(name, { ...own, caseName, ...(as !== undefined && { as }) });
  return found.cases?.length === 0 ? inspectConnector(name, own) : found;
}

function casesFor(
  cases: readonly Case[],
  streams: readonly string[],
  only: string | undefined,
  connector: string,
): Case[] {
  const ofStreams = cases.filter((item) => streams.includes(item.stream));
  const chosen = only === undefined ? ofStreams : ofStreams.filter((item) => item.name === only);
  if (chosen.length > 0) return chosen;
  const names = ofStreams.map((item) => item.name);
  throw new EngineError({
    code: 'usage-case',
    kind: 'usage',
    message:
      only === undefined
        ? `\`${connector}\` has no cases for ${streams.join(', ')}`
        : `there is no case \`${only}\``,
    fix:
      (only !== undefined && didYouMean(only, names)) ||
      (names.length > 0
        ? `use one of ${names.join(', ')}`
        : 'add a folder under cases/, or give a record with --record FILE'),
  });
}

async function readRecords(path: string): Promise<unknown[]> {
  let content: string;
  try {
    content = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch {
    throw new EngineError({
      code: 'usage-file',
      kind: 'usage',
      message: `\`${path}\` cannot be read`,
      fix: 'correct the path after --record',
    });
  }
  try {
    const value: unknown = JSON.parse(content);
    return Array.isArray(value) ? value : [value];
  } catch {
    return content
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, index + 1, path)]));
  }
}

function parseLine(line: string, number: number, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new EngineError({
      code: 'usage-file',
      kind: 'usage',
      message: `${path === '-' ? 'standard input' : path}:${number}: not JSON: ${error instanceof Error ? error.message : error}`,
      fix: 'give one JSON document, or one in each line',
    });
  }
}

/** Inputs of the mapping: named records as they are; dead letters by their record; a bare record under the stream's name. */
function inputsOf(values: readonly unknown[], stream: Stream): Record<string, unknown>[] {
  return values.map((value) => {
    const object = (typeof value === 'object' && value !== null ? value : { value }) as Record<
      string,
      unknown
    >;
    if (stream.recordName in object) return object;
    if ('record' in object && 'stage' in object) return { [stream.recordName]: object['record'] };
    return { [stream.recordName]: object };
  });
}
