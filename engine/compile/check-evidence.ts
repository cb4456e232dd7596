/** Do the paths of a connector occur in what was recorded? A missing path gives no error in JSONata, only nothing. */

import { fieldReads } from '../map/field-reads.ts';
import { type Diagnostic, diagnosticAt, distinct } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Connector, Endpoint, Stream } from './connector.ts';
import { recordEndpoints } from './load-cases.ts';

/** Keys that no recorded record has are errors; paths of a mapping that none has are warnings, for records are not complete. */
export function checkEvidence(connector: Connector, level: Diagnostic['level']): Diagnostic[] {
  return distinct(
    Object.values(connector.streams).flatMap((stream) => [
      ...checkFields(connector, stream),
      ...(level === 'warning' ? checkReads(connector, stream) : []),
    ]),
  );
}

interface FieldCheck {
  /** Any of them may have it. */
  endpoints: readonly Endpoint[];
  field: readonly string[] | undefined;
  /** Where the path stands: a value, or a key. */
  at: (string | number)[];
  isKey?: boolean;
}

function checkFields({ evidence, file }: Connector, stream: Stream): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { endpoints, field = [], at, isKey } of [
    ...fieldsOfStream(stream),
    ...fieldsOfEndpoints(stream),
  ]) {
    const path = field.join('.');
    const known = endpoints.map(({ name }) => name).filter((name) => evidence.knows(name));
    const [first] = known;
    if (first === undefined || path === '' || known.some((name) => evidence.has(name, path))) continue;
    diagnostics.push(
      diagnosticAt(file.source, isKey ? file.keySpan(at) : file.valueSpan(at), {
        code: 'def-unknown-field',
        message: `none of ${evidence.count(first)} recorded records of \`${first}\` has \`${path}\``,
        fix:
          didYouMean(path, evidence.paths(first)) ?? 'correct the path, or add a case whose records have it',
      }),
    );
  }
  return diagnostics;
}

function fieldsOfStream(stream: Stream): FieldCheck[] {
  const { cursor, onlyNew, group, removed, joins, ignored } = stream;
  const path = ['streams', stream.name];
  const own = recordEndpoints(stream);
  const listed = [stream.endpoint];
  return [
    ...joins.flatMap(({ name: join, endpoint, on, newest }): FieldCheck[] => [
      ...on.flatMap(({ record, joined, name }): FieldCheck[] => {
        const at = [...path, 'join', join, 'on', name];
        return [
          { endpoints: listed, field: record, at, isKey: true },
          { endpoints: [endpoint], field: joined, at },
        ];
      }),
      { endpoints: [endpoint], field: newest, at: [...path, 'join', join, 'newest'] },
    ]),
    { endpoints: listed, field: cursor?.field, at: [...path, 'cursor', 'field'] },
    { endpoints: listed, field: onlyNew?.field, at: [...path, 'only_new', 'field'] },
    { endpoints: own, field: group?.by, at: [...path, 'group', 'by'] },
    { endpoints: own, field: removed?.at, at: [...path, 'removed', 'at'] },
    ...ignored.map((one, index): FieldCheck => {
      const join = joins.find(({ name }) => name === one.record);
      return {
        endpoints: join ? [join.endpoint] : own,
        field: one.path,
        at: [...path, 'ignore', index],
      };
    }),
  ];
}

function fieldsOfEndpoints(stream: Stream): FieldCheck[] {
  const listed = [...recordEndpoints(stream), ...stream.joins.map((join) => join.endpoint)];
  return listed.flatMap((endpoint): FieldCheck[] => {
    const path = ['endpoints', endpoint.name];
    const { pagination } = endpoint.definition;
    const ordered = pagination?.type === 'odata_window' ? pagination.field.split('.') : undefined;
    const endpoints = [endpoint];
    return [
      { endpoints, field: endpoint.keyPath, at: [...path, 'key'] },
      ...endpoint.keyWith.map(
        (field, index): FieldCheck => ({ endpoints, field, at: [...path, 'key_with', index] }),
      ),
      { endpoints, field: ordered, at: [...path, 'pagination', 'field'] },
    ];
  });
}

function checkReads(connector: Connector, stream: Stream): Diagnostic[] {
  const endpoints = new Map([
    [stream.recordName, recordEndpoints(stream).map(({ name }) => name)],
    ...stream.joins.map((join): [string, string[]] => [join.name, [join.endpoint.name]]),
    ...stream.lookups.map((lookup): [string, string[]] => [lookup.name, [lookup.endpoint.name]]),
  ]);
  const diagnostics: Diagnostic[] = [];
  for (const mapping of stream.mappings.values()) {
    for (const { steps, start, end } of fieldReads(mapping)) {
      const known = (endpoints.get(steps[0] ?? '') ?? []).filter((name) => connector.evidence.knows(name));
      const [endpoint] = known;
      const isMember = stream.group?.as === steps[1] && steps[0] === stream.recordName;
      const field = steps.slice(isMember ? 2 : 1).join('.');
      if (endpoint === undefined || field === '') continue;
      if (known.some((name) => connector.evidence.has(name, field))) continue;
      const fix = didYouMean(field, connector.evidence.paths(endpoint));
      diagnostics.push(
        diagnosticAt(
          mapping.source,
          { start, end },
          {
            code: 'map-unknown-path',
            level: 'warning',
            message: `\`${steps.join('.')}\` is in none of ${connector.evidence.count(endpoint)} recorded records of \`${endpoint}\``,
            fix: fix ?? 'correct the path, or add a case whose record has it',
          },
        ),
      );
    }
  }
  return diagnostics;
}
