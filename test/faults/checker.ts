/** Does a history keep the promises? Each invariant of the delivery protocol that can be seen from outside, and what breaks it. */
import type { Call, Hold } from './audit.ts';
import type { Delivered, Expected, History } from './history.ts';

export interface Break {
  /** `I1` to `I20`. */
  invariant: string;
  what: string;
}

/** What each invariant is held against; those that are not here are shown by tests of their own. */
export const CHECKED: Readonly<Record<string, string>> = {
  I1: 'each record that is shown within the bound is delivered in its last version, dead with a reason, or filtered; nothing that is there is told gone',
  I2: 'no uid twice in sealed files; no content twice under two uids; no torn line, no part unsealed',
  I3: 'records = events + unchanged + filtered + dead, of each run and of each checkpoint',
  I4: 'each event that a checkpoint counts is in the files, after every process and every loss of power',
  I5: 'a watermark never goes back',
  I6: 'one uid for one record in one version; what is delivered is what the vendor showed',
  I7: 'the same uid always has the same bytes',
  I8: 'a lane that is held is refused to a second process: what both would do shows in I1, I2 and I4',
  I9: 'no sliding window of the vendor holds more calls of an application than it allows, whichever processes they come from',
  I10: 'after 429 no call of the application before the time that the vendor named',
  I11: 'no secret in a file, a transition, a summary or an error, nor to a foreign origin',
  I12: 'no request to an origin that was not granted',
  I14: 'every lane is done within the quiet runs, the last of which finds nothing new',
  I16: 'damage of the state is told, or has no effect: after damage that nobody told I2, I4 and I5 hold as ever',
  I17: 'each dead letter has its stage, code and message',
  I20: 'no credential of one tenant on a request of another',
};

/** A record is one by tenant, stream and reference. */
const nameOf = ({ tenant, stream, ref }: { tenant: string; stream: string; ref: string }) =>
  `${tenant} ${stream} ${ref}`;

/** All that is broken; empty when the history is good. */
export function check(history: History): Break[] {
  const breaks: Break[] = [...history.wrongs];
  const add = (invariant: string, what: string) => breaks.push({ invariant, what });
  if (history.stuck !== undefined) add('I14', history.stuck);
  for (const line of history.torn) add('I2', `torn: ${line}`);
  if (history.damage !== 'anything') for (const name of history.unsealed) add('I2', `never sealed: ${name}`);
  checkUids(history, add);
  checkContents(history, add);
  checkNothingLost(history, add);
  checkRuns(history, add);
  checkImages(history, add);
  checkCalls(history, add);
  for (const { stage, code, message, ref } of history.dead)
    if (!stage || !code || !message) add('I17', `the dead letter of ${ref} has no reason`);
  return breaks;
}

type Add = (invariant: string, what: string) => void;

function checkUids({ delivered, damage }: History, add: Add): void {
  const byUid = new Map<string, Delivered>();
  const byContent = new Map<string, Delivered>();
  for (const event of delivered) {
    const before = byUid.get(event.uid);
    byUid.set(event.uid, event);
    if (before) {
      const isSame = nameOf(before) === nameOf(event) && before.rev === event.rev;
      if (!isSame)
        add(
          'I6',
          `uid ${event.uid} is of ${nameOf(before)} r${before.rev} and of ${nameOf(event)} r${event.rev}`,
        );
      else if (damage === 'none') add('I2', `${nameOf(event)} r${event.rev} twice in sealed files`);
      else if (before.line !== event.line && event.stream !== 'users')
        add('I7', `${nameOf(event)} r${event.rev} in other bytes`);
      continue;
    }
    // What is joined, looked up or grouped may change and change back.
    const mayReturn = event.side !== undefined || event.stream === 'incidents' || event.change === 'remove';
    if (mayReturn || damage === 'anything') continue;
    const content = `${nameOf(event)} ${event.rev}`;
    if (byContent.has(content)) add('I2', `${nameOf(event)} r${event.rev} under two uids`);
    byContent.set(content, event);
  }
}

function checkContents({ delivered, expected }: History, add: Add): void {
  const byName = new Map(expected.map((one) => [nameOf(one), one]));
  for (const event of delivered) {
    const one = byName.get(nameOf(event));
    const version = one?.versions?.[event.rev];
    if (!one || (one.versions && !version)) add('I6', `${nameOf(event)} r${event.rev} was never shown`);
    else if (version && version.body !== event.body)
      add('I6', `${nameOf(event)} r${event.rev} has another body`);
    else if (version && event.id !== version.id) add('I6', `${nameOf(event)} r${event.rev} has another id`);
    if (event.change === 'remove' && one && !one.wasRemoved && !one.wasMissedTwice)
      add('I1', `${nameOf(event)} is there and was told gone`);
  }
}

