/** Do the paths of a connector occur in what was recorded? A missing path gives no error in JSONata, only nothing. */

import { fieldReads } from '../map/field-reads.ts';
import { type Diagnostic, diagnosticAt, distinct } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Connector, Stream } from './connector.ts';
import { recordEndpoints } from './load-cases.ts';

/** Keys that no recorded record has are errors; paths of a mapping that none has are warnings, for records are not complete. */
export function checkEvidence(connector: Connector): Diagnostic[] {
  return distinct(
    Object.values(connector.streams).flatMap((stream) => [
      ...checkFields(connector, stream),
      ...checkReads(connector, stream),
    ]),
  );
}

function checkFields(connector: Connector, stream: Stream): Diagnostic[] {
  const path = ['streams', stream.name];
  const checks: { endpoint: string; field: string; at: (string | number)[]; isKey?: boolean }[] = [];
  for (const join of stream.joins) {
    for (const { record, joined, name } of join.on) {
      const at = [...path, 'join', join.name, 'on', name];
      checks.push({ endpoint: stream.endpoint.name, field: record.join('.'), at, isKey: true });
      checks.push({ endpoint: join.endpoint.name, field: joined.join('.'), at });
    }
    if (join.newest) {
      checks.push({
        endpoint: join.endpoint.name,
        field: join.newest.join('.'),
        at: [...path, 'join', join.name, 'newest'],
      });
    }
  }
  if (stream.cursor?.field) {
    checks.push({
      endpoint: stream.endpoint.name,
      field: stream.cursor.field.join('.'),
      at: [...path, 'cursor', 'field'],
    });
  }
  if (stream.onlyNew) {
    checks.push({
      endpoint: stream.endpoint.name,
      field: stream.onlyNew.field.join('.'),
      at: [...path, 'only_new', 'field'],
    });
  }
  for (const { name, keyPath } of [stream.endpoint, ...stream.joins.map((join) => join.endpoint)]) {
    if (keyPath) checks.push({ endpoint: name, field: keyPath.join('.'), at: ['endpoints', name, 'key'] });
  }
  const { evidence, file } = connector;
  return checks
    .filter(({ endpoint, field }) => evidence.has(endpoint, field) === false)
    .map(({ endpoint, field, at, isKey }) =>
      diagnosticAt(file.source, isKey ? file.keySpan(at) : file.valueSpan(at), {
        code: 'def-unknown-field',
        message: `none of ${evidence.count(endpoint)} recorded records of \`${endpoint}\` has \`${field}\``,
        fix:
          didYouMean(field, evidence.paths(endpoint)) ??
          'correct the path, or add a case whose records have it',
      }),
    );
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
