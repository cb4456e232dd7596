/** What a state directory tells of a lane, as JSON and in words. */
import type { EngineError } from '../errors.ts';
import { printable } from '../report/code-frame.ts';
import { errorAsDiagnostic, prettyDiagnostic } from '../report/format.ts';
import type { Paint } from '../report/paint.ts';
import type { InspectedLane } from '../run/inspect-lanes.ts';
import { count } from './progress.ts';

/** The lane for `--json`: times as ISO 8601, additions only. */
export function laneJson(connector: string, lane: InspectedLane): Record<string, unknown> {
  const { name, isHeld, checkpoint, generation, committedAt, seenRecords, damage, joins } = lane;
  const { sweepFinishedAt, parked, gaps, scan, sliceMs, newest, watermark, counters, destinations } =
    checkpoint ?? {};
  return {
    lane: `${connector}/${name}`,
    stream: name.split('.')[0],
    held: isHeld,
    generation,
    ...(committedAt !== undefined && { committedAt: iso(committedAt) }),
    ...(watermark !== undefined && { watermark }),
    ...(sweepFinishedAt !== undefined && { sweptAt: iso(sweepFinishedAt) }),
    ...(scan && { scan }),
    ...(sliceMs !== undefined && { sliceMs }),
    ...(newest && { newest }),
    ...(counters && { counters }),
    ...(destinations && { destinations }),
    seenRecords,
    gaps: (gaps ?? []).map((gap) => ({ ...gap, at: iso(gap.at) })),
    ...(parked && {
      parked: {
        ...parked,
        at: iso(parked.at),
        ...(parked.until !== undefined && { until: iso(parked.until) }),
      },
    }),
    joins,
    damage: damage.map(damageJson),
  };
}

export function damageJson({ code, message, fix }: EngineError): Record<string, unknown> {
  return { code, message, fix };
}

/** The lane in words, a line a fact. */
export function laneText(connector: string, lane: InspectedLane, paint: Paint): string {
  const { name, isHeld, checkpoint, generation, committedAt, seenRecords, damage, joins } = lane;
  const when =
    committedAt === undefined
      ? 'nothing committed yet'
      : `generation ${generation}, committed ${iso(committedAt)}`;
  const held = isHeld ? `  ${paint.yellow('a run is at work on it')}` : '';
  const lines = [`${paint.bold(printable(`${connector}/${name}`))}  ${paint.dim(when)}${held}`];
  const say = (label: string, text: string) => lines.push(`  ${label.padEnd(11)}${printable(text)}`);
  if (checkpoint) {
    const { watermark, sweepFinishedAt, scan, counters, destinations, gaps = [], parked } = checkpoint;
    say('watermark', watermark ?? 'none: a run asks for everything');
    if (sweepFinishedAt !== undefined) say('last sweep', iso(sweepFinishedAt));
    if (scan)
      say('under way', `${scan.kind} scan from ${scan.from}${scan.to === undefined ? '' : ` to ${scan.to}`}`);
    say('known', `${count(seenRecords)} delivered records`);
    const { pages, records, events, unchanged, filtered, dead } = counters;
    const totals = [
      [pages, 'pages'],
      [records, 'records'],
      [events, 'events'],
      [unchanged, 'unchanged'],
      [filtered, 'left out'],
      [dead, 'dead'],
    ] as const;
    say('in all', totals.map(([number, what]) => `${count(number)} ${what}`).join(', '));
    for (const [to, { file, length }] of Object.entries(destinations))
      say(
        'delivered',
        file === undefined
          ? `${to}: all of it is finished`
          : `${to}: ${file.replace(/\.open$/, '')} up to byte ${count(length ?? 0)}`,
      );
    for (const { name: join, bytes, isSealed } of joins)
      say(
        'kept list',
        `${join}, ${count(bytes)} bytes${isSealed ? '' : isHeld ? ', being written' : ', not whole'}`,
      );
    for (const gap of gaps) {
      const bounds =
        gap.lo === undefined && gap.hi === undefined ? '' : ` (${gap.lo ?? ''} to ${gap.hi ?? ''})`;
      lines.push(
        `  ${paint.yellow('gap'.padEnd(11))}${printable(`page ${gap.page} of ${gap.endpoint}${bounds}, ${iso(gap.at)}: ${gap.code}: ${gap.reason}`)}`,
      );
    }
    if (parked) {
      const until = parked.until === undefined ? '' : `, not before ${iso(parked.until)}`;
      lines.push(
        `  ${paint.red('parked'.padEnd(11))}${printable(`${iso(parked.at)}${until}: ${parked.code}: ${parked.message}`)}`,
      );
      if (parked.fix !== undefined) lines.push(`  = fix: ${printable(parked.fix)}`);
    }
  }
  for (const error of damage) lines.push(prettyDiagnostic(errorAsDiagnostic(error), paint));
  return lines.join('\n');
}

function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
