/** Which dead letters of a lane are played again, what became of each, and what is therefore left of their files? */

import { join } from 'node:path';
import { msOfInstant, parseInstant } from '../checkpoint/instant.ts';
import type { LaneStore } from '../checkpoint/lane-store.ts';
import type { Known } from '../checkpoint/seen.ts';
import type { Endpoint, Stream } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import type { Files } from '../files.ts';
import { FILE_PAGE_BYTES_MAX } from '../limits.ts';
import { type DeadLetter, deadLetterLine } from '../write/dead-letters.ts';
import { destinationError } from '../write/destination.ts';
import type { Counters } from './counters.ts';
import {
  type DeadLine,
  deadLines,
  type LinePlace,
  letterAt,
  readDeadFile,
  rewriteDeadFile,
} from './dead-files.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { LetterList } from './letter-list.ts';
import { recordKey } from './record-key.ts';
import { saysGone } from './says-gone.ts';

/** What the operator asks of a replay; of each kind any when absent. */
export interface ReplayRequest {
  codes?: readonly string[];
  stages?: readonly string[];
}

export interface ReplayOptions extends ReplayRequest {
  /** Where the dead letters lie. */
  directory: string;
  /** The name that the lane gives itself in them. */
  lane: string;
  files: Files;
}

/** What a replay knows of the lane it plays into. */
export interface ReplayLane {
  stream: Stream;
  store: LaneStore;
  counters: Counters;
  /** Text whose order is that of time, for streams that have it. */
  instantOf(record: unknown): string | undefined;
}

/** A letter that may be played, and the older ones of the same record. */
interface Played extends LinePlace {
  /** Nanoseconds since the epoch. */
  at: bigint;
  state: string | undefined;
  version: number | undefined;
  isChosen: boolean;
  older: string[];
}

/** A page of letters, small enough to be in memory at once. */
export interface LetterPage {
  records: unknown[];
  /** When they were fetched, in milliseconds since the epoch. */
  fetchedAt: number;
}

/** Letters of a page: one is a unit of work that is lost when the process is killed. */
const LETTERS_AT_ONCE = 500;

