/** The effects of one lane: what each state of its machine does, on the data that the lane holds. */
import { changeHash } from '../checkpoint/change-hash.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { formatInstant } from '../checkpoint/instant.ts';
import type { LaneStore, Seen } from '../checkpoint/lane-store.ts';
import type { Join, Stream } from '../compile/connector.ts';
import { valueAt } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import type { Page, Walk } from '../fetch/walk.ts';
import { backoffMs, waitFor } from '../http/backoff.ts';
import { BuildSide, noKey } from '../join/build-side.ts';
import type { JoinTable } from '../join/join-table.ts';
import { DEAD_RECORDS_PER_PAGE_MAX, DEAD_SHARE_PER_PAGE_MAX } from '../limits.ts';
import type { Mapping } from '../map/evaluate.ts';
import { placeText } from '../report/format.ts';
import type { DeadLetter, DeadLetters } from '../write/dead-letters.ts';
import type { Destination } from '../write/destination.ts';
import { Counters } from './counters.ts';
import { eventsOf } from './events-of.ts';
import type { LaneSteps, Outcome } from './lane-machine.ts';
import { Marks } from './marks.ts';
import { planScan, type ScanPlan } from './scan-plan.ts';

/** Records that go from joining to writing together: bounds what is parsed in memory at once. */
const BATCH_RECORDS = 500;
/** A page with fewer dead records than this never stops a lane: one bad record of three is no broken mapping. */
const DEAD_RECORDS_TO_JUDGE = 50;

/** What a lane works with. Everything that reaches outside is made by whoever starts it. */
export interface LaneOptions {
  name: string;
  stream: Stream;
  mapping: Mapping;
  store: LaneStore;
  destinations: readonly Destination[];
  deadLetters: DeadLetters;
  /** Joins that the settings turn on. */
  joins: readonly { join: Join; isKeyKnown: boolean }[];
  /** The join key of the stream's own records is known from recorded answers. */
  isRecordKnown: boolean;
  isOnlyNew: boolean;
  isFullAsked: boolean;
  /** Bound of the slice, in milliseconds since the epoch. */
  now: number;
  /** The mapping's time, where it is fixed; the page's fetch time otherwise. */
  mappingNow: number | undefined;
  joinTable(name: string): JoinTable;
  /** A walk over an endpoint; `from` is the instant to ask from, for the stream's own. */
  walk(endpoint: Stream['endpoint'], from?: string): Promise<Walk>;
  random(): number;
  /** Told when the vendor asks everyone to wait. */
  onRateLimited(endpoint: Stream['endpoint'], ms: number): void;
}

/** A list under way. */
interface List {
  walk: Walk;
  /** Where its records go when they are to be joined. */
  build?: BuildSide;
  restart: () => Promise<Walk>;
  isRestarted: boolean;
}

/** A record on its way through the lane. */
interface Item {
  key: string;
  record: unknown;
  input: Record<string, unknown>;
  hash: Buffer;
  events: string[];
}

