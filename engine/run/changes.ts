/** What of the records that a vendor lists is new, changed or gone? By what the lane has delivered before. */

import type { LaneStore } from '../checkpoint/lane-store.ts';
import type { KeptRecord, Known } from '../checkpoint/seen.ts';
import type { Stream } from '../compile/connector.ts';
import type { Scope } from '../compile/template.ts';
import { valueAt, wholeOf } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { combinedHash } from '../fetch/content-hash.ts';
import type { BuildSide } from '../join/build-side.ts';
import type { Match } from '../join/match.ts';
import { utcRank } from '../join/rank.ts';
import { type ChangeType, changeUid } from './change.ts';
import { type InputFrame, Item } from './item.ts';
import { ListProgress } from './list-progress.ts';
import type { Batch } from './lists.ts';
import type { Marks } from './marks.ts';
import { recordKey } from './record-key.ts';
import { saysGone } from './says-gone.ts';

export interface ChangesOptions {
  stream: Stream;
  store: LaneStore;
  marks: Marks;
  builds: readonly BuildSide[];
  settings: Scope;
  /** Identity of the configured connector. */
  connection: string;
  /** The mapping looks at what the run knows of a change. */
  isChangeRead: boolean;
  isOnlyNew: boolean;
  /** The records are those of dead letters. */
  isReplay: boolean;
  /** The records that are listed are all that there are: what is not among them is absent. */
  isFull: boolean;
}

/** What was delivered of a record before. */
type Before = Pick<Item, 'hash' | 'version' | 'state' | 'instant'> | Omit<Known, 'id'>;

/** What becomes of a listed record. */
export type Finding = Item | 'unchanged' | 'filtered' | EngineError;