function checkNothingLost(history: History, add: Add): void {
  const last = new Map<string, Delivered>();
  for (const event of history.delivered) last.set(nameOf(event), event);
  const dead = new Set(history.dead.map((letter) => `${nameOf(letter)} ${letter.rev}`));
  for (const one of history.expected) {
    const name = nameOf(one);
    const event = last.get(name);
    if (one.last === undefined) {
      if (event && event.change !== 'remove' && one.tellsRemoval && history.damage === 'none')
        add('I1', `${name} is gone, and nobody was told`);
    } else if (one.poison) {
      if (!one.isTooLate && !dead.has(`${name} ${one.last}`))
        add('I1', `${name} r${one.last} is neither delivered nor dead`);
    } else if (!one.isTooLate && !isCurrent(one, event)) {
      const found = event ? `r${event.rev} ${event.side ?? ''} ${event.change}` : 'nothing';
      add('I1', `lost: ${name} r${one.last} ${one.side ?? ''}, the last that came is ${found}`);
    }
  }
}

function isCurrent(one: Expected, event: Delivered | undefined): boolean {
  if (!event || event.change === 'remove' || event.rev !== one.last) return false;
  return one.side === undefined || event.side === one.side;
}

function checkRuns({ runs, lastRunEvents }: History, add: Add): void {
  for (const { process, tenant, lanes } of runs) {
    for (const { stream, records, removed, events, unchanged, filtered, dead } of lanes) {
      if (records + removed !== events + unchanged + filtered + dead)
        add(
          'I3',
          `process ${process}, ${tenant} ${stream}: ${records} records and ${removed} gone are not ${events} + ${unchanged} + ${filtered} + ${dead}`,
        );
    }
  }
  const quiet = runs.filter(({ isQuiet }) => isQuiet);
  // The first quiet run may still find what the faults left.
  const lastOf = new Map(quiet.map((ran) => [ran.tenant, ran]));
  for (const { tenant, lanes, error } of lastOf.values()) {
    if (error !== undefined) add('I14', `${tenant} is refused in the last quiet run: ${error}`);
    for (const { stream, end, problem } of lanes)
      if (end !== 'done') add('I14', `${tenant} ${stream} ends ${end} in the last quiet run: ${problem}`);
  }
  if (lastRunEvents > 0) add('I14', `${lastRunEvents} events in the last quiet run`);
}

function checkImages({ images }: History, add: Add): void {
  const watermarks = new Map<string, bigint>();
  for (const image of images) {
    const { process, tenant, stream, watermark } = image;
    const lane = `${tenant} ${stream}`;
    if (image.isAfterDamage) {
      watermarks.delete(lane);
      continue;
    }
    const before = watermarks.get(lane);
    if (before !== undefined && (watermark === undefined || watermark < before))
      add('I5', `after process ${process} the watermark of ${lane} is ${watermark}, before it was ${before}`);
    if (watermark !== undefined) watermarks.set(lane, watermark);
    if (image.linesFound !== image.events)
      add(
        'I4',
        `after process ${process} ${lane} has ${image.linesFound} lines, ${image.events} are committed`,
      );
    if (image.deadFound !== image.dead)
      add(
        'I4',
        `after process ${process} ${lane} has ${image.deadFound} dead letters, ${image.dead} are committed`,
      );
    const { records, events, unchanged, filtered, dead } = image;
    if (!['assets', 'exports'].includes(stream) && records !== events + unchanged + filtered + dead)
      add(
        'I3',
        `after process ${process} the checkpoint of ${lane} counts ${records} records, not ${events} + ${unchanged} + ${filtered} + ${dead}`,
      );
  }
}

function checkCalls({ calls, holds, limits }: History, add: Add): void {
  // One application whichever process it calls from; only the process knows time when the clock of its host jumps.
  const keysOf = ({ tenant, process, era }: Call | Hold) => [
    `${tenant} in process ${process}`,
    `${tenant} in era ${era}`,
  ];
  const times = new Map<string, number[]>();
  for (const call of calls) {
    for (const key of keysOf(call)) {
      const known = times.get(key);
      if (known) known.push(call.at);
      else times.set(key, [call.at]);
    }
  }
  for (const [key, all] of times) {
    for (const { calls: most, perMs } of limits) {
      const at = all.findIndex(
        (time, index) => (all[index + most] ?? Number.POSITIVE_INFINITY) - time < perMs,
      );
      if (at !== -1) add('I9', `${key}: more than ${most} calls in the ${perMs} ms from ${all[at]} on`);
    }
  }
  for (const hold of holds) {
    for (const key of keysOf(hold)) {
      const early = times.get(key)?.find((time) => time > hold.from && time < hold.until);
      if (early !== undefined)
        add('I10', `${key}: called at ${early}, held from ${hold.from} to ${hold.until}`);
    }
  }
}
