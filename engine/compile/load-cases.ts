/** The cases of a connector: recorded answers or one record in, expected events out. */
import { join } from 'node:path';
import { checkShape } from '../definition/check-shape.ts';
import { withDefaults } from '../definition/defaults.ts';
import { shownPath } from '../definition/find.ts';
import { valueAt } from '../definition/path.ts';
import { type CaseDefinition, caseSchema } from '../definition/schema/case.ts';
import type { ConnectorDefinition } from '../definition/schema/connector.ts';
import { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import type { Files } from '../files.ts';
import { type Diagnostic, hasErrors } from '../report/diagnostic.ts';

/** What a case puts in: the records of each endpoint, or one input of the mapping. */
export type CaseInput = { lists: Record<string, unknown[]> } | { record: Record<string, unknown> };

export interface Case {
  name: string;
  stream: string;
  folder: string;
  definition: CaseDefinition;
  input: CaseInput;
  /** The events that must come out; undefined when the case has none yet. */
  expected: unknown[] | undefined;
}

/** Loads `cases/STREAM/NAME/` of a connector's folder. A case that is off gives diagnostics and is left out. */
export async function loadCases(
  folder: string,
  definition: ConnectorDefinition,
  files: Files,
): Promise<{ cases: Case[]; diagnostics: Diagnostic[] }> {
  const cases: Case[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const stream of (await files.list(join(folder, 'cases'))).sort()) {
    for (const name of (await files.list(join(folder, 'cases', stream))).sort()) {
      const path = join(folder, 'cases', stream, name);
      if ((await files.kind(path)) !== 'directory') continue;
      const loaded = await loadCase(path, stream, name, definition, files);
      diagnostics.push(...loaded.diagnostics);
      if (loaded.case) cases.push(loaded.case);
    }
  }
  return { cases, diagnostics };
}

async function loadCase(
  folder: string,
  stream: string,
  name: string,
  connector: ConnectorDefinition,
  files: Files,
): Promise<{ case?: Case; diagnostics: Diagnostic[] }> {
  const names = await files.list(folder);
  const path = join(folder, 'case.yaml');
  const problem = (message: string, fix: string): { diagnostics: Diagnostic[] } => ({
    diagnostics: [
      { code: 'case-incomplete', level: 'error', message: `${shownPath(folder)}: ${message}`, fix },
    ],
  });
  if (!connector.streams[stream])
    return problem(`there is no stream \`${stream}\``, 'name the folder like a stream');
  if (!names.includes('case.yaml')) return problem('there is no case.yaml', 'write one with a `title`');
  const file = new YamlFile(new SourceText(shownPath(path), await files.readText(path)));
  const diagnostics = file.diagnostics.length > 0 ? file.diagnostics : checkShape(file, caseSchema);
  if (hasErrors(diagnostics)) return { diagnostics };
  try {
    const input = await readInput(folder, names, connector, files);
    if (!input) {
      const endpoints = Object.keys(connector.endpoints).map((endpoint) => `${endpoint}.json`);
      return problem(
        'there is nothing to put in',
        `add record.json, or ${endpoints.join(' and ')} with recorded answers`,
      );
    }
    const expected = names.includes('expected.json')
      ? await readJson(join(folder, 'expected.json'), files)
      : undefined;
    return {
      case: {
        name,
        stream,
        folder,
        definition: withDefaults(caseSchema, file.value as CaseDefinition),
        input,
        expected: expected === undefined || Array.isArray(expected) ? expected : [expected],
      },
      diagnostics,
    };
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error), 'correct the file');
  }
}

async function readInput(
  folder: string,
  names: readonly string[],
  connector: ConnectorDefinition,
  files: Files,
): Promise<CaseInput | undefined> {
  if (names.includes('record.json')) {
    return { record: (await readJson(join(folder, 'record.json'), files)) as Record<string, unknown> };
  }
  const lists: Record<string, unknown[]> = {};
  for (const [endpoint, definition] of Object.entries(connector.endpoints)) {
    if (!names.includes(`${endpoint}.json`)) continue;
    const body = await readJson(join(folder, `${endpoint}.json`), files);
    const records = Array.isArray(body) ? body : valueAt(body, definition.records?.split('.') ?? []);
    if (!Array.isArray(records)) throw new Error(`${endpoint}.json has no list at \`${definition.records}\``);
    lists[endpoint] = records;
  }
  return Object.keys(lists).length === 0 ? undefined : { lists };
}

async function readJson(path: string, files: Files): Promise<unknown> {
  try {
    return JSON.parse(await files.readText(path));
  } catch (error) {
    throw new Error(`${shownPath(path)} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
