/** `tributary doctor CONNECTOR`: the "test connection" button, and whether what runs have left behind is whole. */

import { loadConnector } from '../../compile/load.ts';
import { shownPath } from '../../definition/find.ts';
import { printable } from '../../report/code-frame.ts';
import { errorAsDiagnostic, prettyDiagnostic } from '../../report/format.ts';
import type { Check } from '../../run/diagnose.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import type { GivenOptions } from '../given.ts';
import { damageJson, laneJson, laneText } from '../lane-state.ts';
import { findState, lanesNamed, type StateLanes } from '../state-lanes.ts';
import { paintOut as paint, print } from '../terminal.ts';

interface DoctorOptions extends GivenOptions {
  offline?: boolean;
  json?: boolean;
}

export default async function doctorCommand(name: string, options: DoctorOptions): Promise<number> {
  const state = await findState(name, options);
  const checks = options.offline ? [] : await connectionChecks(name, options);
  const lanes = state ? lanesAsked(state, options.stream) : [];
  if (options.json) {
    const about = state && {
      directory: state.folder,
      lanes: lanes.map((lane) => laneJson(state.connector, lane)),
      damage: state.damage.map(damageJson),
    };
    const connector = state?.connector ?? (await loadConnector(name, { streams: [] })).name;
    await print(JSON.stringify({ version: 1, connector, checks, ...(about && { state: about }) }, null, 2));
  } else {
    for (const check of checks) await print(checkText(check));
    if (state) await print(stateText(state, lanes));
    else if (options.offline || options.state !== undefined)
      await print(`${paint.green('ok  ')} state${paint.dim(`  there is none of \`${name}\` yet`)}`);
  }
  const codes = checks.map(({ problem }) => (problem ? exitCodeOf(problem.kind) : EXIT.ok));
  const isWhole = !state || (state.damage.length === 0 && !lanes.some(isDamaged));
  return Math.max(isWhole ? EXIT.ok : EXIT.refused, ...codes);
}

/** What speaks with a vendor is loaded only where one is spoken with. */
async function connectionChecks(name: string, options: GivenOptions): Promise<Check[]> {
  const { checkConnection } = await import('../check-connection.ts');
  return checkConnection(name, options);
}

type Lane = StateLanes['lanes'][number];

/** Of a stream that has not run there is nothing to tell. */
function lanesAsked(state: StateLanes, streams: readonly string[] | undefined): Lane[] {
  if (!streams) return state.lanes;
  const isThere = (stream: string) =>
    state.lanes.some(({ name }) => name === stream || name.startsWith(`${stream}.`));
  return streams.filter(isThere).flatMap((stream) => lanesNamed(state, stream));
}

/** A list that a run is writing is not whole yet. */
function brokenJoins({ joins, isHeld }: Lane): Lane['joins'] {
  return isHeld ? [] : joins.filter(({ isSealed }) => !isSealed);
}

function isDamaged(lane: Lane): boolean {
  return lane.damage.length > 0 || brokenJoins(lane).length > 0;
}

function stateText({ connector, folder, damage }: StateLanes, lanes: readonly Lane[]): string {
  const damaged = lanes.filter(isDamaged).length;
  const records = lanes.reduce((sum, { seenRecords }) => sum + seenRecords, 0);
  const parked = lanes.filter(({ checkpoint }) => checkpoint?.parked).length;
  const counts = `${lanes.length} ${lanes.length === 1 ? 'lane' : 'lanes'}, ${records} known records${parked > 0 ? `, ${parked} parked` : ''}`;
  const broken = [
    ...(damaged > 0 ? [`${damaged} of ${counts}`] : []),
    ...(damage.length > 0 ? [`${damage.length} ${damage.length === 1 ? 'file' : 'files'} of calls`] : []),
  ];
  const head =
    broken.length === 0
      ? `${paint.green('ok  ')} state in ${shownPath(folder)}${paint.dim(`  all checksums are right: ${counts}`)}`
      : `${paint.red('fail')} state in ${shownPath(folder)}: ${broken.join(' and ')} damaged`;
  const shared = damage.map((error) => prettyDiagnostic(errorAsDiagnostic(error), paint));
  return [
    head,
    ...shared,
    ...lanes.map((lane) => `\n${laneText(connector, lane, paint)}${brokenText(lane)}`),
  ].join('\n');
}

function brokenText(lane: Lane): string {
  const texts = brokenJoins(lane).map(
    ({ name, bytes }) =>
      `\n${paint.red('error[state-join-damaged]')}: the kept list \`${name}\` (${bytes} bytes) is damaged, or its run was killed` +
      '\n  = effect: no run takes anything from it\n  = fix: run again: the list is read from the vendor anew',
  );
  return texts.join('');
}

function checkText({ what, problem, empties, goesOn, detail }: Check): string {
  if (!problem) return `${paint.green('ok  ')} ${what}${detail ? paint.dim(`  ${printable(detail)}`) : ''}`;
  const lines = [`${paint.red('fail')} ${what}: ${printable(problem.message)}`];
  if (empties.length > 0)
    lines.push(
      `     = effect: ${empties.length === 1 ? 'the stream' : 'the streams'} ${empties.join(', ')} will be empty`,
    );
  for (const sentence of goesOn) lines.push(`     = effect: ${sentence}`);
  if (problem.fix) lines.push(`     = fix: ${printable(problem.fix)}`);
  return lines.join('\n');
}
