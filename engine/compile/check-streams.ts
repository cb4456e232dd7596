/** Do the streams of a connector make sense: their mappings, record names, paths and OCSF class? */
import type { ConnectorDefinition, StreamDefinition } from '../definition/schema/connector.ts';
import type { KeyPath, YamlFile } from '../definition/yaml-file.ts';
import { checkMapping } from '../map/check-mapping.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { ocsf } from '../validate/ocsf/schema.ts';
import type { MappingFiles } from './compile.ts';
import { eventAttributes } from './event-attributes.ts';
import { isPath, notAPath } from './record-path.ts';

/** What a mapping gets beside its records: the settings without secrets, and what the run knows of the record. */
export const CONTEXT = ['settings', 'change'];

/** Diagnostics of the connector's name, its streams, and the mappings that they name. */
export function checkStreams(
  file: YamlFile,
  definition: ConnectorDefinition,
  folderName: string,
  mappings: MappingFiles,
  isWanted: (stream: string, as?: string) => boolean = () => true,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (definition.connector !== folderName) {
    diagnostics.push(
      problem(
        file,
        ['connector'],
        'def-connector-name',
        `the connector is \`${definition.connector}\`, its folder \`${folderName}\``,
        {
          level: 'warning',
          fix: `name both the same`,
        },
      ),
    );
  }
  for (const [name, stream] of Object.entries(definition.streams)) {
    if (!isWanted(name)) continue;
    const isRun = (as: string) => isWanted(name, as);
    diagnostics.push(...checkStream(file, definition, ['streams', name], stream, mappings, isRun));
  }
  return diagnostics;
}

function checkStream(
  file: YamlFile,
  definition: ConnectorDefinition,
  path: (string | number)[],
  stream: StreamDefinition,
  mappings: MappingFiles,
  isRun: (as: string) => boolean,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const [recordName, endpointName] = Object.entries(stream.record)[0] ?? ['', ''];
  const endpoint = Object.hasOwn(definition.endpoints, endpointName) && definition.endpoints[endpointName];
  if (endpoint && endpoint.key === undefined) {
    diagnostics.push(
      problem(
        file,
        ['endpoints', endpointName],
        'def-missing-key',
        `\`${endpointName}\` has no \`key\`, and the stream \`${path[1]}\` needs one`,
        {
          fix: 'add `key`: the path to what identifies a record, such as `id`',
          key: true,
        },
      ),
    );
  }
  for (const [joinName, join] of Object.entries(stream.join ?? {})) {
    for (const key of Object.keys(join.on)) {
      diagnostics.push(
        ...checkRecordPath(file, [...path, 'join', joinName, 'on', key], key, recordName, true),
      );
    }
  }
  const recordPaths: [KeyPath, string | undefined][] = [
    [['cursor', 'field'], stream.cursor?.field],
    [['only_new', 'field'], stream.only_new?.field],
    [['removed', 'at'], stream.removed?.at],
  ];
  for (const [at, recordPath] of recordPaths) {
    if (recordPath !== undefined)
      diagnostics.push(...checkRecordPath(file, [...path, ...at], recordPath, recordName));
  }
  const joins = Object.keys(stream.join ?? {});
  for (const [index, ignored] of (stream.ignore ?? []).entries()) {
    if (!joins.includes(ignored.split('.')[0] ?? ''))
      diagnostics.push(...checkRecordPath(file, [...path, 'ignore', index], ignored, recordName));
  }
  diagnostics.push(
    ...checkNames(file, path, stream, recordName),
    ...checkGroup(file, path, stream),
    ...checkEvents(file, path, stream),
  );
  const attributes = eventAttributes([stream.event, ...(stream.other_events ?? [])]);
  const records = [...inputNames(stream), ...CONTEXT];
  for (const [as, name] of Object.entries(stream.mappings)) {
    if (!isRun(as)) continue;
    const loaded = mappings.get(name);
    if (!loaded) {
      diagnostics.push(
        problem(
          file,
          [...path, 'mappings', as],
          'def-missing-mapping',
          `there is no mapping file \`${name}\``,
          {
            fix: 'write it below `mappings/`, or correct the name',
          },
        ),
      );
      continue;
    }
    diagnostics.push(...loaded.diagnostics);
    if (!loaded.mapping) continue;
    diagnostics.push(
      ...checkMapping(loaded.mapping, {
        records,
        ...(attributes && { attributes }),
      }),
    );
  }
  return diagnostics;
}

