/** The end of a replay in words: what became of the letters, how many are left, and what to do next. */
import type { Connector } from '../compile/connector.ts';
import { formatDuration } from '../compile/duration.ts';
import { shownPath } from '../definition/find.ts';
import type { ReplayedLane, ReplayReport } from '../replay.ts';
import { printable } from '../report/code-frame.ts';
import { prettyDiagnostic } from '../report/format.ts';
import type { Paint } from '../report/paint.ts';
import { count } from './progress.ts';
import { problemDiagnostic } from './summary-text.ts';

const UNTRIED =
  'not tried were letters of another stream, code, stage, mapping or tenant, older letters of records that failed again,' +
  '\nand removals that failed: the next full list tells those anew';

export function replayText(connector: Connector, report: ReplayReport, paint: Paint): string {
  const { directory, lanes, remaining } = report;
  const own = Object.entries(remaining).filter(([lane]) => lane.startsWith(`${connector.name}/`));
  const texts = lanes.map((summary) => laneText(connector, summary, paint));
  if (lanes.length === 0) texts.push(`no dead letters to play in ${shownPath(directory)}`);
  if (own.length > 0) {
    const rows = own.map(([lane, letters]) => `  ${count(letters).padStart(9)}  ${printable(lane)}`);
    texts.push([`${paint.bold('left')} in ${shownPath(directory)}`, ...rows].join('\n'));
    const left = own.reduce((sum, [, letters]) => sum + letters, 0);
    if (left > lanes.reduce((sum, { letters }) => sum + letters.failed, 0)) texts.push(paint.dim(UNTRIED));
  }
  return texts.join('\n\n');
}

function laneText(connector: Connector, summary: ReplayedLane, paint: Paint): string {
  const { end, events, letters, problem } = summary;
  const { tried, delivered, superseded, failed } = letters;
  const sign = end === 'done' ? paint.green(end) : end === 'stopped' ? paint.yellow(end) : paint.red(end);
  const lines = [
    `${paint.bold(summary.lane)}  ${sign}  ${paint.dim('replay')}`,
    `  letters    ${count(tried)}`,
    `  delivered  ${count(delivered)}${delivered > 0 ? ` as ${count(events)} ${events === 1 ? 'event' : 'events'}` : ''}`,
  ];
  if (superseded > 0)
    lines.push(`  superseded ${count(superseded)} (something newer of their records was delivered)`);
  if (failed > 0) {
    lines.push(`  failed     ${paint.red(count(failed))} again (kept, with the new reason)`);
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
