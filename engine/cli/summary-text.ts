/** The end of a run in words: what came in, what went out, what did not and why, and what to do next. */

import type { Connector } from '../compile/connector.ts';
import { formatDuration } from '../compile/duration.ts';
import { shownPath } from '../definition/find.ts';
import type { SourceText } from '../definition/source.ts';
import { printable } from '../report/code-frame.ts';
import type { Diagnostic } from '../report/diagnostic.ts';
import { prettyDiagnostic } from '../report/format.ts';
import type { Paint } from '../report/paint.ts';
import type { Problem } from '../run/lane-machine.ts';
import type { LaneSummary } from '../run/summary.ts';
import type { Given } from './given.ts';
import { count } from './progress.ts';

export function summaryText(
  connector: Connector,
  summaries: readonly LaneSummary[],
  given: Given,
  paint: Paint,
): string {
  return summaries.map((summary) => laneText(connector, summary, given, paint)).join('\n\n');
}

function laneText(connector: Connector, summary: LaneSummary, given: Given, paint: Paint): string {
  const { end, problem } = summary;
  const sign =
    end === 'done' ? paint.green('done') : end === 'stopped' ? paint.yellow('stopped') : paint.red(end);
  const rate = summary.durationMs > 0 ? Math.round((summary.records * 1_000) / summary.durationMs) : 0;
  const lines = [
    `${paint.bold(summary.lane)}  ${sign}  ${paint.dim(summary.scan)}`,
    `  records    ${count(summary.records)} in ${count(summary.pages)} pages${summary.joined > 0 ? `, ${count(summary.joined)} more to join` : ''}`,
    `  events     ${count(summary.events)}`,
  ];
  if (summary.replacedBy !== undefined) {
    lines.splice(1, lines.length, `  ${paint.yellow(`\`${summary.replacedBy}\` runs in its place`)}`);
    if (problem)
      lines.push(
        `  because    ${printable(problem.message)}`,
        ...(problem.fix ? [`  to mend    ${printable(problem.fix)}`] : []),
      );
    return lines.join('\n');
  }
  if (summary.removed > 0)
    lines.push(`  removed    ${count(summary.removed)} of the events say that a record is gone`);
  if (summary.unchanged > 0) lines.push(`  unchanged  ${count(summary.unchanged)} (not written again)`);
  if (summary.filtered > 0) {
    const rule = connector.streams[summary.stream]?.group ? 'group' : 'only_new';
    lines.push(`  left out   ${count(summary.filtered)} by the rule ${rule} of the stream`);
  }
  if (summary.dead > 0) {
    lines.push(
      `  rejected   ${paint.red(count(summary.dead))} (kept as dead letters: \`tributary replay\` tries them again)`,
    );
    const worst = [...summary.rejections].sort((a, b) => b.count - a.count).slice(0, 3);
    for (const { code, count: times, sample } of worst)
      lines.push(`             ${count(times)} x ${code}: ${printable(sample)}`);
  }
  for (const { page, reason } of summary.gaps)
    lines.push(`  ${paint.red('gap')}        page ${count(page)} is missing: ${printable(reason)}`);
  for (const { code, count: times, sample } of summary.missing)
    lines.push(`  ${paint.yellow('without')}    ${count(times)} x ${code}: ${printable(sample)}`);
  lines.push(
    `  took       ${formatDuration(summary.durationMs)}${rate > 0 ? `, ${count(rate)} records/s` : ''}` +
      `${summary.retries > 0 ? `, ${count(summary.retries)} retries` : ''}${summary.waitedMs > 0 ? `, waited ${formatDuration(summary.waitedMs)}` : ''}`,
  );
  const directories = given.to
    .filter((to) => to.startsWith('ndjson:'))
    .map((to) => shownPath(to.slice('ndjson:'.length)));
  if (directories.length > 0 && summary.events > 0) lines.push(`  written    ${directories.join(', ')}`);
  if (problem) {
    lines.push('', prettyDiagnostic(problemDiagnostic(connector, problem), paint));
    if (summary.until !== undefined)
      lines.push(`  = until: ${summary.until}, before which the vendor takes no call`);
    if (end === 'parked')
      lines.push(`  = state: the checkpoint is kept; \`tributary run\` goes on from there`);
  }
  return lines.join('\n');
}

export function problemDiagnostic(
  connector: Connector,
  { code, message, at, fix }: Problem,
): Diagnostic & { source?: SourceText } {
  return withoutUndefined({
    code,
    level: 'error' as const,
    message,
    ...(at && { at, source: sourceAt(connector, at.file) }),
    ...(fix && { fix }),
  });
}

function sourceAt(connector: Connector, file: string) {
  return connector.file.source.file === file ? connector.file.source : undefined;
}

function withoutUndefined<T extends { source?: unknown }>(diagnostic: T): T & { source: never } {
  if (diagnostic.source === undefined) delete diagnostic.source;
  return diagnostic as T & { source: never };
}
