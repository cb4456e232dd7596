/** What did a lane deliver: of each record its key, the hash of its content, and what is needed when it is gone. */
import { crc32 } from 'node:zlib';
import type { StateFile } from './state-file.ts';

/** `incomplete`: delivered without the answer of a lookup. `missing`: once not listed where lists drift. `gone`: its removal was delivered. */
export type SeenState = 'known' | 'incomplete' | 'missing' | 'gone';

/** One delivered record. */
export interface Seen {
  key: string;
  /** The 16 bytes of its content's hash. */
  hash: Uint8Array;
  /** How many versions of it were delivered before this one; none when absent. */
  version?: number;
  /** `known` when absent. */
  state?: SeenState;
  /** Text whose order is that of time (`timestampRank`), compared as bytes: by it old entries are forgotten. */
  instant?: string;
  /** The record as JSON, where its removal is to be told one day, and the key of the joined record that it stands and falls with. */
  kept?: { record: string; parent?: string };
}

/** A delivered record as the lane finds it. `id` grows in the order of first delivery. */
export interface Known {
  id: number;
  hash: Uint8Array;
  version: number;
  state: SeenState;
  instant?: string;
}

/** A delivered record with its content. */
export interface KeptRecord extends Known {
  key: string;
  record: string;
}

/*
 * `seen` keeps the order of arrival, and its index is over a small checksum of the key instead of the key: a page of random
 * keys then dirties a quarter of the disk pages that a table ordered by key would. Keys with one checksum are told apart by
 * comparing them; that a key occurs once is kept by `record`, the only statement that adds.
 */
export const SEEN_SCHEMA = `
  create table seen (
    id integer primary key, slot integer not null, key text not null, hash blob not null, version integer not null,
    state integer not null, instant text, generation integer not null
  );
  create index seen_slot on seen (slot);
  create table kept (id integer primary key, parent text, record text not null);
  create index kept_parent on kept (parent) where parent is not null;
`;

const STATES: readonly SeenState[] = ['known', 'incomplete', 'missing', 'gone'];
const GONE = STATES.indexOf('gone');
/** Rows that are read or written at once: bounds what is in memory, and no statement stays open over a commit. */
const ROWS_AT_ONCE = 1_000;
/** Slots that are known to be taken, as bits: most keys of a first run are found to be new without reading the file. */
const FILTER_BITS = 24;

type Row = [id: number, hash: Uint8Array, version: number, state: number, instant: string | null];

export class SeenTable {
  readonly #find;
  readonly #record;
  readonly #keep;
  readonly #drop;
  readonly #forget;
  readonly #dropLost;
  readonly #ids;
  readonly #kept;
  readonly #keptOf;
  readonly #parents;
  readonly #greatest;
  readonly #taken = new Uint8Array(2 ** (FILTER_BITS - 3));