export class Replay {
  readonly #options: ReplayOptions;
  #lane: ReplayLane | undefined;
  /** Those of the newest state of each record, in the order of their files. */
  #waiting: Played[] = [];
  #bytes: { path: string; bytes: Buffer } | undefined;
  /** The letters of the page in hand, by their records. */
  readonly #inHand = new Map<unknown, { played: Played; letter: DeadLetter; failed?: DeadLetter }>();
  /** What was found to be outdone since the last commit. */
  #outdone: Played[] = [];
  /** By file and digest, what becomes of committed letters: a line in their place, or nothing. */
  readonly #settled = new Map<string, string | undefined>();
  readonly #paths = new Set<string>();

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Reads which letters there are. Parts of earlier runs have been brought to their committed end before. */
  async begin(lane: ReplayLane): Promise<void> {
    const { files, directory } = this.#options;
    // A lane that has letters has committed the records that they are of.
    if (!lane.store.checkpoint()?.counters.records) throw withoutState(this.#options.lane);
    this.#lane = lane;
    await this.#removeTorn(lane);
    const newest = new Map<string, Played>();
    for await (const line of deadLines(files, directory, false)) {
      if (!('letter' in line) || line.letter.lane !== this.#options.lane) continue;
      // A page that was passed over is no record.
      if (line.letter.stage === 'decode') continue;
      this.#paths.add(line.path);
      const key = recordKey(lane.stream, line.letter.record);
      const played = this.#played(line, line.letter);
      // Without a key each stands for itself.
      const name = key === undefined ? `${line.path}\0${line.number}` : `=${key}`;
      const other = newest.get(name);
      if (other && isNewer(other, played)) other.older.push(played.digest);
      else {
        if (other) played.older.push(other.digest, ...other.older);
        newest.set(name, played);
      }
    }
    this.#waiting = [...newest.values()].filter(({ isChosen }) => isChosen);
  }

  /** The letters as a list of the lane's. */
  list(endpoint: Endpoint): LetterList {
    const { stream } = this.#lane as ReplayLane;
    return new LetterList(endpoint, () => this.#nextPage(), ignoredPaths(stream, stream.recordName));
  }

  /** Takes the letters of records that failed again. */
  write(letters: readonly DeadLetter[]): void {
    for (const letter of letters) {
      const one = this.#inHand.get(letter.record);
      if (!one) continue;
      one.failed = letter;
      this.#countOutdone(-one.played.older.length);
    }
  }

  /** What was done since the last time is committed: the letters may go. */
  committed(): void {
    for (const { played, letter, failed } of this.#inHand.values()) {
      if (failed) this.#settled.set(played.digest, this.#failedAgain(letter, failed));
      else this.#remove(played);
    }
    for (const played of this.#outdone) this.#remove(played);
    this.#inHand.clear();
    this.#outdone = [];
  }

  /** Rewrites the files. Killed before or in between, the next replay finds by the seen-set what was delivered. */
  async settle(): Promise<void> {
    if (this.#settled.size === 0) return;
    for (const path of this.#paths) {
      try {
        await rewriteDeadFile(this.#options.files, path, this.#settled);
      } catch (error) {
        throw destinationError(path, error);
      }
    }
  }

  /** What a replay that was killed was writing. */
  async #removeTorn({ store }: ReplayLane): Promise<void> {
    const { files, directory } = this.#options;
    for (const name of await files.list(directory))
      if (name.endsWith('.ndjson.tmp') && name.includes(`-${store.id}-`))
        await files.remove(join(directory, name));
  }

  #played({ path, number, start, end, digest }: DeadLine, letter: DeadLetter): Played {
    const { state, version } = letter;
    const at = parseInstant(letter.at) ?? 0n;
    const isChosen = isAsked(letter, this.#options);
    return { path, number, start, end, digest, at, state, version, isChosen, older: [] };
  }

  /** The next letters, of one file and one time of fetching; undefined when there are no more. */
  async #nextPage(): Promise<LetterPage | undefined> {
    let size = 0;
    let at: bigint | undefined;
    const records: unknown[] = [];
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      size += next.end - next.start;
      const isFull = records.length === LETTERS_AT_ONCE || size > FILE_PAGE_BYTES_MAX;
      if (records.length > 0 && (isFull || next.at !== at)) break;
      this.#waiting.shift();
      const record = await this.#taken(next);
      if (record === undefined) continue;
      at = next.at;
      records.push(record);
    }
    return at === undefined ? undefined : { records, fetchedAt: msOfInstant(at) };
  }

  /** The record of a letter that is to be played; undefined for one that is outdone or has to wait. */
  async #taken(played: Played): Promise<object | undefined> {
    const lane = this.#lane as ReplayLane;
    const letter = letterAt(await this.#bytesOf(played.path), played);
    const record = letter?.record;
    // What is no object has no key, and never will.
    if (!letter || typeof record !== 'object' || record === null) return undefined;
    const key = recordKey(lane.stream, record);
    const known = key === undefined ? undefined : lane.store.find(key);
    const isAbsence = letter.change === 'remove' && !(await saysGone(lane.stream, record));
    if (isAbsence ? !known || isOutdone(letter, known, lane) : known && isOutdone(letter, known, lane)) {
      this.#outdone.push(played);
      this.#countOutdone(1 + played.older.length);
      return undefined;
    }
    // Whether it is still gone only a whole list can tell, and the next one tells it.
    if (isAbsence) return undefined;
    this.#inHand.set(record, { played, letter });
    // The older ones go with it, unless it fails.
    this.#countOutdone(played.older.length);
    return record;
  }

  #countOutdone(letters: number): void {
    const { counters } = this.#lane as ReplayLane;
    counters.records += letters;
    counters.unchanged += letters;
  }

  async #bytesOf(path: string): Promise<Buffer> {
    if (this.#bytes?.path !== path)
      this.#bytes = { path, bytes: await readDeadFile(this.#options.files, path) };
    return this.#bytes.bytes;
  }

  #remove({ digest, older }: Played): void {
    for (const one of [digest, ...older]) this.#settled.set(one, undefined);
  }

  /** The letter with its new reason; all that is told of the record itself stays. */
  #failedAgain(letter: DeadLetter, { stage, code, message, where, mapping, at }: DeadLetter): string {
    const { record, where: _, mapping: __, ...rest } = letter;
    const line = deadLetterLine({
      ...rest,
      stage,
      code,
      message,
      ...(where !== undefined && { where }),
      ...(mapping !== undefined && { mapping }),
      attempts: (letter.attempts ?? 1) + 1,
      triedAt: at,
      record,
    });
    return line.trimEnd();
  }
}

/** Whether a replay is to play the letter. */
export function isAsked(
  { code, stage }: DeadLetter,
  { codes, stages }: Pick<ReplayRequest, 'codes' | 'stages'>,
): boolean {
  return (codes?.includes(code) ?? true) && (stages?.includes(stage) ?? true);
}

/** Of two letters of a record, by what had been delivered before each, then by their time; the one that is read later is later. */
function isNewer(one: Played, than: Played): boolean {
  const isCounted = one.state !== undefined && one.state === than.state;
  const [a, b] = isCounted ? [one.version, than.version] : [];
  return a === undefined || b === undefined || a === b ? one.at > than.at : a > b;
}

/**
 * Whether another version of the record was delivered since. Where the lane's own count does not tell, the instants do; where
 * they do not either, what was delivered stands.
 */
function isOutdone(
  { state, version, record }: DeadLetter,
  known: Omit<Known, 'id'>,
  lane: ReplayLane,
): boolean {
  if (state === lane.store.id && version !== undefined) return known.version >= version;
  const instant = lane.instantOf(record);
  return instant === undefined || known.instant === undefined || instant <= known.instant;
}

/** Without what was delivered before, letters could put older records over newer ones. */
function withoutState(lane: string): EngineError {
  return new EngineError({
    code: 'replay-without-state',
    kind: 'state',
    message: `the lane ${lane} has committed no record here, and its dead letters can be played only into the state that they came from`,
    fix: 'give the --state of the run that wrote them; where it is lost, run again with --full: what still fails is kept anew',
  });
}
