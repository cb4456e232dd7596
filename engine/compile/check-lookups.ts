/** Do endpoints and what asks them agree: is each one that names `input` a lookup, and does it name records that are there? */
import type {
  ConnectorDefinition,
  EndpointDefinition,
  StreamDefinition,
} from '../definition/schema/connector.ts';
import type { KeyPath, YamlFile } from '../definition/yaml-file.ts';
import { compileExpression } from '../map/expression.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { splitTemplate } from './template.ts';

/** A place in the path or query of an endpoint that reads `input`. */
interface InputRead {
  at: KeyPath;
  /** Offsets in the text at that place. */
  start: number;
  end: number;
  /** The name after `input`; undefined when all of it is read. */
  record?: string;
}

/** Diagnostics of lookups, of endpoints that are listed, and of batches that nobody sends. */
export function checkLookups(file: YamlFile, definition: ConnectorDefinition): Diagnostic[] {
  const { endpoints, streams } = definition;
  const reads = new Map(
    Object.entries(endpoints).map(([name, endpoint]) => [name, inputReads(name, endpoint)]),
  );
  const lookedUp = new Set(
    Object.values(streams).flatMap(({ lookup }) =>
      Object.values(lookup ?? {}).map(({ endpoint }) => endpoint),
    ),
  );
  const batches = Object.entries(endpoints).flatMap(([name, { batch }]) => {
    if (!batch || lookedUp.has(name)) return [];
    return diagnosticAt(file.source, file.keySpan(['endpoints', name, 'batch']), {
      code: 'def-batch-without-lookup',
      message: `\`${name}\` has a \`batch\`, and no stream looks it up`,
      fix: 'remove `batch`, or name the endpoint under `lookup` of a stream',
    });
  });
  const used = Object.entries(streams).flatMap(([name, stream]) => [
    ...checkListed(file, ['streams', name], stream, reads),
    ...checkAsked(file, ['streams', name], stream, definition, reads),
  ]);
  return [...batches, ...used];
}

/** What is listed has no record to ask for. */
function checkListed(
  file: YamlFile,
  path: (string | number)[],
  stream: StreamDefinition,
  reads: ReadonlyMap<string, InputRead[]>,
): Diagnostic[] {
  const listed: [KeyPath, string | undefined][] = [
    ...Object.entries(stream.record).map(([as, name]): [KeyPath, string] => [['record', as], name]),
    ...(stream.alternatives ?? []).map(({ endpoint }, index): [KeyPath, string] => [
      ['alternatives', index, 'endpoint'],
      endpoint,
    ]),
    ...Object.entries(stream.join ?? {}).map(([as, { endpoint }]): [KeyPath, string] => [
      ['join', as, 'endpoint'],
      endpoint,
    ]),
    [['cursor', 'endpoint'], stream.cursor?.endpoint],
  ];
  return listed.flatMap(([at, name]) => {
    if (name === undefined || (reads.get(name) ?? []).length === 0) return [];
    return diagnosticAt(file.source, file.valueSpan([...path, ...at]), {
      code: 'def-input-in-list',
      message: `\`${name}\` is listed here, and its path or query names \`input\`, which only a lookup has`,
      fix: 'name an endpoint without `input`, or ask this one under `lookup`',
    });
  });
}

function checkAsked(
  file: YamlFile,
  path: (string | number)[],
  stream: StreamDefinition,
  { endpoints }: ConnectorDefinition,
  reads: ReadonlyMap<string, InputRead[]>,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const known = [...Object.keys(stream.record), ...Object.keys(stream.join ?? {})];
  for (const [as, { endpoint, into }] of Object.entries(stream.lookup ?? {})) {
    const used = reads.get(endpoint);
    const problem = (key: string, options: { code: string; message: string; fix: string }) =>
      diagnostics.push(diagnosticAt(file.source, file.valueSpan([...path, 'lookup', as, key]), options));
    if (used?.length === 0) {
      problem('endpoint', {
        code: 'def-lookup-without-input',
        message: `\`${endpoint}\` is asked for each record, and its path and query name none`,
        fix: `name the record there, such as \`\${input.${known[0]}.id}\``,
      });
    }
    if (used && endpoints[endpoint]?.pagination?.type === 'export_files') {
      problem('endpoint', {
        code: 'def-lookup-files',
        message: `\`${endpoint}\` answers with files, which is no answer for one record`,
        fix: 'use an endpoint that answers for one record',
      });
    }
    if (into !== undefined && used && endpoints[endpoint]?.records !== undefined) {
      problem('into', {
        code: 'def-lookup-list',
        message: `\`${endpoint}\` answers with a list, whose members complete no record`,
        fix: 'remove `into`: mappings then know the list by the name of the lookup',
      });
    }
    for (const { at, start, end, record } of used ?? []) {
      if (record === undefined || known.includes(record)) continue;
      diagnostics.push(
        diagnosticAt(file.source, file.innerSpan(at, { start, end }), {
          code: 'def-unknown-record',
          message: `the stream \`${path[1]}\` has no record \`${record}\` when it asks this`,
          fix: didYouMean(record, known) ?? `use one of ${known.join(', ')}`,
        }),
      );
    }
    if (into === undefined) known.push(as);
  }
  return diagnostics;
}

/** Expressions that do not parse are told elsewhere. */
function inputReads(name: string, { path, query }: EndpointDefinition): InputRead[] {
  const templates: [KeyPath, string][] = [
    [['endpoints', name, 'path'], path],
    ...Object.entries(query ?? {}).map(([parameter, text]): [KeyPath, string] => [
      ['endpoints', name, 'query', parameter],
      text,
    ]),
  ];
  return templates.flatMap(([at, text]) => {
    const split = splitTemplate(text);
    return ('parts' in split ? split.parts : []).flatMap((part) => {
      const compiled = 'text' in part ? undefined : compileExpression(part.expression);
      if (!compiled || !('expression' in compiled) || 'text' in part) return [];
      return compiled.expression.paths
        .filter(({ steps }) => steps[0] === 'input')
        .map(({ steps: [, record], start, end }) => ({
          at,
          start: part.start + start,
          end: part.start + end,
          ...(record !== undefined && { record }),
        }));
    });
  });
}