export class Lane implements LaneSteps {
  readonly #options: LaneOptions;
  readonly counters = new Counters();
  #checkpoint: Checkpoint | undefined;
  #scan: ScanPlan = { kind: 'full', why: '' };
  #marks: Marks;
  #builds: BuildSide[] = [];
  /** Lists still to be walked: those to be joined first, the stream's own last. */
  #lists: List[] = [];
  #page: Page | undefined;
  #nextRecord = 0;
  #deadInPage = 0;
  #items: Item[] = [];
  /** By key, the hash of each record of the batch in hand. */
  #inBatch = new Map<string, Buffer>();
  /** Of the page in hand, not yet committed. */
  #seen = new Map<string, Seen>();
  #dead: DeadLetter[] = [];
  #isFinished = false;
  /** False between the acknowledgement of a page and the commit that remembers it. */
  #isCommitted = true;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#marks = new Marks(options.stream, undefined, this.#scan, options.now);
  }

  get scan(): ScanPlan {
    return this.#scan;
  }

  /** Where the records of the page in hand come from. */
  get listName(): string {
    return this.#lists[0]?.walk.endpoint.name ?? '';
  }

  async plan(): Promise<Outcome> {
    const { stream, store, destinations, deadLetters, joins, now, isFullAsked } = this.#options;
    this.#checkpoint = store.checkpoint();
    for (const output of [...destinations, deadLetters]) await this.#recover(output);
    this.#scan = planScan(stream.cursor, this.#checkpoint, now, isFullAsked);
    this.#marks = new Marks(stream, this.#checkpoint, this.#scan, now);
    for (const { join, isKeyKnown } of joins) {
      const build = new BuildSide(join, this.#options.joinTable(join.name), isKeyKnown);
      this.#builds.push(build);
      const restart = () => this.#options.walk(join.endpoint);
      this.#lists.push({ walk: await restart(), build, restart, isRestarted: false });
    }
    const restart = () => this.#options.walk(stream.endpoint, this.#scan.from);
    this.#lists.push({ walk: await restart(), restart, isRestarted: false });
    return { type: 'planned' };
  }

  /** Asked for again before each list and after each wait: a token that is still good costs nothing. */
  async authenticate(): Promise<Outcome> {
    await this.#lists[0]?.walk.prepare();
    return { type: 'authenticated' };
  }

  async fetch(): Promise<Outcome> {
    const list = this.#lists[0];
    if (!list) return { type: 'scan_finished' };
    const step = await this.#step(list);
    if (step.type === 'wait') {
      this.counters.waited(step.ms);
      return { type: 'wait', ms: step.ms, why: `call budget of api \`${list.walk.endpoint.api.name}\`` };
    }
    if (step.type === 'page') {
      this.#page = step.page;
      this.#nextRecord = 0;
      this.#deadInPage = 0;
      this.counters.pageRead(step.page.bytes);
      return { type: 'page' };
    }
    list.build?.finish();
    this.#lists.shift();
    if (this.#lists.length > 0) return { type: 'list_read' };
    this.#isFinished = true;
    return { type: 'scan_finished' };
  }

  async join(): Promise<Outcome> {
    const page = this.#page;
    if (!page) throw new Error('there is no page to join');
    const build = this.#lists[0]?.build;
    if (build) {
      build.store(recordsOf(page, 0, page.records.recordCount));
      this.counters.joined += page.records.recordCount;
      this.#page = undefined;
      return { type: 'stored' };
    }
    const end = Math.min(this.#nextRecord + BATCH_RECORDS, page.records.recordCount);
    const records = [...recordsOf(page, this.#nextRecord, end)];
    if (page.number === 1 && this.#nextRecord === 0) this.#checkJoinKeys(records);
    this.#nextRecord = end;
    this.#inBatch.clear();
    this.#items = records.map((record) => this.#itemOf(record)).filter((item) => item !== undefined);
    return { type: 'batch' };
  }

  async map(): Promise<Outcome> {
    const { mapping, mappingNow } = this.#options;
    const now = mappingNow ?? this.#page?.fetchedAt ?? this.#options.now;
    const mapped: Item[] = [];
    for (const item of this.#items) {
      try {
        const events = eventsOf(await mapping.evaluate(item.input, now), mapping);
        item.events = events.map((event) => JSON.stringify(event));
        mapped.push(item);
      } catch (error) {
        if (!(error instanceof EngineError) || error.kind !== 'data') throw error;
        this.#reject(item.record, 'map', error, item.key);
      }
    }
    this.#items = mapped;
    return { type: 'mapped' };
  }

  async validate(): Promise<Outcome> {
    return { type: 'validated' };
  }

  async write(): Promise<Outcome> {
    const { destinations, deadLetters } = this.#options;
    this.#refuseBrokenMapping();
    const lines = this.#items.flatMap((item) => item.events);
    const text = lines.length === 0 ? '' : `${lines.join('\n')}\n`;
    if (text) for (const destination of destinations) await destination.write(text);
    if (this.#dead.length > 0) await deadLetters.write(this.#dead);
    for (const item of this.#items) {
      const cursor = this.#marks.rankOf(item.record);
      this.#seen.set(item.key, { key: item.key, hash: item.hash, ...(cursor !== undefined && { cursor }) });
      this.#marks.noteEmitted(item.record);
    }
    this.counters.events += lines.length;
    this.#items = [];
    this.#dead = [];
    return { type: 'written', more: this.#nextRecord < (this.#page?.records.recordCount ?? 0) };
  }

  /** Durable first, then remembered: the checkpoint moves only after every destination has acknowledged. */
  async checkpoint(): Promise<Outcome> {
    const { destinations, deadLetters, store } = this.#options;
    // Those of other runs' destinations stay: a part there may still wait to be settled.
    const positions: Checkpoint['destinations'] = { ...this.#checkpoint?.destinations };
    this.#isCommitted = false;
    for (const destination of [...destinations, deadLetters])
      positions[destination.name] = await destination.acknowledge();
    const checkpoint: Checkpoint = {
      version: 1,
      ...this.#marks.remembered(this.#isFinished),
      destinations: positions,
      counters: this.counters.addedTo(this.#checkpoint?.counters),
    };
    const pruneBefore = this.#isFinished ? this.#marks.pruneBefore(checkpoint.watermark) : undefined;
    const seen = [...this.#seen.values()];
    store.commit({ checkpoint, seen, ...(pruneBefore !== undefined && { pruneBefore }) });
    this.#isCommitted = true;
    this.counters.committed();
    this.#checkpoint = checkpoint;
    this.#seen.clear();
    this.#page = undefined;
    return { type: 'committed', finished: this.#isFinished };
  }

  /** Seals the destinations and gives everything back. What the checkpoint does not know is cut off: it will come again. */
  async close(): Promise<void> {
    const { store } = this.#options;
    const outputs = [...this.#options.destinations, this.#options.deadLetters];
    // One that cannot be closed keeps none of the others open.
    const results = await Promise.allSettled([
      ...outputs.map(async (output) => {
        try {
          if (this.#isCommitted) await output.seal();
          else await this.#recover(output);
        } finally {
          await output.close();
        }
      }),
      ...this.#builds.map(async (build) => build.close()),
    ]);
    store.close();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  waitAfter(error: EngineError, attempt: number): number {
    const { random } = this.#options;
    const ms = error.retry === 'never' ? backoffMs(attempt, random) : waitFor(error.retry, attempt, random);
    const endpoint = this.#lists[0]?.walk.endpoint;
    if (error.kind === 'rate_limit' && endpoint) this.#options.onRateLimited(endpoint, ms);
    this.counters.retried(ms);
    return ms;
  }

  #recover(output: Destination | DeadLetters): Promise<void> {
    const positions = this.#checkpoint?.destinations ?? {};
    return output.recover(positions[output.name], Object.values(positions));
  }

  /** A link to the next page that is no longer good is mended by walking the list anew, once: what was seen is known. */
  async #step(list: List) {
    try {
      return await list.walk.step();
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'page-link-expired') throw error;
      if (list.isRestarted) throw expiredTwice(error);
      list.isRestarted = true;
      list.walk = await list.restart();
      throw error;
    }
  }

  /** The record with its matches, or undefined when it goes no further: without a key, unchanged, or left out by a rule. */
  #itemOf(record: unknown): Item | undefined {
    const { stream, store } = this.#options;
    this.counters.records++;
    const key = keyOf(record, stream.endpoint.keyPath ?? []);
    if (key === undefined) {
      const name = (stream.endpoint.keyPath ?? []).join('.');
      const error = new EngineError({
        code: 'record-without-key',
        kind: 'data',
        message: `the record has no \`${name}\``,
        at: stream.endpoint.at,
      });
      this.#reject(record, 'join', error);
      return undefined;
    }
    this.#marks.noteSeen(record);
    const input: Record<string, unknown> = { [stream.recordName]: record };
    for (const build of this.#builds) {
      const match = build.match(record);
      if (match !== undefined) input[build.join.name] = match;
    }
    const hash = changeHash([record, ...this.#builds.map((build) => input[build.join.name] ?? null)]);
    const before = this.#inBatch.get(key) ?? this.#seen.get(key)?.hash ?? store.seenHash(key);
    if (before !== undefined && hash.equals(before)) {
      this.counters.unchanged++;
      // Perhaps emitted by a run that broke off before it could remember that.
      if (!this.#inBatch.has(key)) this.#marks.noteEmitted(record);
      return undefined;
    }
    this.#inBatch.set(key, hash);
    if (this.#options.isOnlyNew && !this.#marks.isNew(record)) {
      this.counters.filtered++;
      return undefined;
    }
    return { key, record, input, hash, events: [] };
  }

  /** A join on a key that no record has is a fault of the definition, found before anything is written. */
  #checkJoinKeys(records: readonly unknown[]): void {
    if (this.#options.isRecordKnown || records.length === 0) return;
    for (const { join } of this.#builds) {
      const missing = join.on.find(({ record: path }) =>
        records.every((record) => valueAt(record, path) === undefined),
      );
      if (missing)
        throw noKey(
          missing.name,
          `of the first ${records.length} records of \`${this.listName}\``,
          missing.at,
        );
    }
  }

  #reject(record: unknown, stage: DeadLetter['stage'], error: EngineError, key?: string): void {
    this.#deadInPage++;
    this.counters.rejected(error);
    this.#dead.push({
      at: formatInstant(BigInt(this.#options.now) * 1_000_000n, 3),
      lane: this.#options.name,
      stage,
      code: error.code,
      message: error.message,
      ...(error.at && { where: placeText(error.at) }),
      ...(key !== undefined && { key }),
      record,
    });
  }

  /** Most of a page dead is a broken mapping, not broken data: nothing of the page is committed. */
  #refuseBrokenMapping(): void {
    const count = this.#page?.records.recordCount ?? 0;
    const dead = this.#deadInPage;
    const isTooMany =
      dead > DEAD_RECORDS_PER_PAGE_MAX ||
      (dead >= DEAD_RECORDS_TO_JUDGE && dead > count * DEAD_SHARE_PER_PAGE_MAX);
    if (!isTooMany) return;
    const [code, { count: times, sample }] = this.counters.worstRejection();
    throw new EngineError({
      code: 'data-too-many-dead',
      kind: 'data',
      message: `${dead} of ${count} records of a page cannot be mapped; most often (${times} times) \`${code}\`: ${sample}`,
      fix: 'correct the mapping, try it with `tributary dry-run`, then run again: nothing of this page was committed',
      at: this.#options.stream.at,
    });
  }
}

function expiredTwice(error: EngineError): EngineError {
  return new EngineError({
    code: error.code,
    kind: 'contract',
    message: `${error.message}, also after the list was begun anew`,
    fix: 'ask for larger pages in the `pagination` of the endpoint, so that its links live to the end of the list',
    ...(error.at && { at: error.at }),
  });
}

function* recordsOf(page: Page, from: number, to: number): Generator<unknown> {
  for (let index = from; index < to; index++) yield page.records.record(index);
}

function keyOf(record: unknown, path: readonly string[]): string | undefined {
  const value = valueAt(record, path);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