function checkRecordPath(
  file: YamlFile,
  at: KeyPath,
  path: string,
  recordName: string,
  key = false,
): Diagnostic[] {
  if (!isPath(path)) return [notAPath(file, key ? file.keySpan(at) : file.valueSpan(at), path)];
  if (path.startsWith(`${recordName}.`)) return [];
  const first = path.split('.')[0] ?? '';
  return [
    problem(
      file,
      at,
      'def-unknown-record',
      `\`${path}\` does not begin with the stream's record \`${recordName}\``,
      {
        fix: didYouMean(first, [recordName]) ?? `write \`${recordName}.${path}\``,
        key,
      },
    ),
  ];
}

/** Names that mappings know records by: the stream's own, those joined, those looked up. */
export function inputNames(stream: StreamDefinition): string[] {
  const lookups = Object.entries(stream.lookup ?? {}).filter(([, { into }]) => into === undefined);
  return [...Object.keys(stream.record), ...Object.keys(stream.join ?? {}), ...lookups.map(([name]) => name)];
}

/** Each name means one thing, and what refers to a join, a record or a mapping finds it. */
function checkNames(
  file: YamlFile,
  path: (string | number)[],
  stream: StreamDefinition,
  recordName: string,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const joins = Object.keys(stream.join ?? {});
  const places: [string, KeyPath][] = [
    [recordName, ['record', recordName]],
    ...joins.map((name): [string, KeyPath] => [name, ['join', name]]),
    ...Object.keys(stream.lookup ?? {}).map((name): [string, KeyPath] => [name, ['lookup', name]]),
  ];
  const taken = new Map(CONTEXT.map((name) => [name, 'what the engine tells a mapping']));
  for (const [name, at] of places) {
    const owner = taken.get(name);
    if (owner !== undefined) {
      const fix = 'give the record another name';
      diagnostics.push(
        problem(file, [...path, ...at], 'def-name', `\`${name}\` is the name of ${owner}`, {
          fix,
          key: true,
        }),
      );
    }
    taken.set(name, name === recordName ? "the stream's own record" : 'another record of the stream');
  }
  const references: [KeyPath, string | undefined, string[], string][] = [
    [['removed', 'with'], stream.removed?.with, joins, 'join'],
    ...Object.entries(stream.lookup ?? {}).map(
      ([name, { into }]): [KeyPath, string | undefined, string[], string] => [
        ['lookup', name, 'into'],
        into,
        [recordName, ...joins],
        'record',
      ],
    ),
    ...(stream.unvalidated ?? []).map((name, index): [KeyPath, string, string[], string] => [
      ['unvalidated', index],
      name,
      Object.keys(stream.mappings),
      'mapping',
    ]),
  ];
  for (const [at, name, known, noun] of references) {
    if (name === undefined || known.includes(name)) continue;
    const fix =
      didYouMean(name, known) ?? (known.length > 0 ? `use one of ${known.join(', ')}` : 'remove it');
    diagnostics.push(
      problem(file, [...path, ...at], 'def-unknown-reference', `the stream has no ${noun} \`${name}\``, {
        fix,
      }),
    );
  }
  return diagnostics;
}

/** A group is known when all of its records are: what moved alone would make half a group. */
function checkGroup(file: YamlFile, path: (string | number)[], stream: StreamDefinition): Diagnostic[] {
  if (!stream.group) return [];
  return (['cursor', 'only_new'] as const)
    .filter((key) => stream[key])
    .map((key) =>
      problem(
        file,
        [...path, key],
        'def-group',
        `the stream groups its records, which takes all of them, and has \`${key}\``,
        { fix: `remove \`${key}\`, or \`group\``, key: true },
      ),
    );
}

function checkEvents(file: YamlFile, path: (string | number)[], stream: StreamDefinition): Diagnostic[] {
  const { classNames, version } = ocsf();
  const places: [KeyPath, string][] = [
    [['event'], stream.event],
    ...(stream.other_events ?? []).map((name, index): [KeyPath, string] => [['other_events', index], name]),
  ];
  return places
    .filter(([, name]) => !classNames.includes(name))
    .map(([at, name]) =>
      problem(file, [...path, ...at], 'def-unknown-class', `OCSF ${version} has no class \`${name}\``, {
        fix: didYouMean(name, classNames) ?? 'use the name of a class, such as `inventory_info`',
      }),
    );
}

function problem(
  file: YamlFile,
  path: KeyPath,
  code: string,
  message: string,
  options: { fix: string; key?: boolean; level?: 'warning' },
): Diagnostic {
  return diagnosticAt(file.source, options.key ? file.keySpan(path) : file.valueSpan(path), {
    code,
    message,
    fix: options.fix,
    ...(options.level && { level: options.level }),
  });
}
