/** Is everything that a tenant ever showed in the files, each once and whole? Knows the truth from the twin, and nothing of the engine. */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type History,
  type Json,
  lastOf,
  type Recorded,
  STREAMS,
  type StreamName,
  type Version,
} from './history.ts';
import { partsIn } from './run-process.ts';

/** What is wrong, in words; empty lists and texts where nothing is. */
export interface Verdict {
  lost: string[];
  twice: string[];
  torn: string[];
  open: string[];
  /** Events that tell of what never was, or of something gone that is there. */
  untrue: string[];
  events: number;
  dead: number;
}

interface Told {
  line: string;
  event: Json;
}

export function checkOutput(out: string, history: History): Verdict {
  const verdict: Verdict = { lost: [], twice: [], torn: [], open: [], untrue: [], events: 0, dead: 0 };
  const byStream = new Map<string, Told[]>(STREAMS.map((name) => [name, []]));
  const dead: Json[] = [];
  for (const path of [...partsIn(out).keys()].sort()) {
    const name = basename(path);
    if (name.endsWith('.open')) verdict.open.push(name);
    const lines = linesOf(path, verdict);
    if (basename(dirname(path)) === 'dead') dead.push(...lines.map(({ event }) => event));
    else byStream.get(name.slice(0, name.indexOf('-')))?.push(...lines);
  }
  verdict.dead = dead.length;
  for (const stream of STREAMS) {
    const told = byStream.get(stream) ?? [];
    verdict.events += told.length;
    checkUids(stream, told, verdict);
    checkRecords(stream, told, history[stream], dead, verdict);
  }
  return verdict;
}

function linesOf(path: string, verdict: Verdict): Told[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') verdict.torn.push(`${basename(path)} does not end with a line feed`);
  const told: Told[] = [];
  for (const [index, line] of lines.entries()) {
    try {
      told.push({ line, event: JSON.parse(line) });
    } catch {
      verdict.torn.push(`${basename(path)} line ${index + 1}`);
    }
  }
  return told;
}

function checkUids(stream: string, told: readonly Told[], verdict: Verdict): void {
  const uids = new Set<unknown>();
  for (const { event } of told) {
    const uid = at(event, 'metadata', 'uid');
    if (uid === undefined) continue;
    if (uids.has(uid)) verdict.twice.push(`${stream}: metadata.uid ${uid}`);
    uids.add(uid);
  }
}

/** An event for each content that a record ever had, at most; and the last one of each is the last content that it had. */
/** One uid twice, or one content twice with nothing between. */
function hasRepetition(events: readonly Told[]): boolean {
  const contents = events.map(({ event }) => {
    const { metadata, ...rest } = event as { metadata: { uid: string } };
    return { uid: metadata.uid, text: JSON.stringify({ ...rest, metadata: { ...metadata, uid: '' } }) };
  });
  const isSameUid = new Set(contents.map(({ uid }) => uid)).size < contents.length;
  return isSameUid || contents.some(({ text }, index) => text === contents[index - 1]?.text);
}

function checkRecords(
  stream: StreamName,
  told: readonly Told[],
  recorded: Map<string, Recorded>,
  dead: readonly Json[],
  verdict: Verdict,
): void {
  const byKey = new Map<string, Told[]>();
  for (const one of told) {
    const key = String(KEYS[stream](one.event));
    byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  for (const key of byKey.keys()) {
    if (!recorded.has(key)) verdict.untrue.push(`${stream}: ${key} never was`);
  }
  for (const [key, record] of recorded) {
    const events = byKey.get(key) ?? [];
    const what = `${stream}: ${key}`;
    const { versions } = record;
    // A list of changes may tell of a row once more after its machine has gone, before it tells that the row has, too: it is
    // there once more then, and told gone again.
    const isGoneOnce = REMOVING.includes(stream) && versions.includes(undefined);
    const again = events.filter(({ event }) => isRemoval(event)).length - 1;
    const isMore = events.length > versions.length + (isGoneOnce ? 1 + 2 * Math.max(again, 0) : 0);
    // A broken answer shows a content that never was and comes right again: that makes more events, none of them twice.
    if (isMore && hasRepetition(events))
      verdict.twice.push(`${what}: ${events.length} events of ${versions.length} versions`);
    const last = lastOf(record);
    const end = events.at(-1);
    if (last === undefined) {
      const isClosed = !REMOVING.includes(stream) || end === undefined || isRemoval(end.event);
      if (!isClosed) verdict.lost.push(`${what}: gone, and not told`);
    } else if (end !== undefined && isRemoval(end.event)) verdict.untrue.push(`${what}: told gone, is there`);
    else if (end === undefined || !SAYS[stream](end, last)) {
      if (!isInDeadLetters(dead, last.record)) verdict.lost.push(`${what}: its last content is missing`);
    }
    checkEachOnce(what, stream, events, versions, verdict);
  }
}

/** Where an event is a function of the content alone: none that is not of a version, and each as often as that version came up. */
function checkEachOnce(
  what: string,
  stream: StreamName,
  events: readonly Told[],
  versions: Recorded['versions'],
  verdict: Verdict,
): void {
  if (stream !== 'devices') return;
  const due = new Map<string, number>();
  for (const version of versions)
    if (version?.line !== undefined) due.set(version.line, (due.get(version.line) ?? 0) + 1);
  for (const { line } of events) {
    const left = due.get(line);
    if (left === undefined) verdict.untrue.push(`${what}: an event of no version`);
    else if (left === 0) verdict.twice.push(`${what}: the same event`);
    else due.set(line, left - 1);
  }
}

const KEYS: Record<StreamName, (event: Json) => unknown> = {
  devices: (event) => at(event, 'device', 'uid'),
  alerts: (event) => at(event, 'finding_info', 'uid'),
  vulnerabilities: (event) => at(event, 'finding_info', 'uid'),
};

/** Whether an event says what a version of its record says. */
const SAYS: Record<StreamName, (told: Told, version: Version) => boolean> = {
  devices: (told, { line }) => told.line === line,
  alerts: ({ event }, { record }) =>
    at(event, 'metadata', 'modified_time') === Date.parse(String(record.lastUpdateTime)),
  vulnerabilities: ({ event }, { record }) =>
    at(event, 'vulnerabilities', 0, 'is_fix_available') === record.securityUpdateAvailable,
};

/** Streams that tell what is gone. */
const REMOVING: readonly StreamName[] = ['vulnerabilities'];

/** OCSF's activity Close of a finding. */
function isRemoval(event: Json): boolean {
  return event.class_uid === 2002 && event.activity_id === 3;
}

/** The record as it was, without the key that it came without. */
function isInDeadLetters(dead: readonly Json[], record: Json): boolean {
  const { id: _, ...rest } = record;
  const text = JSON.stringify(rest);
  return dead.some((letter) => {
    const isSame = Object.values((letter.record ?? {}) as Json).some((part) => JSON.stringify(part) === text);
    return typeof letter.code === 'string' && (JSON.stringify(letter.record) === text || isSame);
  });
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (from, step) => (from as Record<string | number, unknown> | undefined)?.[step],
    value,
  );
}
