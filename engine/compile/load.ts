/** Loads a connector with the mappings that it names: the only part of compiling that reads files. */
import { join } from 'node:path';
import { findConnector, findMapping, rootsOf, shownPath } from '../definition/find.ts';
import { valueAt } from '../definition/path.ts';
import { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import { type Files, nodeFiles } from '../files.ts';
import { compileMapping, type Mapping } from '../map/evaluate.ts';
import { type Diagnostic, hasErrors } from '../report/diagnostic.ts';
import { checkEvidence } from './check-evidence.ts';
import { compileConnector, type ParsedConnector, parseConnector } from './compile.ts';
import type { Connector } from './connector.ts';
import { DefinitionError } from './definition-error.ts';
import { type Case, loadCases } from './load-cases.ts';

export interface LoadOptions {
  /** The directory whose `connectors/` and `mappings/` come before the built-in ones; the working directory by default. */
  directory?: string;
  files?: Files;
  /** Only the mappings of these streams, and of those that they fall back to, are looked at; of all when absent. */
  streams?: readonly string[];
  /** Their cases only, which are too few to say of a field that no record has it. */
  isOwnCasesOnly?: boolean;
  /** With `isOwnCasesOnly`, only the case of this name, and of the mappings only the one that it is run with. */
  caseName?: string;
  /** With `caseName`, the mapping that it is run with, whatever it says itself. */
  as?: string;
}

/**
 * The connector of that name (or in that folder), compiled.
 * @throws EngineError `usage-connector` when there is none
 * @throws DefinitionError when its definition or a mapping has errors
 */
export async function loadConnector(name: string, options: LoadOptions = {}): Promise<Connector> {
  const { connector } = await inspected(name, options, 'error');
  if (connector) return connector;
  const { diagnostics } = await inspectConnector(name, options);
  throw new DefinitionError(name, diagnostics);
}

/** What there is to say of a connector's files; `connector` and `cases` are there when no error is. */
export interface Inspection {
  folder: string;
  connector?: Connector;
  cases?: Case[];
  diagnostics: Diagnostic[];
}

/** As `loadConnector`, with the diagnostics as data. */
export async function inspectConnector(name: string, options: LoadOptions = {}): Promise<Inspection> {
  return inspected(name, options, 'warning');
}

/** @param level what is looked for at least: what can only warn takes a fifth of the time in which a connector is loaded */
async function inspected(
  name: string,
  options: LoadOptions,
  level: Diagnostic['level'],
): Promise<Inspection> {
  const files = options.files ?? nodeFiles;
  const roots = rootsOf(options.directory ?? '.');
  const folder = await findConnector(name, roots, files);
  const path = join(folder, 'connector.yaml');
  const parsed = parseConnector(new SourceText(shownPath(path), await files.readText(path)));
  const mappings = new Map<string, { mapping?: Mapping; diagnostics: Diagnostic[] } | undefined>();
  const { streams } = parsed.definition ?? {};
  const fallbacks = options.streams?.map((stream) => streams?.[stream]?.fallback);
  const only =
    options.caseName === undefined ? undefined : await mappingsOfCase(folder, parsed, options, files);
  const isWanted = (stream: string, as?: string) =>
    (!options.streams || options.streams.includes(stream) || (fallbacks?.includes(stream) ?? false)) &&
    (as === undefined || (only?.get(stream) ?? as) === as);
  for (const [streamName, stream] of Object.entries(parsed.definition?.streams ?? {})) {
    if (!isWanted(streamName)) continue;
    for (const [as, file] of Object.entries(stream.mappings)) {
      if (mappings.has(file) || !isWanted(streamName, as)) continue;
      const found = await findMapping(file, folder, roots, files);
      mappings.set(
        file,
        found === undefined
          ? undefined
          : compileMapping(new SourceText(shownPath(found), await files.readText(found))),
      );
    }
  }
  const compiled = compileConnector(parsed, folder, mappings, isWanted);
  const { connector } = compiled;
  if (!connector) return { folder, diagnostics: compiled.diagnostics };
  const { cases, diagnostics: ofCases } = await loadCases(
    connector,
    files,
    options.isOwnCasesOnly
      ? (stream, name) => isWanted(stream) && (name ?? options.caseName) === (options.caseName ?? name)
      : undefined,
  );
  gather(connector, cases);
  const ofEvidence = options.isOwnCasesOnly ? [] : checkEvidence(connector, level);
  const diagnostics = [...compiled.diagnostics, ...ofCases, ...ofEvidence];
  return hasErrors(diagnostics) ? { folder, diagnostics } : { folder, connector, cases, diagnostics };
}

/** The mapping that the case is run with, by stream; none for a stream that has no such case or no such mapping. */
async function mappingsOfCase(
  folder: string,
  { definition }: ParsedConnector,
  { streams = [], caseName = '', as }: LoadOptions,
  files: Files,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const stream of streams) {
    const names = Object.keys(definition?.streams[stream]?.mappings ?? {});
    const path = join(folder, 'cases', stream, caseName, 'case.yaml');
    if (names.length < 2 || (await files.kind(path)) !== 'file') continue;
    const { value } = new YamlFile(new SourceText(path, await files.readText(path)));
    const chosen = as ?? (value as { as?: unknown } | null | undefined)?.as ?? names[0];
    const name = names.find((each) => each === chosen);
    if (name !== undefined) found.set(stream, name);
  }
  return found;
}

/** Takes the records of the cases in as evidence of what the vendor sends. */
function gather(connector: Connector, cases: readonly Case[]): void {
  for (const { stream: name, input } of cases) {
    const stream = connector.streams[name];
    if ('lists' in input) {
      for (const [endpoint, records] of Object.entries(input.lists)) {
        for (const record of records) connector.evidence.add(endpoint, record);
      }
      for (const { endpoint } of stream?.lookups ?? []) {
        for (const answer of Object.values(input.answers?.[endpoint.name] ?? {})) {
          const found = Array.isArray(answer) ? answer : valueAt(answer, endpoint.recordsPath);
          for (const record of Array.isArray(found) ? found : [found])
            connector.evidence.add(endpoint.name, record);
        }
      }
    } else if (stream) {
      const { [stream.recordName]: own, ...others } = input.record;
      if (own !== undefined) connector.evidence.add(stream.endpoint.name, own);
      for (const join of [...stream.joins, ...stream.lookups]) {
        if (others[join.name] !== undefined) connector.evidence.add(join.endpoint.name, others[join.name]);
      }
    }
  }
}
