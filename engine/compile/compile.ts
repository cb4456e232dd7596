/** Can this connector run, and what exactly will it do? From its file to a checked, typed connector, or to diagnostics. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { checkShape } from '../definition/check-shape.ts';
import { withDefaults } from '../definition/defaults.ts';
import {
  type ConnectorDefinition,
  type CursorDefinition,
  connectorSchema,
  type LookupDefinition,
  type RemovedDefinition,
  type StreamDefinition,
} from '../definition/schema/connector.ts';
import type { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import type { Mapping } from '../map/evaluate.ts';
import { type Diagnostic, distinct, hasErrors, placeOf } from '../report/diagnostic.ts';
import { checkCursor, overlapMs } from './check-cursor.ts';
import { checkLookups } from './check-lookups.ts';
import { checkOrigins } from './check-origins.ts';
import { checkPlaces } from './check-places.ts';
import { checkSettings } from './check-settings.ts';
import { checkStreams } from './check-streams.ts';
import type { Api, Auth, Connector, Cursor, Endpoint, Join, Lookup, Removed, Stream } from './connector.ts';
import { durationMs } from './duration.ts';
import { Evidence } from './evidence.ts';
import { PlacedExpression, Template } from './template.ts';

/** Mapping files by the name that the connector gives them. */
export type MappingFiles = ReadonlyMap<string, { mapping?: Mapping; diagnostics: Diagnostic[] } | undefined>;

/** A definition whose shape is good; the mapping files that it names can be loaded before it is compiled. */
export interface ParsedConnector {
  file: YamlFile;
  definition?: ConnectorDefinition;
  diagnostics: Diagnostic[];
}

/** Reads the text and checks its shape against the schema. No I/O. */
export function parseConnector(source: SourceText): ParsedConnector {
  const file = new YamlFile(source);
  if (file.diagnostics.length > 0) return { file, diagnostics: file.diagnostics };
  const diagnostics = checkShape(file, connectorSchema);
  if (hasErrors(diagnostics)) return { file, diagnostics };
  return { file, definition: withDefaults(connectorSchema, file.value as ConnectorDefinition), diagnostics };
}

/** Checks what the definition means and builds the connector from it. No I/O. */
export function compileConnector(
  parsed: ParsedConnector,
  folder: string,
  mappings: MappingFiles,
  isWanted: (stream: string, as?: string) => boolean = () => true,
): { connector?: Connector; diagnostics: Diagnostic[] } {
  const { file, definition } = parsed;
  if (!definition) return { diagnostics: parsed.diagnostics };
  const diagnostics = distinct([
    ...parsed.diagnostics,
    ...checkSettings(file, definition),
    ...checkPlaces(file, definition),
    ...checkOrigins(file, definition),
    ...checkLookups(file, definition),
    ...checkCursor(file, definition),
    ...checkStreams(file, definition, basename(folder), mappings, isWanted),
  ]);
  if (hasErrors(diagnostics)) return { diagnostics };
  return { connector: new Builder(file, definition, folder, mappings).connector(), diagnostics };
}

class Builder {
  readonly #file: YamlFile;
  readonly #definition: ConnectorDefinition;
  readonly #folder: string;
  readonly #mappings: MappingFiles;

  constructor(file: YamlFile, definition: ConnectorDefinition, folder: string, mappings: MappingFiles) {
    this.#file = file;
    this.#definition = definition;
    this.#folder = folder;
    this.#mappings = mappings;
  }

