/** The cases of a connector: recorded answers or one record in, expected events out. */
import { join } from 'node:path';
import { checkShape } from '../definition/check-shape.ts';
import { withDefaults } from '../definition/defaults.ts';
import { shownPath } from '../definition/find.ts';
import { valueAt } from '../definition/path.ts';
import { type CaseDefinition, caseSchema } from '../definition/schema/case.ts';
import { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import type { Files } from '../files.ts';
import { type Diagnostic, diagnosticAt, hasErrors, placeOf } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { camelCased } from './camel-case.ts';
import { checkCase } from './check-case.ts';
import { CONTEXT, inputNames } from './check-streams.ts';
import type { Connector, Endpoint, Stream } from './connector.ts';

/** Recorded answers: lists by endpoint, and of lookups what came for each record, by endpoint and the record's key. */
export interface RecordedAnswers {
  lists: Record<string, unknown[]>;
  answers?: Record<string, Record<string, unknown>>;
}

/** What a case puts in: recorded answers, or one input of the mapping. */
export type CaseInput = RecordedAnswers | { record: Record<string, unknown> };

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
  connector: Connector,
  files: Files,
  isWanted: (stream: string, name?: string) => boolean = () => true,
): Promise<{ cases: Case[]; diagnostics: Diagnostic[] }> {
  const cases: Case[] = [];
  const diagnostics: Diagnostic[] = [];
  const folder = join(connector.folder, 'cases');
  for (const streamName of (await files.list(folder)).sort()) {
    if (!isWanted(streamName)) continue;
    for (const name of (await files.list(join(folder, streamName))).sort()) {
      if (!isWanted(streamName, name)) continue;
      const path = join(folder, streamName, name);
      if ((await files.kind(path)) !== 'directory') continue;
      const loader = new CaseLoader(connector, path, files);
      const loaded = await loader.load(streamName, name);
      diagnostics.push(...loader.diagnostics);
      if (loaded && !hasErrors(loader.diagnostics)) cases.push(loaded);
    }
  }
  return { cases, diagnostics };
}

/** Endpoints that list the records of a stream. */
export function recordEndpoints({ endpoint, alternatives, cursor }: Stream): Endpoint[] {
  const changes = cursor?.endpoint ? [cursor.endpoint] : [];
  return [endpoint, ...alternatives.map((other) => other.endpoint), ...changes];
}

