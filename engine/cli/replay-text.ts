/** The end of a replay in words: what became of the letters, how many are left, and what to do next. */
import type { Connector } from '../compile/connector.ts';
import { formatDuration } from '../compile/duration.ts';
import { shownPath } from '../definition/find.ts';
import type { ReplayReport } from '../replay.ts';
import { printable } from '../report/code-frame.ts';
import { prettyDiagnostic } from '../report/format.ts';
import type { Paint } from '../report/paint.ts';
import type { LaneSummary } from '../run/summary.ts';
import { count } from './progress.ts';
import { problemDiagnostic } from './summary-text.ts';

export function replayText(connector: Connector, report: ReplayReport, paint: Paint): string {
  const { directory, lanes, remaining } = report;
  const own = Object.entries(remaining).filter(([lane]) => lane.startsWith(`${connector.name}/`));
  const texts = lanes.map((summary) => laneText(connector, summary, paint));
  if (lanes.length === 0) texts.push(`no dead letters to play in ${shownPath(directory)}`);
  if (own.length > 0) {
    const rows = own.map(([lane, letters]) => `  ${count(letters).padStart(9)}  ${printable(lane)}`);
    texts.push([`${paint.bold('left')} in ${shownPath(directory)}`, ...rows].join('\n'));
  }
  return texts.join('\n\n');
}

function laneText(connector: Connector, summary: LaneSummary, paint: Paint): string {
  const { end, records, events, unchanged, dead, problem } = summary;
  const sign = end === 'done' ? paint.green(end) : end === 'stopped' ? paint.yellow(end) : paint.red(end);
  const delivered = records - unchanged - dead;
  const lines = [
    `${paint.bold(summary.lane)}  ${sign}  ${paint.dim('replay')}`,
    `  letters    ${count(records)}`,
    `  delivered  ${count(delivered)}${delivered > 0 ? ` as ${count(events)} ${events === 1 ? 'event' : 'events'}` : ''}`,
  ];
  if (unchanged > 0)
    lines.push(`  outdone    ${count(unchanged)} (of their records a newer version was delivered)`);
  if (dead > 0) {
    lines.push(`  failed     ${paint.red(count(dead))} again (kept, with the new reason)`);
    for (const { code, count: times, sample } of summary.rejections)
      lines.push(`             ${count(times)} x ${code}: ${printable(sample)}`);
  }
  for (const { code, count: times, sample } of summary.missing)
    lines.push(`  ${paint.yellow('without')}    ${count(times)} x ${code}: ${printable(sample)}`);
  lines.push(`  took       ${formatDuration(summary.durationMs)}`);
  if (problem) {
    lines.push('', prettyDiagnostic(problemDiagnostic(connector, problem), paint));
    lines.push(
      '  = state: what was delivered until then is remembered; `tributary replay` goes on from there',
    );
  }
  return lines.join('\n');
}
