/** The effects of one lane: what each state of its machine does, on the data that the lane holds. */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { LaneStore } from '../checkpoint/lane-store.ts';
import type { Endpoint, Join, Lookup, Stream } from '../compile/connector.ts';
import type { Scope } from '../compile/template.ts';
import { valueAt } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import type { PageReader } from '../fetch/page-reader.ts';
import type { Walk } from '../fetch/walk.ts';
import { backoffMs, waitFor } from '../http/backoff.ts';
import { BuildSide, noKey } from '../join/build-side.ts';
import type { GroupTable } from '../join/group-table.ts';
import type { JoinTable } from '../join/join-table.ts';
import type { LookupRound } from '../lookup/lookup-round.ts';
import type { Mapping } from '../map/evaluate.ts';
import type { Needed } from '../map/needs.ts';
import type { DeadLetters } from '../write/dead-letters.ts';
import type { Destination } from '../write/destination.ts';
import { askedMembers } from './asked-members.ts';
import { Changes, type Finding } from './changes.ts';
import { Counters } from './counters.ts';
import { EventLines } from './event-lines.ts';
import { ignoredPaths } from './ignored-paths.ts';
import type { Item } from './item.ts';
import type { LaneSteps, Outcome } from './lane-machine.ts';
import { type Batch, type ListPage, WalkedList } from './lists.ts';
import { Marks } from './marks.ts';
import { Rejections } from './rejections.ts';
import type { Replay } from './replay.ts';
import { planScan, type ScanPlan } from './scan-plan.ts';
import { groupTasks, joinTask, removalTask, type Task } from './tasks.ts';

/** A join that the settings turn on, with the table of its list. */
export interface OpenJoin {
  join: Join;
  table: JoinTable;
  /** The table holds a list of an earlier run that is still good. */
  isFilled: boolean;
  /** The key is known to exist from recorded answers. */
  isKeyKnown: boolean;
}

/** What a lane works with. Everything that reaches outside is made by whoever starts it. */
export interface LaneOptions {
  name: string;
  stream: Stream;
  mapping: Mapping;
  store: LaneStore;
  destinations: readonly Destination[];
  deadLetters: DeadLetters;
  joins(isFullAsked: boolean): OpenJoin[];
  /** Lookups that the settings turn on. */
  lookups: readonly Lookup[];
  round(inputs: readonly Record<string, unknown>[]): LookupRound;
  groupTable(): GroupTable;
  /** What mappings see of the settings. */
  settings: Scope;
  /** Identity of the configured connector. */
  connection: string;
  /** The join key of the stream's own records is known from recorded answers. */
  isRecordKnown: boolean;
  isOnlyNew: boolean;
  isFullAsked: boolean;
  /** Dead letters to be played in place of what the vendor lists; nothing of time is moved then, and nothing found gone. */
  replay?: Replay;
  /** Bound of the slice, in milliseconds since the epoch. */
  now: number;
  /** The mapping's time, where it is fixed; the page's fetch time otherwise. */
  mappingNow: number | undefined;
  /** Why an event is not true OCSF; undefined for one that is. Absent for a mapping that is not to be. */
  check: ((event: object) => EngineError | undefined) | undefined;
  /** What the mapping needs of its input; undefined where that is everything. */
  needed: Needed | undefined;
  /** The event as one line of JSON, without its line feed. */
  textOf(event: object): string;
  /** A walk over an endpoint; with a plan over what it asks for, for the stream's own. */
  walk(endpoint: Endpoint, plan?: ScanPlan): Promise<Walk>;
  /** Who hashes pages. */
  pages: PageReader;
  random(): number;
  /** Told when the vendor asks everyone to wait. */
  onRateLimited(endpoint: Endpoint, ms: number): void;
}