  connector(): Connector {
    const definition = this.#definition;
    const apis = mapValues(definition.apis, (_, name) => this.#api(name));
    const endpoints = mapValues(definition.endpoints, (_, name) => this.#endpoint(name, apis));
    return {
      name: definition.connector,
      title: definition.title ?? definition.connector,
      folder: this.#folder,
      file: this.#file,
      definition,
      settings: definition.settings ?? {},
      streams: mapValues(definition.streams, (stream, name) => this.#stream(name, stream, endpoints)),
      evidence: new Evidence(),
      hash: createHash('sha256').update(this.#file.source.text).digest('hex').slice(0, 16),
    };
  }

  #template(path: (string | number)[], text: string | undefined): Template | undefined {
    return text === undefined ? undefined : new Template(this.#file, path, text);
  }

  #templates(path: (string | number)[], texts: Record<string, string> | undefined): Record<string, Template> {
    return mapValues(texts ?? {}, (text, name) => new Template(this.#file, [...path, name], text));
  }

  #auth(name: string): Auth {
    const definition = this.#definition.auth?.[name];
    if (!definition) throw new Error(`auth ${name} was not checked`);
    const values = definition as Record<string, unknown>;
    const errors = 'errors' in definition ? definition.errors : undefined;
    return {
      name,
      definition,
      template: (key) => {
        const text = values[key];
        if (typeof text !== 'string' || !this.#isDeclared(text)) return undefined;
        return this.#template(['auth', name, key], text);
      },
      ...(errors && {
        errorCode: new PlacedExpression(this.#file, ['auth', name, 'errors', 'code'], errors.code),
      }),
    };
  }

  /** The schema's defaults name settings that a connector need not have. */
  #isDeclared(text: string): boolean {
    const name = /^\$\{settings\.(\w+)\}$/.exec(text)?.[1];
    return name === undefined || this.#definition.settings?.[name] !== undefined;
  }

  #api(name: string): Api {
    const definition = this.#definition.apis[name];
    if (!definition) throw new Error(`api ${name} was not checked`);
    const path = ['apis', name];
    return {
      name,
      definition,
      baseUrl: new Template(this.#file, [...path, 'base_url'], definition.base_url),
      origins: (definition.origins ?? []).map(
        (text, index) => new Template(this.#file, [...path, 'origins', index], text),
      ),
      headers: this.#templates([...path, 'headers'], definition.headers),
      rateLimits: (definition.rate_limits ?? []).map(({ calls, per }) => ({ calls, perMs: durationMs(per) })),
      ...(definition.auth !== undefined && { auth: this.#auth(definition.auth) }),
    };
  }

  #endpoint(name: string, apis: Record<string, Api>): Endpoint {
    const definition = this.#definition.endpoints[name];
    const api = definition && apis[definition.api];
    if (!definition || !api) throw new Error(`endpoint ${name} was not checked`);
    const path = ['endpoints', name];
    const pagination = definition.pagination;
    return {
      name,
      at: placeOf(this.#file.source, this.#file.keySpan(path)),
      definition,
      api,
      path: new Template(this.#file, [...path, 'path'], definition.path),
      query: this.#templates([...path, 'query'], definition.query),
      headers: this.#templates([...path, 'headers'], definition.headers),
      recordsPath: definition.records?.split('.') ?? [],
      ...(definition.key !== undefined && { keyPath: definition.key.split('.') }),
      keyWith: (definition.key_with ?? []).map((part) => part.split('.')),
      isCamelCase: definition.member_names === 'camel_case',
      ...(definition.batch && { batch: { path: definition.batch.path, size: definition.batch.size ?? 20 } }),
      responses: [
        ...this.#rules([...path, 'responses'], definition.responses),
        ...this.#rules(['apis', api.name, 'responses'], api.definition.responses),
      ],
      ...(pagination?.type === 'export_files' && {
        exportFiles: {
          path: pagination.files.split('.'),
          origins: pagination.origins.map(
            (text, index) => new Template(this.#file, [...path, 'pagination', 'origins', index], text),
          ),
        },
      }),
      ...(pagination &&
        'next' in pagination && {
          next: new PlacedExpression(this.#file, [...path, 'pagination', 'next'], pagination.next),
        }),
    };
  }

  #rules(path: (string | number)[], rules: Api['definition']['responses']) {
    return (rules ?? []).map((definition, index) => ({
      definition,
      when: new PlacedExpression(this.#file, [...path, index, 'when'], definition.when),
      ...(definition.retry_at !== undefined && {
        retryAt: new PlacedExpression(this.#file, [...path, index, 'retry_at'], definition.retry_at),
      }),
    }));
  }

  #stream(name: string, definition: StreamDefinition, endpoints: Record<string, Endpoint>): Stream {
    const [recordName, endpointName] = Object.entries(definition.record)[0] ?? ['', ''];
    const path = ['streams', name];
    const onlyNew = definition.only_new;
    const mappings = new Map<string, Mapping>();
    for (const [as, file] of Object.entries(definition.mappings)) {
      const mapping = this.#mappings.get(file)?.mapping;
      if (mapping) mappings.set(as, mapping);
    }
    return {
      name,
      at: placeOf(this.#file.source, this.#file.keySpan(path)),
      definition,
      recordName,
      endpoint: endpoints[endpointName] as Endpoint,
      alternatives: (definition.alternatives ?? []).map((other, index) => ({
        when: new PlacedExpression(this.#file, [...path, 'alternatives', index, 'when'], other.when),
        endpoint: endpoints[other.endpoint] as Endpoint,
      })),
      ...(definition.group && { group: { by: definition.group.by.split('.'), as: definition.group.as } }),
      isOnRequest: definition.on_request ?? false,
      ...(definition.fallback !== undefined && { fallback: definition.fallback }),
      joins: Object.entries(definition.join ?? {}).map(([as, join]) =>
        this.#join(path, as, join, recordName, endpoints),
      ),
      lookups: Object.entries(definition.lookup ?? {}).map(([as, lookup]) =>
        this.#lookup([...path, 'lookup', as], as, lookup, endpoints),
      ),
      ...(definition.cursor && {
        cursor: this.#cursor([...path, 'cursor'], definition.cursor, recordName, endpoints),
      }),
      ...(definition.removed && {
        removed: this.#removed([...path, 'removed'], definition.removed, recordName),
      }),
      ignored: (definition.ignore ?? []).map((ignored) => {
        const [record = '', ...below] = ignored.split('.');
        return { record, path: below };
      }),
      ...(onlyNew && {
        onlyNew: {
          when: new PlacedExpression(this.#file, [...path, 'only_new', 'when'], onlyNew.when),
          field: below(recordName, onlyNew.field),
          name: onlyNew.field,
        },
      }),
      eventClasses: [definition.event, ...(definition.other_events ?? [])],
      mappings,
      unvalidated: new Set(definition.unvalidated),
    };
  }

  #join(
    path: string[],
    name: string,
    definition: NonNullable<StreamDefinition['join']>[string],
    recordName: string,
    endpoints: Record<string, Endpoint>,
  ): Join {
    return {
      name,
      definition,
      endpoint: endpoints[definition.endpoint] as Endpoint,
      on: Object.entries(definition.on).map(([record, joined]) => ({
        record: below(recordName, record),
        joined: joined.split('.'),
        name: record,
        at: placeOf(this.#file.source, this.#file.keySpan([...path, 'join', name, 'on', record])),
      })),
      ...(definition.newest !== undefined && { newest: definition.newest.split('.') }),
      ...(definition.keep !== undefined && { keepMs: durationMs(definition.keep) }),
      ...(definition.when !== undefined && {
        when: new PlacedExpression(this.#file, [...path, 'join', name, 'when'], definition.when),
      }),
    };
  }

  #lookup(
    path: string[],
    name: string,
    definition: LookupDefinition,
    endpoints: Record<string, Endpoint>,
  ): Lookup {
    return {
      name,
      definition,
      endpoint: endpoints[definition.endpoint] as Endpoint,
      at: placeOf(this.#file.source, this.#file.keySpan(path)),
      ...(definition.when !== undefined && {
        when: new PlacedExpression(this.#file, [...path, 'when'], definition.when),
      }),
    };
  }

  #removed(path: string[], definition: RemovedDefinition, recordName: string): Removed {
    return {
      definition,
      isAbsentGone: definition.absent ?? false,
      ...(definition.when !== undefined && {
        when: new PlacedExpression(this.#file, [...path, 'when'], definition.when),
      }),
      ...(definition.at !== undefined && { at: below(recordName, definition.at) }),
      ...(definition.with !== undefined && { with: definition.with }),
    };
  }

  #cursor(
    path: string[],
    definition: CursorDefinition,
    recordName: string,
    endpoints: Record<string, Endpoint>,
  ): Cursor {
    return {
      definition,
      ...(definition.field !== undefined && { field: below(recordName, definition.field) }),
      ...(definition.endpoint !== undefined && { endpoint: endpoints[definition.endpoint] as Endpoint }),
      ...(definition.reach !== undefined && { reachMs: durationMs(definition.reach) }),
      ...(definition.filter !== undefined && {
        filter: new Template(this.#file, [...path, 'filter'], definition.filter),
      }),
      query: this.#templates([...path, 'query'], definition.query),
      ...(definition.start !== undefined && { startMs: durationMs(definition.start) }),
      overlapMs: overlapMs(definition),
      ...(definition.slice !== undefined && { sliceMs: durationMs(definition.slice) }),
      ...(definition.settle !== undefined && { settleMs: durationMs(definition.settle) }),
      ...(definition.sweep !== 'never' && { sweepMs: durationMs(definition.sweep ?? '24h') }),
    };
  }
}

/** A path that begins with the record's name, without it. */
function below(recordName: string, path: string): string[] {
  const steps = path.split('.');
  return steps[0] === recordName ? steps.slice(1) : steps;
}

function mapValues<T, U>(
  object: Record<string, T>,
  transform: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, transform(value, key)]));
}