export class Changes {
  readonly #options: ChangesOptions;
  /** By key, what each batch will have delivered that is not written yet; the last one first. */
  readonly #underWay: Map<string, Item>[] = [];
  /** A bit for each delivered record that a full scan has met again. */
  #met: Uint8Array | undefined;
  readonly #greatest: number;
  /** Of the list of the records. */
  readonly progress = new ListProgress();
  readonly #frame: InputFrame;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.#greatest = options.store.greatestId;
    this.#frame = {
      recordName: options.stream.recordName,
      joinNames: options.builds.map(({ join }) => join.name),
      settings: options.settings,
    };
    if (options.isFull && options.stream.removed?.isAbsentGone)
      this.#met = new Uint8Array((this.#greatest >>> 3) + 1);
  }

  /** The list was not read as a whole: what it lacks may be there all the same. */
  missRecords(): void {
    this.#met = undefined;
  }

  /** A finding for each record, in their order. */
  async of({ records, hash }: Batch): Promise<Finding[]> {
    this.#underWay.unshift(new Map());
    const gone = await this.#goneAmong(records);
    const findings: Finding[] = [];
    for (let index = 0; index < records.length; index++) {
      const isGone = gone?.[index] ?? false;
      const isSuperseded = isGone === 'superseded';
      findings.push(isSuperseded ? 'unchanged' : this.#listed(records[index], isGone, hash, index));
    }
    return findings;
  }

  /** All batches are written but the last ones. */
  forget(underWay: number): void {
    this.#underWay.length = Math.min(this.#underWay.length, underWay);
  }

  /** The removal of a record that was kept. */
  removal(kept: KeptRecord): Item | undefined {
    if (this.#options.store.find(kept.key)?.state === 'gone') return undefined;
    const item = this.#item(kept.key, JSON.parse(kept.record), 'remove', kept.hash, kept.version + 1);
    if (kept.instant !== undefined) item.instant ??= kept.instant;
    return item;
  }

  /** Batches of what was kept and is there no more: not listed by a full scan, or without the joined record that it had. */
  *absent(driftIsPossible: boolean): Generator<KeptRecord[]> {
    const { store, stream, builds } = this.#options;
    if (this.#met) yield* this.#notMet(driftIsPossible);
    const build = builds.find(({ join }) => join.name === stream.removed?.with);
    if (!build || build.isMissing || build.hasUnknown) return;
    let batch: KeptRecord[] = [];
    for (const kept of store.keptOf(isLost(build))) {
      batch.push(kept);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** The item was written: it is remembered with the next commit. */
  delivered({ key, hash, version, state, instant, parent, record }: Item): void {
    const { store, stream, isReplay } = this.#options;
    // A letter must not come twice because what it gave was forgotten before the letter was gone.
    const isDated = instant !== undefined && (!isReplay || stream.removed?.at !== undefined);
    const isKept = stream.removed !== undefined && state !== 'gone';
    store.stage({
      key,
      hash,
      version,
      state,
      ...(isDated && { instant }),
      ...(isKept && {
        kept: { record: JSON.stringify(wholeOf(record)), ...(parent !== undefined && { parent }) },
      }),
    });
  }

  /** Text whose order is that of time, where the stream has it. */
  instantOf(record: unknown): string | undefined {
    const { stream, marks } = this.#options;
    if (!stream.removed?.at) return marks.rankOf(record);
    return utcRank(valueAt(record, stream.removed.at)) || undefined;
  }

  /** For a stream whose records say of themselves that they are gone: which do, and which are outdone by another of the batch. */
  async #goneAmong(records: readonly unknown[]): Promise<(boolean | 'superseded')[] | undefined> {
    const { stream } = this.#options;
    const { removed } = stream;
    if (!removed?.when) return undefined;
    // Without an instant each counts when it comes.
    const isDated = removed.at !== undefined;
    const gone: (boolean | 'superseded')[] = [];
    const last = new Map<string, number>();
    for (const [index, record] of records.entries()) {
      const isGone = await saysGone(stream, wholeOf(record));
      gone.push(isGone);
      const key = isDated ? recordKey(stream, record) : undefined;
      if (key === undefined) continue;
      const before = last.get(key);
      if (before === undefined) {
        last.set(key, index);
        continue;
      }
      const [one, other] = [this.instantOf(records[before]) ?? '', this.instantOf(record) ?? ''];
      const isOutdone = other < one || (other === one && isGone && gone[before] !== true);
      gone[isOutdone ? index : before] = 'superseded';
      if (!isOutdone) last.set(key, index);
    }
    return gone;
  }

  #listed(record: unknown, isGone: boolean, hashOf: Batch['hash'], index: number): Finding {
    const { stream, store, marks, builds, isOnlyNew } = this.#options;
    const key = recordKey(stream, record);
    if (key === undefined) {
      // It may be any of those that are missed.
      this.missRecords();
      return withoutKey(stream);
    }
    marks.noteSeen(record);
    const underWay = this.#itemUnderWay(key);
    const stored = underWay ? undefined : store.find(key);
    if (stored && this.#met) this.#meet(stored.id);
    if (!underWay) this.progress.note(stored?.id);
    const known: Before | undefined = underWay ?? stored;
    const instant = this.instantOf(record);
    const isThere = known !== undefined && known.state !== 'gone';
    if (stream.removed?.at && known?.instant !== undefined && instant !== undefined) {
      if (instant < known.instant || (instant === known.instant && isGone && isThere)) return 'unchanged';
    }
    if (isGone) {
      if (!isThere) return this.#unchanged(key, known, instant);
      return this.#found(this.#item(key, record, 'remove', known.hash, known.version + 1), known);
    }
    const matches: (Match | undefined)[] = [];
    const hashes = [hashOf(index)];
    for (const build of builds) {
      const match = build.find(record);
      matches.push(match);
      hashes.push(match?.hash ?? '');
    }
    const hash = combinedHash(hashes);
    const isSame = isThere && hash === known.hash;
    // Perhaps emitted by a run that broke off before it could remember that.
    if (isSame && !underWay) marks.noteEmitted(record);
    if (isSame && known.state !== 'incomplete') return this.#unchanged(key, known, instant);
    if (isOnlyNew && !marks.isNew(record)) return 'filtered';
    const type = isThere ? 'update' : 'create';
    // An answer that comes late makes another version of the same content.
    const item = this.#item(key, record, type, hash, known ? known.version + 1 : 0, matches);
    item.isRepeated = isSame;
    return this.#found(item, known);
  }

  #itemUnderWay(key: string): Item | undefined {
    for (const items of this.#underWay) {
      const item = items.get(key);
      if (item) return item;
    }
    return undefined;
  }

  /** That it was listed is remembered where it says something: it is there after all, or is so at a later instant. */
  #unchanged(key: string, known: Before | undefined, instant: string | undefined): 'unchanged' {
    if (!known) return 'unchanged';
    const { hash, version } = known;
    const isDated = this.#options.stream.removed?.at !== undefined;
    const isLater = isDated && instant !== undefined && instant > (known.instant ?? '');
    const state = known.state === 'missing' ? 'known' : known.state;
    if (isLater || state !== known.state) {
      const at = isLater ? instant : known.instant;
      this.#options.store.stage({ key, hash, version, state, ...(at !== undefined && { instant: at }) });
    }
    return 'unchanged';
  }

  /** What bears no instant does not make the one forgotten that is known: what was told before it may come again. */
  #found(item: Item, before: Before | undefined): Item {
    item.instant ??= before?.instant;
    this.#underWay[0]?.set(item.key, item);
    return item;
  }

  #item(
    key: string,
    record: unknown,
    type: ChangeType,
    hash: string,
    version: number,
    matches: readonly (Match | undefined)[] = this.#options.builds.map((build) => build.find(record)),
  ): Item {
    const { stream, builds, connection, isChangeRead } = this.#options;
    const item = new Item(this.#frame, key, record, matches, type, hash, version);
    item.instant = this.instantOf(record);
    const { removed } = stream;
    if (removed?.with !== undefined) {
      const index = builds.findIndex(({ join }) => join.name === removed.with);
      if (matches[index]) item.parent = builds[index]?.keyOf(record);
    }
    if (isChangeRead)
      item.change = { type, uid: changeUid(type, { connection, stream: stream.name, key, hash, version }) };
    return item;
  }

  #meet(id: number): void {
    const at = id >>> 3;
    if (this.#met && id <= this.#greatest) this.#met[at] = (this.#met[at] ?? 0) | (1 << (id & 7));
  }

  /** Where pages drift a record can be skipped by one scan: it is gone when the next one does not list it either. */
  *#notMet(driftIsPossible: boolean): Generator<KeptRecord[]> {
    const { store, stream } = this.#options;
    const isMet = (id: number) => ((this.#met?.[id >>> 3] ?? 0) & (1 << (id & 7))) !== 0;
    let known = 0;
    let absent = 0;
    for (const id of store.ids(this.#greatest)) {
      known++;
      if (!isMet(id)) absent++;
    }
    if (absent > GONE_AT_ONCE_MAX && absent * 2 > known) throw tooManyGone(stream, absent, known);
    let ids: number[] = [];
    const take = (): KeptRecord[] => {
      const rows = store.kept(ids);
      ids = [];
      const isFirstTime = ({ state }: KeptRecord) => driftIsPossible && state !== 'missing';
      for (const row of rows.filter(isFirstTime)) {
        const { id: _, record: __, ...seen } = row;
        store.stage({ ...seen, state: 'missing' });
      }
      return rows.filter((row) => !isFirstTime(row));
    };
    for (const id of store.ids(this.#greatest)) {
      if (isMet(id)) continue;
      ids.push(id);
      if (ids.length === BATCH) yield take();
    }
    if (ids.length > 0) yield take();
  }
}

/** Records that are looked at together. */
const BATCH = 500;
/** Answers that are held, so that the list is not asked for each record. */
const ANSWERS_MAX = 10_000;
/** More than this many gone at once, and more than half of all, is a vendor that lost its list. */
const GONE_AT_ONCE_MAX = 1_000;

/** Whether the list has the record no more; neighbours ask for the same, in turns. */
function isLost(build: BuildSide): (key: string) => boolean {
  const answers = new Map<string, boolean>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = !build.has(key);
    if (answers.size >= ANSWERS_MAX) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}

function withoutKey(stream: Stream): EngineError {
  const name = (stream.group?.by ?? stream.endpoint.keyPath ?? []).join('.');
  return new EngineError({
    code: 'record-without-key',
    kind: 'data',
    message: `the record has no \`${name}\``,
    at: stream.endpoint.at,
  });
}

function tooManyGone(stream: Stream, absent: number, known: number): EngineError {
  return new EngineError({
    code: 'removed-too-many',
    kind: 'contract',
    message: `the list of \`${stream.endpoint.name}\` lacks ${absent} of ${known} records that were there before, expected at most half`,
    fix: 'look at what the vendor shows; to take them as gone, begin anew with another --state',
    at: stream.at,
  });
}