export class Lane implements LaneSteps {
  readonly #options: LaneOptions;
  readonly counters = new Counters();
  #checkpoint: Checkpoint | undefined;
  #scan: ScanPlan = { kind: 'full', why: '' };
  #marks: Marks;
  #builds: BuildSide[] = [];
  #own: WalkedList | undefined;
  #groups: GroupTable | undefined;
  /** Lists still to be read: those to be joined first, the stream's own, then what is gone. */
  #tasks: Task[] = [];
  #changes: Changes | undefined;
  #page: ListPage | undefined;
  #nextRecord = 0;
  #items: Item[] = [];
  #round: LookupRound | undefined;
  readonly #rejections: Rejections;
  readonly #lines: EventLines;
  #isFinished = false;
  /** False between the acknowledgement of a page and the commit that remembers it. */
  #isCommitted = true;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#marks = new Marks(options.stream, undefined, this.#scan, options.now);
    this.#rejections = new Rejections(options, this.counters);
    this.#lines = new EventLines({ ...options, hasLookups: options.lookups.length > 0 }, this.#rejections);
  }

  get scan(): ScanPlan {
    return this.#scan;
  }

  /** Where the records of the page in hand come from. */
  get listName(): string {
    return this.#tasks[0]?.list.endpoint.name ?? '';
  }

  /** The stream's own list is in hand and has given nothing yet. */
  get isUnanswered(): boolean {
    return this.#own?.pages === 0 && this.#tasks[0]?.list === this.#own;
  }

  async plan(): Promise<Outcome> {
    const { stream, store, destinations, deadLetters, now, isFullAsked, pages } = this.#options;
    this.#checkpoint = store.checkpoint();
    for (const damage of store.damage) this.counters.wentWithout(damage);
    for (const output of [...destinations, deadLetters]) await this.#recover(output);
    this.#scan = planScan(stream.cursor, this.#checkpoint, now, isFullAsked);
    this.#marks = new Marks(stream, this.#checkpoint, this.#scan, now);
    for (const open of this.#options.joins(isFullAsked)) await this.#addJoin(open);
    this.#changes = new Changes({
      stream,
      store,
      marks: this.#marks,
      builds: this.#builds,
      settings: this.#options.settings,
      connection: this.#options.connection,
      isChangeRead: this.#options.needed?.members.has('change') ?? true,
      isOnlyNew: this.#options.isOnlyNew,
      isFull: this.#scan.kind === 'full' && this.#scan.from === undefined,
    });
    const own = await WalkedList.begin(() => this.#options.walk(stream.endpoint, this.#scan), {
      ignored: ignoredPaths(stream, stream.recordName),
      asked: askedMembers(stream, this.#builds),
      ...(!stream.group && { pages }),
    });
    this.#own = own;
    if (stream.group) {
      this.#groups = this.#options.groupTable();
      const about = { stream, counters: this.counters, now };
      this.#tasks.push(...groupTasks(own, stream.group, this.#groups, about));
    } else this.#tasks.push({ list: own });
    if (stream.removed) this.#tasks.push(removalTask(own, this.#changes, now));
    return { type: 'planned' };
  }

  /** Asked for again before each list and after each wait: a token that is still good costs nothing. */
  async authenticate(): Promise<Outcome> {
    await (this.#round ?? this.#tasks[0]?.list)?.prepare();
    return { type: 'authenticated', isAsking: this.#round !== undefined };
  }

  async fetch(): Promise<Outcome> {
    const task = this.#tasks[0];
    if (!task) return { type: 'scan_finished' };
    const { list } = task;
    const step = await list.step();
    if (step.type === 'wait') return this.#wait(step.ms, list.endpoint);
    if (step.type === 'page') {
      this.#page = step.page;
      this.#nextRecord = 0;
      this.#rejections.beginPage(step.page.count);
      if (step.page.bytes > 0) this.counters.pageRead(step.page.bytes);
      return { type: 'page' };
    }
    task.finish?.();
    return this.#nextList();
  }

  async join(): Promise<Outcome> {
    const page = this.#page;
    const [task] = this.#tasks;
    if (!page || !task) throw new Error('there is no page to join');
    if (task.store) {
      task.store(page);
      this.#page = undefined;
      return { type: 'stored' };
    }
    const end = Math.min(this.#nextRecord + this.#lines.batchRecords, page.count);
    const from = this.#nextRecord;
    const batch = page.batch(from, end);
    if (!task.isRemovals && page.number === 1 && from === 0) this.#checkJoinKeys(batch.records);
    this.#nextRecord = end;
    this.#items = task.isRemovals ? this.#removed(batch.records) : await this.#listed(batch);
    const asking = this.#options.lookups.length > 0 && !task.isRemovals ? this.#items : [];
    if (asking.length > 0) this.#round = this.#options.round(asking.map(({ input }) => input));
    return { type: 'batch', asks: this.#round !== undefined };
  }

  async lookUp(): Promise<Outcome> {
    const round = this.#round;
    if (!round) return { type: 'looked_up' };
    const { endpoint } = round;
    const step = await round.step();
    if (step.type === 'wait' && endpoint) return this.#wait(step.ms, endpoint);
    if (step.type !== 'done') return { type: 'asked' };
    this.#round = undefined;
    this.#items = this.#items.filter((item, index) => {
      const failure = round.failures.get(index);
      if (!failure) return true;
      if (!failure.lookup.definition.optional) {
        this.#rejections.add(item.record, 'lookup', failure.error, item.key);
        return false;
      }
      this.counters.wentWithout(failure.error);
      item.state = item.type === 'remove' ? 'gone' : 'incomplete';
      if (item.isRepeated) this.counters.unchanged++;
      return !item.isRepeated;
    });
    return { type: 'looked_up' };
  }

  async map(): Promise<Outcome> {
    const now = this.#options.mappingNow ?? this.#page?.fetchedAt ?? this.#options.now;
    this.#items = await this.#lines.map(this.#items, now);
    return { type: 'mapped' };
  }

  async validate(): Promise<Outcome> {
    this.#items = this.#lines.validated(this.#items);
    return { type: 'validated' };
  }

  async write(): Promise<Outcome> {
    const { destinations, deadLetters } = this.#options;
    this.#rejections.refuseBrokenMapping();
    const lines = this.#lines.of(this.#items);
    if (lines.length > 0) for (const destination of destinations) await destination.write(lines);
    const letters = this.#rejections.take();
    if (letters.length > 0) await deadLetters.write(letters);
    for (const item of this.#items) {
      this.#changes?.delivered(item);
      this.#marks.noteEmitted(item.record);
      this.counters.events += item.eventCount;
      if (item.type === 'remove') this.counters.removed++;
    }
    this.#items = [];
    return { type: 'written', more: this.#nextRecord < (this.#page?.count ?? 0) };
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
    const prune = this.#isFinished ? this.#marks.prune(checkpoint.watermark) : {};
    store.commit({ checkpoint, ...prune });
    this.#isCommitted = true;
    this.counters.committed();
    this.#checkpoint = checkpoint;
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
          if (store.isUncertain) return;
          if (this.#isCommitted) await output.seal();
          else await this.#recover(output);
        } finally {
          await output.close();
        }
      }),
      ...this.#builds.map(async (build) => build.close()),
      (async () => this.#groups?.close())(),
    ]);
    store.close();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  waitAfter(error: EngineError, attempt: number): number {
    const { random } = this.#options;
    const ms = error.retry === 'never' ? backoffMs(attempt, random) : waitFor(error.retry, attempt, random);
    const endpoint = this.#round ? this.#round.endpoint : this.#tasks[0]?.list.endpoint;
    if (error.kind === 'rate_limit' && endpoint) this.#options.onRateLimited(endpoint, ms);
    this.counters.retried(ms);
    return ms;
  }

  /** A question that has no answer is told of its record; a list is done without where the definition says so. */
  canGoWithout({ kind }: EngineError): boolean {
    if (kind === 'rate_limit') return false;
    if (!this.#round) return this.#tasks[0]?.goWithout !== undefined;
    const { endpoint } = this.#round;
    const isOptional = this.#options.lookups.some(
      (lookup) => lookup.endpoint === endpoint && lookup.definition.optional,
    );
    return isOptional || kind === 'contract';
  }

  goWithout(error: EngineError): void {
    if (this.#round) {
      this.#round.giveUp(error);
      return;
    }
    this.counters.wentWithout(error);
    this.#tasks[0]?.goWithout?.();
    this.#nextList();
  }

  async #addJoin({ join, table, isFilled, isKeyKnown }: OpenJoin): Promise<void> {
    const ignored = ignoredPaths(this.#options.stream, join.name);
    const build = new BuildSide(join, table, isKeyKnown, ignored);
    this.#builds.push(build);
    if (isFilled) return;
    const list = await WalkedList.begin(() => this.#options.walk(join.endpoint), {
      ignored,
      asked: join.on.flatMap(({ joined }) => joined.slice(0, 1)),
      pages: this.#options.pages,
    });
    this.#tasks.push(joinTask(list, build, this.counters));
  }

  #nextList(): Outcome {
    this.#tasks.shift();
    if (this.#tasks.length > 0) return { type: 'list_read' };
    this.#isFinished = true;
    return { type: 'scan_finished' };
  }

  #wait(ms: number, endpoint: Endpoint): Outcome {
    this.counters.waited(ms);
    return { type: 'wait', ms, why: `call budget of api \`${endpoint.api.name}\`` };
  }

  #recover(output: Destination | DeadLetters): Promise<void> {
    const positions = this.#checkpoint?.destinations ?? {};
    return output.recover(positions[output.name], Object.values(positions));
  }

  /** Records of the stream's own list: those that are new or changed. */
  async #listed(batch: Batch): Promise<Item[]> {
    const findings: Finding[] = (await this.#changes?.of(batch)) ?? [];
    const items: Item[] = [];
    for (const [index, finding] of findings.entries()) {
      this.counters.records++;
      if (finding === 'unchanged') this.counters.unchanged++;
      else if (finding === 'filtered') this.counters.filtered++;
      else if (finding instanceof EngineError) this.#rejections.add(batch.records[index], 'join', finding);
      else items.push(finding);
    }
    return items;
  }

  #removed(kept: readonly unknown[]): Item[] {
    const items = kept.map((one) => this.#changes?.removal(one as never));
    return items.filter((item) => item !== undefined);
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
}
