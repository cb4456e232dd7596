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

/** Diagnostics of the connector's name, its streams, and the mappings that they name. */
export function checkStreams(
  file: YamlFile,
  definition: ConnectorDefinition,
  folderName: string,
  mappings: MappingFiles,
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
    diagnostics.push(...checkStream(file, definition, ['streams', name], stream, mappings));
  }
  return diagnostics;
}

function checkStream(
  file: YamlFile,
  definition: ConnectorDefinition,
  path: (string | number)[],
  stream: StreamDefinition,
  mappings: MappingFiles,
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
    if (joinName === recordName) {
      diagnostics.push(
        problem(
          file,
          [...path, 'join', joinName],
          'def-name',
          `\`${joinName}\` is the name of the stream's own record`,
          {
            fix: 'give the joined record another name',
            key: true,
          },
        ),
      );
    }
    for (const key of Object.keys(join.on)) {
      diagnostics.push(
        ...checkRecordPath(file, [...path, 'join', joinName, 'on', key], key, recordName, true),
      );
    }
  }
  if (stream.cursor)
    diagnostics.push(...checkRecordPath(file, [...path, 'cursor', 'field'], stream.cursor.field, recordName));
  if (stream.only_new) {
    diagnostics.push(
      ...checkRecordPath(file, [...path, 'only_new', 'field'], stream.only_new.field, recordName),
    );
  }
  diagnostics.push(...checkEvent(file, path, stream));
  const attributes = eventAttributes(stream.event);
  const records = [recordName, ...Object.keys(stream.join ?? {})];
  for (const [as, name] of Object.entries(stream.mappings)) {
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

function checkEvent(file: YamlFile, path: (string | number)[], stream: StreamDefinition): Diagnostic[] {
  if (ocsf().classByName(stream.event)) return [];
  const names = ocsf().classNames;
  return [
    problem(
      file,
      [...path, 'event'],
      'def-unknown-class',
      `OCSF ${ocsf().version} has no class \`${stream.event}\``,
      {
        fix: didYouMean(stream.event, names) ?? 'use the name of a class, such as `inventory_info`',
      },
    ),
  ];
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