  constructor(file: StateFile) {
    this.#find = file
      .prepare("select id, hash, version, state, instant from seen where slot = ? and key = (? ->> '$')")
      .raw();
    this.#record = file.prepare(`
      insert into seen (id, slot, key, hash, version, state, instant, generation)
      select known.id, given.value ->> 0, given.value ->> 1, unhex(given.value ->> 2), given.value ->> 3, given.value ->> 4,
        given.value ->> 5, ?
      from json_each(?) given left join seen known on known.slot = given.value ->> 0 and known.key = given.value ->> 1
      where true
      on conflict (id) do update set hash = excluded.hash, version = excluded.version, state = excluded.state,
        instant = excluded.instant, generation = excluded.generation
    `);
    this.#keep = file.prepare(`
      insert into kept (id, parent, record)
      select id, ?, ? from seen where slot = ? and key = (? ->> '$')
      on conflict (id) do update set parent = excluded.parent, record = excluded.record
    `);
    this.#drop = file.prepare(`
      delete from kept where id in (
        select seen.id from json_each(?) given join seen on seen.slot = given.value ->> 0 and seen.key = given.value ->> 1
      )
    `);
    this.#forget = file.prepare('delete from seen where instant < ? and (? or state = ?)');
    this.#dropLost = file.prepare('delete from kept where id not in (select id from seen)');
    this.#ids = file
      .prepare(`select id from seen where id > ? and state <> ${GONE} order by id limit ${ROWS_AT_ONCE}`)
      .raw();
    const kept = 'select id, hash, version, state, instant, key, record from seen join kept using (id)';
    this.#kept = file.prepare(`${kept} where id in (select value from json_each(?)) order by id`).raw();
    this.#keptOf = file
      .prepare(`${kept} where parent = ? and id > ? order by id limit ${ROWS_AT_ONCE}`)
      .raw();
    this.#parents = file
      .prepare(
        `select distinct parent from kept where parent is not null and parent > ? order by parent limit ${ROWS_AT_ONCE}`,
      )
      .raw();
    this.#greatest = file.prepare('select max(id) from seen').raw();
    const slots = file.prepare('select slot from seen where id > ? and id <= ?').raw();
    for (let from = 0; from < this.greatestId; from += ROWS_AT_ONCE) {
      for (const [slot] of slots.all([from, from + ROWS_AT_ONCE]) as [number][]) this.#take(slot);
    }
  }

  /** Ids up to this one were given out. */
  get greatestId(): number {
    const [id] = this.#greatest.get([]) as [number | null];
    return id ?? 0;
  }

  find(key: string): Known | undefined {
    const slot = crc32(key);
    const bit = slot & (2 ** FILTER_BITS - 1);
    if (((this.#taken[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return undefined;
    const row = this.#find.get([slot, JSON.stringify(key)]) as Row | undefined;
    return row && knownOf(row);
  }

  /** Of several entries with one key the last counts. */
  record(entries: readonly Seen[], generation: number): void {
    const last = [...new Map(entries.map((entry) => [entry.key, entry])).values()];
    for (let from = 0; from < last.length; from += ROWS_AT_ONCE)
      this.#recordSome(last.slice(from, from + ROWS_AT_ONCE), generation);
  }

  /** Of many short values one bound text is several times faster than one a column. */
  #recordSome(entries: readonly Seen[], generation: number): void {
    const rows = entries.map(({ key, hash, version = 0, state = 'known', instant }) => {
      const slot = crc32(key);
      this.#take(slot);
      const hex = Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('hex');
      return [slot, key, hex, version, STATES.indexOf(state), instant ?? null];
    });
    this.#record.run([generation, JSON.stringify(rows)]);
    // These are long texts: within one JSON text they would have to be escaped once more.
    for (const { key, kept } of entries)
      if (kept) this.#keep.run([kept.parent ?? null, kept.record, crc32(key), JSON.stringify(key)]);
    const gone = entries.flatMap(({ key, state }) => (state === 'gone' ? [[crc32(key), key]] : []));
    if (gone.length > 0) this.#drop.run([JSON.stringify(gone)]);
  }

  /** Forgets what lies before the instant: all of it, or only what is gone. */
  forgetBefore(instant: string, isAll: boolean): void {
    this.#forget.run([instant, isAll ? 1 : 0, GONE]);
    // Nothing is kept of what is gone.
    if (isAll) this.#dropLost.run([]);
  }

  /** Ids of what is not gone, from the least up to `greatest`. */
  *ids(greatest: number): Generator<number> {
    for (let after = 0; ; ) {
      const rows = this.#ids.all([after]) as [number][];
      for (const [id] of rows) {
        if (id > greatest) return;
        yield id;
      }
      const last = rows[rows.length - 1]?.[0];
      if (last === undefined) return;
      after = last;
    }
  }

  /** What was kept of these. */
  kept(ids: readonly number[]): KeptRecord[] {
    return (this.#kept.all([JSON.stringify(ids)]) as [...Row, string, string][]).map(keptOf);
  }

  /** What was kept of those that stand and fall with a joined record. */
  *keptOf(parent: string): Generator<KeptRecord> {
    for (let after = 0; ; ) {
      const rows = this.#keptOf.all([parent, after]) as [...Row, string, string][];
      yield* rows.map(keptOf);
      const last = rows[rows.length - 1]?.[0];
      if (last === undefined) return;
      after = last;
    }
  }

  /** Keys of joined records that something stands and falls with. */
  *parents(): Generator<string> {
    for (let after = ''; ; ) {
      const rows = this.#parents.all([after]) as [string][];
      for (const [parent] of rows) yield parent;
      const last = rows[rows.length - 1]?.[0];
      if (last === undefined) return;
      after = last;
    }
  }

  #take(slot: number): void {
    const bit = slot & (2 ** FILTER_BITS - 1);
    this.#taken[bit >>> 3] = (this.#taken[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
}

function knownOf([id, hash, version, state, instant]: Row): Known {
  return { id, hash, version, state: STATES[state] ?? 'known', ...(instant !== null && { instant }) };
}

function keptOf([id, hash, version, state, instant, key, record]: [...Row, string, string]): KeptRecord {
  return { ...knownOf([id, hash, version, state, instant]), key, record };
}
