/** `tributary coverage CONNECTOR`: what streams leave out of OCSF and of the vendor's records, and whether each has a reason. */
import type { Stream } from '../../compile/connector.ts';
import { DefinitionError } from '../../compile/definition-error.ts';
import { inspectConnector } from '../../compile/load.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { isComplete, type StreamCoverage, streamCoverage } from '../../coverage/stream-coverage.ts';
import { nodeFiles } from '../../files.ts';
import { jsonDiagnostic } from '../../report/format.ts';
import { mappingOf } from '../../run/mapping-of.ts';
import { EXIT } from '../exit-codes.ts';
import { paintOut as paint, pictures, print } from '../terminal.ts';

interface Options {
  stream?: string[];
  as?: string;
  json?: boolean;
}

export default async function coverageCommand(name: string, options: Options): Promise<number> {
  const { connector, cases = [], diagnostics } = await inspectConnector(name);
  if (!connector) throw new DefinitionError(name, diagnostics);
  const streams =
    options.stream?.map((stream) => streamNamed(connector, stream)) ?? Object.values(connector.streams);
  const reports: StreamCoverage[] = [];
  for (const stream of streams) {
    const chosen = mappingOf(stream, options.as ?? firstValidated(stream));
    reports.push(await streamCoverage(connector, stream, chosen, cases, nodeFiles));
  }
  if (options.json) {
    const shown = reports.map((report) => ({ ...report, problems: report.problems.map(jsonDiagnostic) }));
    await print(JSON.stringify({ version: 1, connector: connector.name, streams: shown }, null, 2));
  } else for (const report of reports) await print(reportText(report));
  return reports.every(isComplete) ? EXIT.ok : EXIT.findings;
}

function firstValidated({ mappings, unvalidated }: Stream): string | undefined {
  return [...mappings.keys()].find((as) => !unvalidated.has(as));
}

function reportText(report: StreamCoverage): string {
  const { stream, file, attributes, fields, problems } = report;
  const { total, filled, explained } = attributes;
  const sign = isComplete(report) ? paint.green('ok  ') : paint.red('open');
  const lines = [
    `${sign} ${paint.bold(stream)}: ${filled + explained} of ${total} required and recommended attributes accounted for ` +
      `(${filled} filled, ${explained} with a reason); ${fields.total} fields: ` +
      `${fields.read} read, ${fields.ignored} ignored, ${fields.forgotten} forgotten`,
    ...attributes.open.map((path) => `       ${paint.red('attribute')} ${path}`),
    ...fields.open.map((path) => `       ${paint.yellow('field')}     ${path}`),
  ];
  if (attributes.open.length + fields.open.length > 0)
    lines.push(paint.dim(`       map them, or give each a reason in ${file}`));
  if (problems.length > 0) lines.push('', pictures(problems, paint), '');
  return lines.join('\n');
}