class CaseLoader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #connector: Connector;
  readonly #folder: string;
  readonly #files: Files;

  constructor(connector: Connector, folder: string, files: Files) {
    this.#connector = connector;
    this.#folder = folder;
    this.#files = files;
  }

  async load(streamName: string, name: string): Promise<Case | undefined> {
    const streams = Object.keys(this.#connector.streams);
    const stream = streams.includes(streamName) ? this.#connector.streams[streamName] : undefined;
    const names = (await this.#files.list(this.#folder)).sort();
    if (!stream) {
      const fix = didYouMean(streamName, streams) ?? `name the folder like one of ${streams.join(', ')}`;
      this.#report('case.yaml', `there is no stream \`${streamName}\``, fix);
    } else if (!names.includes('case.yaml')) {
      this.#report('case.yaml', 'there is no case.yaml', 'write one with a `title`');
    } else {
      const definition = await this.#definition(stream);
      const input = await this.#input(stream, names);
      const expected = names.includes('expected.json') ? await this.#json('expected.json') : undefined;
      if (!definition || !input) return undefined;
      return {
        name,
        stream: streamName,
        folder: this.#folder,
        definition,
        input,
        expected: expected === undefined || Array.isArray(expected) ? expected : [expected],
      };
    }
    return undefined;
  }

  async #definition(stream: Stream): Promise<CaseDefinition | undefined> {
    const file = new YamlFile(await this.#source('case.yaml'));
    const problems = file.diagnostics.length > 0 ? file.diagnostics : checkShape(file, caseSchema);
    this.diagnostics.push(...problems);
    if (hasErrors(problems)) return undefined;
    const definition = withDefaults(caseSchema, file.value as CaseDefinition);
    this.diagnostics.push(...checkCase(file, definition, stream, this.#connector));
    return definition;
  }

  async #input(stream: Stream, names: readonly string[]): Promise<CaseInput | undefined> {
    const isOneRecord = names.includes('record.json');
    const listed = [...recordEndpoints(stream), ...stream.joins.map((joined) => joined.endpoint)];
    const asked = stream.lookups.map((lookup) => lookup.endpoint);
    const inputs = isOneRecord ? ['record.json'] : [...listed, ...asked].map(({ name }) => `${name}.json`);
    const known = [...inputs, 'case.yaml', 'expected.json', 'README.md'];
    for (const name of names) {
      if (known.includes(name) || name.startsWith('.')) continue;
      const fix = didYouMean(name, known) ?? `remove it, or name it like one of ${inputs.join(', ')}`;
      this.#report(name, `nothing reads \`${name}\``, fix);
    }
    if (isOneRecord) return this.#record(stream);
    const lists: RecordedAnswers['lists'] = {};
    for (const endpoint of listed) {
      if (!names.includes(`${endpoint.name}.json`)) continue;
      const list = await this.#list(endpoint);
      if (list) lists[endpoint.name] = endpoint.isCamelCase ? list.map(camelCased) : list;
    }
    const answers: NonNullable<RecordedAnswers['answers']> = {};
    for (const endpoint of asked) {
      const { name } = endpoint;
      if (!names.includes(`${name}.json`)) continue;
      const byKey = await this.#json(`${name}.json`);
      if (typeof byKey === 'object' && byKey !== null && !Array.isArray(byKey)) {
        answers[name] = byKey as Record<string, unknown>;
        await this.#checkAnswers(endpoint, Object.values(byKey));
      } else if (byKey !== undefined) {
        const fix = 'write an object of recorded answers by the key of the record: {"42": {...}}';
        this.#report(`${name}.json`, `\`${name}\` is asked for each record, and this is no object`, fix);
      }
    }
    if (Object.keys(lists).length > 0 || hasErrors(this.diagnostics)) return { lists, answers };
    const fix = `add record.json, or ${inputs.join(' and ')} with recorded answers`;
    this.#report('case.yaml', 'there is nothing to put in', fix);
    return undefined;
  }

  async #record(stream: Stream): Promise<CaseInput | undefined> {
    const record = await this.#json('record.json');
    if (record === undefined) return undefined;
    const names = inputNames(stream.definition);
    const shape = `{${names.map((name) => `"${name}": {...}`).join(', ')}}`;
    const found = typeof record === 'object' && record !== null ? Object.keys(record) : [];
    if (Array.isArray(record) || !found.includes(stream.recordName))
      this.#report('record.json', `there is no \`${stream.recordName}\` in it`, `write ${shape}`);
    else {
      for (const name of found.filter((other) => ![...names, ...CONTEXT].includes(other))) {
        const fix = didYouMean(name, names) ?? `write ${shape}`;
        this.#report('record.json', `the stream \`${stream.name}\` has no record \`${name}\``, fix);
      }
    }
    return { record: record as Record<string, unknown> };
  }

  /** The records of a recorded answer, or of a bare list of them. */
  async #list(endpoint: Endpoint): Promise<unknown[] | undefined> {
    const body = await this.#json(`${endpoint.name}.json`);
    const records = Array.isArray(body) ? body : valueAt(body, endpoint.recordsPath);
    if (Array.isArray(records)) return records;
    if (body !== undefined) await this.#reportNoList(endpoint);
    return undefined;
  }

  /** An answer that gives a list has it where the endpoint says. */
  async #checkAnswers(endpoint: Endpoint, answers: readonly unknown[]): Promise<void> {
    const isList = (answer: unknown) =>
      Array.isArray(answer) || Array.isArray(valueAt(answer, endpoint.recordsPath));
    if (endpoint.recordsPath.length > 0 && !answers.every(isList)) await this.#reportNoList(endpoint);
  }

  async #reportNoList(endpoint: Endpoint): Promise<void> {
    const { file } = this.#connector;
    const path = ['endpoints', endpoint.name, 'records'];
    const recorded = await this.#source(`${endpoint.name}.json`);
    const where = endpoint.recordsPath.length > 0 ? ` at \`${endpoint.recordsPath.join('.')}\`` : '';
    this.diagnostics.push(
      diagnosticAt(file.source, file.valueSpan(path), {
        code: 'def-no-list',
        message: `the recorded answer of \`${endpoint.name}\` has no list${where}`,
        related: [{ at: placeOf(recorded, { start: 0, end: 0 }), label: 'the answer' }],
        fix: 'correct `records`, or the answer in the case',
      }),
    );
  }

  async #json(name: string): Promise<unknown> {
    const source = await this.#source(name);
    try {
      return JSON.parse(source.text);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const start = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
      this.diagnostics.push(
        diagnosticAt(
          source,
          { start, end: start + 1 },
          { code: 'case-json', message: `the file is not JSON: ${message}`, fix: 'correct the file' },
        ),
      );
      return undefined;
    }
  }

  async #source(name: string): Promise<SourceText> {
    const path = join(this.#folder, name);
    return new SourceText(shownPath(path), await this.#files.readText(path));
  }

  /** What concerns a whole file of the case stands at its beginning. */
  #report(name: string, message: string, fix: string): void {
    const file = shownPath(join(this.#folder, name));
    const start = { line: 1, column: 1, offset: 0 };
    const about = { code: 'case-incomplete', level: 'error', message, fix } as const;
    this.diagnostics.push({ ...about, at: { file, start, end: start } });
  }
}
